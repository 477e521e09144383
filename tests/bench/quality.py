# SPDX-License-Identifier: Apache-2.0
"""Whether the quality of a face says how well it is recognised, and what size, turning, blur and light cost.

    .venv/bin/python tests/bench/quality.py FOLDER [--quick]

Pictures of FOLDER/PERSON/PICTURE.jpg, as they are and spoilt (daemon.evaluation.conditions), in frames of 640 x 480.
A look is recognised when it is as similar as the shipped threshold to the mean of up to three other pictures of the
person. Only people on whom the quality was not fitted are looked at: quality_fit.py takes the other half.
"""

import hashlib
import itertools
import math
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np

from daemon.camera.pictures import read_picture
from daemon.config import load
from daemon.evaluation.conditions import Conditions, taken
from daemon.evaluation.detection import place
from daemon.evaluation.rates import wilson
from daemon.evaluation.subject import subject
from daemon.types import Box, Detection
from daemon.vision import Vision, models_folder
from daemon.vision.quality import MIN_ENROL_QUALITY, Measures, measure, rated

SETTINGS = load().settings
THRESHOLD = SETTINGS.gallery.threshold
MIN_PICTURES, OTHERS, SPOILT_PICTURES, SPOILT_LOOKS, ENROLLED = 3, 3, 8, 4, 100
TURNED = 0.8
"""Yaw from which all pictures are spoilt as well: there are few."""
WIDTH = 100
CURVES: dict[str, list[tuple[str, int, Conditions]]] = {
    "width of the face": [(f"{w} px", w, Conditions()) for w in (20, 25, 30, 40, 50, 60, 80, 100, 125, 150)],
    "defocus, standard deviation in parts of the width": [
        (f"{part:.1%}", WIDTH, Conditions(defocus_px=part * WIDTH))
        for part in (0, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06)
    ],
    "movement in parts of the width": [
        (f"{part:.0%}", WIDTH, Conditions(motion_px=part * WIDTH, motion_deg=20))
        for part in (0.05, 0.1, 0.15, 0.2, 0.25, 0.3)
    ],
    "light, of which the camera makes up for most": [
        (f"{light:.1%}", WIDTH, Conditions(light=light, gain=light**-0.7))
        for light in (0.3, 0.1, 0.03, 0.01, 0.005, 0.003, 0.002)
    ],
    "light, of which it makes up for nothing": [
        (f"{light:.1%}", WIDTH, Conditions(light=light)) for light in (0.3, 0.1, 0.03, 0.01, 0.005, 0.003)
    ],
    "over-exposure": [(f"{gain} x", WIDTH, Conditions(gain=gain)) for gain in (2, 4, 8, 12, 16)],
    "haze": [(f"{haze:.0%}", WIDTH, Conditions(haze=haze)) for haze in (0.5, 0.7, 0.8, 0.9, 0.95)],
}
YAWS = (0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.5, 99)
QUALITIES = (0, 0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97, 0.99, 1.001)


class Look(NamedTuple):
    """One face that was found."""

    person: str
    natural: bool
    measures: Measures
    vector: np.ndarray
    own: float
    """Similarity to other pictures of the person."""

    @property
    def quality(self) -> float:
        return rated(self.measures).overall


class Face(NamedTuple):
    """One face of a person, in a picture of its own size."""

    picture: np.ndarray
    box: Box
    natural: Look
    """Its own similarity is not known yet."""


def main(folder: Path, *, quick: bool) -> None:
    vision = Vision.load(models_folder(), SETTINGS)
    people = people_of(folder, half=1)[:: 8 if quick else 1]
    looks = looks_of(vision, people)
    tell_reliability(looks, enrolled(vision, people_of(folder, half=0)[: 10 if quick else ENROLLED]))
    tell_rejection(looks)
    tell_yaw([look for look in looks if look.natural])
    tell_refused([look for look in looks if look.natural])
    subjects = [one for pictures in people if (one := subject_of(vision, pictures))]
    for what, levels in CURVES.items():
        print(f"\n{what}: found, recognised of those (95 %), mean similarity, median quality", flush=True)
        for label, width, conditions in levels:
            tell_level(vision, subjects, label, width, conditions)


def people_of(folder: Path, half: int) -> list[list[Path]]:
    """The pictures of each person who has enough, of one half of the people."""
    people = [sorted(person.glob("*.jpg")) for person in sorted(folder.iterdir()) if person.is_dir()]
    return [pictures for pictures in people if len(pictures) >= MIN_PICTURES and half_of(pictures[0]) == half]


def half_of(picture: Path) -> int:
    return hashlib.sha256(f"whod{picture.parent.name}".encode()).digest()[-1] % 2


def looks_of(vision: Vision, people: Iterable[list[Path]]) -> list[Look]:
    """Natural looks at all pictures, and spoilt ones at some."""
    looks, random = [], np.random.default_rng(11)
    for pictures in people:
        faces = faces_of(vision, pictures)
        for i, face in enumerate(faces):
            mean = mean_of_others(faces, i)
            looks.append(known(face.natural, mean))
            for _ in range(SPOILT_LOOKS if i < SPOILT_PICTURES or face.natural.measures.yaw >= TURNED else 0):
                width = round(math.exp(random.uniform(math.log(22), math.log(150))))
                look = look_at(vision, face, width, any_conditions(width, random), random)
                looks += [known(look, mean)] if look else []
    return looks


def any_conditions(width: float, random: np.random.Generator) -> Conditions:
    """Bad in none, one or several ways at once."""
    blurred, moved, dark, bright, hazy, coded = random.random(6) < 0.4
    light = math.exp(random.uniform(math.log(0.004), 0)) if dark else 1.0
    return Conditions(
        defocus_px=random.uniform(0, 0.06) * width if blurred else 0,
        motion_px=random.uniform(0, 0.3) * width if moved else 0,
        motion_deg=random.uniform(0, 180),
        light=light,
        gain=light ** -random.uniform(0.2, 0.9) if dark else random.uniform(1, 8) if bright else 1.0,
        haze=random.uniform(0, 0.85) if hazy else 0,
        jpeg=int(random.integers(15, 95)) if coded else None,
    )


def faces_of(vision: Vision, pictures: Iterable[Path]) -> list[Face]:
    faces = []
    for path in pictures:
        picture = read_picture(path)
        found = [] if picture is None else vision.detect(picture)
        chosen = subject(found, picture) if found else None
        if chosen is not None:
            look = portrayed(vision, path.parent.name, picture, found[chosen], natural=True)
            faces.append(Face(picture, found[chosen].box, look))
    return faces


def look_at(
    vision: Vision, face: Face, width: int, conditions: Conditions, random: np.random.Generator
) -> Look | None:
    """The face in a frame that is taken under these conditions; None where it is not found."""
    frame, (there,) = place(face.picture, [face.box], 0, width, random)
    frame = taken(frame, conditions, random)
    found = max(vision.detect(frame), key=lambda one: one.box.iou(there), default=None)
    if found is None or found.box.iou(there) < 0.35:
        return None
    return portrayed(vision, face.natural.person, frame, found, natural=False)


def portrayed(vision: Vision, person: str, picture: np.ndarray, found: Detection, *, natural: bool) -> Look:
    portrait = vision.portray(picture, found)
    vector = vision.embed(portrait).embedding.vector
    return Look(person, natural, measure(found, portrait.crop), vector, math.nan)


def known(look: Look, mean: np.ndarray) -> Look:
    return look._replace(own=float(look.vector @ mean))


def mean_of_others(faces: list[Face], i: int) -> np.ndarray:
    others = np.delete(np.arange(len(faces)), i)
    chosen = np.random.default_rng((12, i)).permutation(others)[:OTHERS]
    return mean_of([faces[k].natural.vector for k in chosen])


def mean_of(vectors: list[np.ndarray]) -> np.ndarray:
    mean = np.sum(vectors, axis=0)
    return mean / np.linalg.norm(mean)


def enrolled(vision: Vision, people: Iterable[list[Path]]) -> np.ndarray:
    """A gallery of other people, for whom nobody should be taken."""
    galleries = [faces_of(vision, pictures[:OTHERS]) for pictures in people]
    return np.array([mean_of([face.natural.vector for face in faces]) for faces in galleries if faces])


def tell_reliability(looks: list[Look], gallery: np.ndarray) -> None:
    quality = np.array([look.quality for look in looks])
    passes = np.array([look.own >= THRESHOLD for look in looks])
    named = np.array([(gallery @ look.vector).max() >= THRESHOLD for look in looks])
    print(f"{len(looks)} looks, recognised: {passes.mean():.1%}; quality, looks, predicted, recognised (95 %),")
    print(f"  taken for one of {len(gallery)} others by the fixed threshold")
    for low, high in itertools.pairwise(QUALITIES):
        chosen = (quality >= low) & (quality < high)
        if chosen.any():
            share = percent(int(passes[chosen].sum()), int(chosen.sum()))
            wrong = f"{named[chosen].sum()} ({named[chosen].mean():.2%})"
            print(
                f"  {low:.2f}-{min(high, 1):.2f}  {chosen.sum():5}  {quality[chosen].mean():6.1%}  {share}  {wrong}"
            )
    error = -np.mean(np.log(np.where(passes, quality, 1 - quality).clip(1e-9)))
    print(f"  logarithmic loss {error:.3f}, Brier {np.mean((quality - passes) ** 2):.4f}")


def tell_rejection(looks: list[Look]) -> None:
    """Not recognised, of what is kept when the worst by a measure are rejected."""
    missed = np.array([look.own < THRESHOLD for look in looks])
    measures: dict[str, Callable[[Look], float]] = {
        "quality": lambda look: look.quality,
        "the detector's score alone": lambda look: look.measures.score,
        "sharpness alone": lambda look: rated(look.measures).sharpness,
        "size alone": lambda look: look.measures.size,
    }
    print("\nnot recognised when the worst 10 / 20 / 30 / 40 / 50 % are rejected, by; area under the ROC curve")
    for name, value in measures.items():
        values = np.array([value(look) for look in looks])
        kept = np.argsort(-values, kind="stable")
        shares = [missed[kept[: round(len(kept) * (1 - part))]].mean() for part in (0.1, 0.2, 0.3, 0.4, 0.5)]
        print(f"  {name}: {' / '.join(f'{share:.1%}' for share in shares)}; {area(values, ~missed):.3f}")


def area(values: np.ndarray, good: np.ndarray) -> float:
    """The chance that a look that is recognised has the greater value of two."""
    below = np.searchsorted(np.sort(values[~good]), values[good], side="left")
    upto = np.searchsorted(np.sort(values[~good]), values[good], side="right")
    return float((below + upto).mean() / 2 / (~good).sum())


def tell_yaw(looks: list[Look]) -> None:
    print("\nyaw of the pictures as they are: looks, recognised (95 %), mean similarity, median quality")
    for low, high in itertools.pairwise(YAWS):
        chosen = [look for look in looks if low <= look.measures.yaw < high]
        if chosen:
            print(f"  {low}-{high}  {len(chosen):5}  {recognised(chosen)}")


def tell_refused(looks: list[Look]) -> None:
    print("\npictures as they are that would not be enrolled, by the quality that is asked for")
    for gate in (0.5, MIN_ENROL_QUALITY, 0.7, 0.8):
        print(f"  {gate}  {percent(sum(look.quality < gate for look in looks), len(looks))}")


def subject_of(vision: Vision, pictures: list[Path]) -> tuple[Face, np.ndarray] | None:
    """A person's first picture, and what it is compared with."""
    faces = faces_of(vision, pictures[: OTHERS + 1])
    return (faces[0], mean_of_others(faces, 0)) if len(faces) > 1 else None


def tell_level(
    vision: Vision,
    subjects: list[tuple[Face, np.ndarray]],
    label: str,
    width: int,
    conditions: Conditions,
) -> None:
    looks = []
    for number, (face, mean) in enumerate(subjects):
        look = look_at(vision, face, width, conditions, np.random.default_rng((13, number)))
        looks += [known(look, mean)] if look else []
    print(f"  {label}  {len(looks) / len(subjects):.0%}  {recognised(looks) if looks else '-'}", flush=True)


def recognised(looks: list[Look]) -> str:
    hits = sum(look.own >= THRESHOLD for look in looks)
    own, quality = np.mean([look.own for look in looks]), np.median([look.quality for look in looks])
    return f"{percent(hits, len(looks))}  {own:.2f}  {quality:.2f}"


def percent(hits: int, total: int) -> str:
    low, high = wilson(hits, total)
    return f"{hits / total:.1%} ({low:.1%}-{high:.1%})"


if __name__ == "__main__":
    main(Path(sys.argv[1]), quick="--quick" in sys.argv)
