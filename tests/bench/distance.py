# SPDX-License-Identifier: Apache-2.0
"""From how far a face is recognised, by lens and stream; and what is left of it at night and in infrared.

    .venv/bin/python tests/bench/distance.py FOLDER [--quick]

A picture of each person of FOLDER/PERSON/PICTURE.jpg (those on whom the quality was not fitted) is scaled and put
into frames of several sizes. A look counts when the face is found and as similar as the shipped threshold to the mean
of up to three other pictures of the person. Metres follow from the width of the box that is needed, from how wide it
is on a head, and from the lens. Infrared is simulated: it is the red channel, the nearest to it that pictures have.
"""

import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from quality import SETTINGS, THRESHOLD, Face, faces_of, mean_of, people_of

from daemon.evaluation.conditions import Conditions, taken
from daemon.evaluation.rates import wilson
from daemon.types import Box, Detection
from daemon.vision import Vision, models_folder

EYES_MM = 63.0
"""From pupil to pupil: the mean of adults (Dodgson 2004)."""
OTHERS, FRONTAL_YAW = 3, 0.4
SURELY, HALF = 0.9, 0.5


class Lens(NamedTuple):
    """A camera of the Raspberry Pi, by its maker's table: millimetres."""

    name: str
    focal: float
    sensor: float
    """Width of what is exposed."""


class Stream(NamedTuple):
    """What is looked at."""

    width: int
    height: int
    tiles: bool = False

    def __str__(self) -> str:
        return f"{self.width} x {self.height}{', `detector.tiles`' if self.tiles else ''}"


LENSES = (
    Lens("Camera Module 3 Wide (102°)", 2.75, 6.45),
    Lens("Camera Module v2 (62°)", 3.04, 3.68),
    Lens("Camera Module 3 (66°)", 4.74, 6.45),
    Lens("Camera Module v1 (54°)", 3.60, 3.76),
    Lens("HQ Camera, 6 mm (55°)", 6.0, 6.287),
    Lens("HQ Camera, 16 mm (22°)", 16.0, 6.287),
)
STREAMS = [
    Stream(width, height, tiles)
    for tiles in (False, True)
    for width, height in ((640, 480), (1280, 720), (1920, 1080))
]
PARTS = (0.012, 0.017, 0.023, 0.03, 0.04, 0.05, 0.06, 0.08, 0.11)
"""Widths of the face, in parts of the frame's."""
DIM = Conditions(light=0.03, gain=0.03**-0.7)
WIDTHS_PX = (100, 50)


def grey(pixels: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)


def infrared(pixels: np.ndarray) -> np.ndarray:
    return np.repeat(pixels[:, :, :1], 3, axis=2)


LIGHTS: dict[str, tuple[Callable[[np.ndarray], np.ndarray], Conditions]] = {
    "by day": (lambda pixels: pixels, Conditions()),
    "without colour": (grey, Conditions()),
    "infrared": (infrared, Conditions()),
    "infrared, 3 % of the light": (infrared, DIM),
    "lamp of 3 % of the light": (lambda pixels: pixels, DIM),
}


def main(folder: Path, *, quick: bool) -> None:
    vision = Vision.load(models_folder(), SETTINGS)
    people = [
        faces_of(vision, pictures[: OTHERS + 1]) for pictures in people_of(folder, half=1)[:: 4 if quick else 1]
    ]
    people = [faces for faces in people if len(faces) > 1]
    head_mm = EYES_MM * ratio(vision, people)
    print(f"{len(people)} people; the box of a face is {head_mm:.0f} mm wide on a head\n")
    tell_distances(vision, people, head_mm)
    tell_lights(vision, people)


def ratio(vision: Vision, people: list[list[Face]]) -> float:
    """Width of the box in distances of the eyes, of faces from the front."""
    found = []
    for face in (face for faces in people for face in faces if face.natural.measures.yaw < FRONTAL_YAW):
        seen = max(vision.detect(face.picture), key=lambda one: one.box.iou(face.box))
        left, right = seen.landmarks.left_eye, seen.landmarks.right_eye
        found.append(seen.box.w / np.hypot(right.x - left.x, right.y - left.y))
    return float(np.median(found))


def tell_distances(vision: Vision, people: list[list[Face]], head_mm: float) -> None:
    """The rates, and the metres that follow."""
    rates = {}
    tell_row("width of the face in the frame's", *(f"{part:.1%}" for part in PARTS))
    tell_row("---", *("---" for _ in PARTS))
    for stream in STREAMS:
        rates[stream] = [rate(chain(vision, stream), people, stream, part) for part in PARTS]
        tell_row(stream, *(f"{one:.0%}" for one in rates[stream]))
    print()
    tell_row("metres, surely / half of the looks", *STREAMS)
    tell_row("---", *("---" for _ in STREAMS))
    for lens in LENSES:
        far = ([metres(lens, needed(found, part), head_mm) for part in (SURELY, HALF)] for found in rates.values())
        tell_row(lens.name, *(f"{sure:.1f} / {half:.1f}" for sure, half in far))


def tell_row(*cells: object) -> None:
    print("|", " | ".join(map(str, cells)), "|", flush=True)


def metres(lens: Lens, part: float, head_mm: float) -> float:
    """How far a head is that fills this part of the frame's width, which is the whole sensor's."""
    return lens.focal / lens.sensor * head_mm / part / 1000


def needed(rates: list[float], wanted: float) -> float:
    """The part of the frame's width from which on so many looks count, between the two that were measured."""
    place = next((i for i, rate in enumerate(rates) if rate >= wanted), None)
    if place is None:
        return math.inf
    if place == 0:
        return PARTS[0]
    between = (wanted - rates[place - 1]) / (rates[place] - rates[place - 1])
    return PARTS[place - 1] * (PARTS[place] / PARTS[place - 1]) ** between


def chain(vision: Vision, stream: Stream) -> Vision:
    return Vision(vision._detector, vision._embedder, vision.manifest, tiles=stream.tiles)


def rate(vision: Vision, people: list[list[Face]], stream: Stream, part: float) -> float:
    hits = 0
    for number, faces in enumerate(people):
        random = np.random.default_rng((17, number))
        frame, there = framed(faces[0], part * stream.width, (stream.width, stream.height), random)
        vector = seen(vision, frame, there)
        hits += vector is not None and float(vector @ mean_of([one.natural.vector for one in faces[1:]])) >= THRESHOLD
    return hits / len(people)


def framed(face: Face, width: float, size: tuple[int, int], random: np.random.Generator) -> tuple[np.ndarray, Box]:
    """The picture at any place of a frame with nothing else in it, its face so wide; and where that is."""
    scale = width / face.box.w
    small = cv2.resize(face.picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    frame = cv2.resize(
        cv2.resize(face.picture, (8, 6), interpolation=cv2.INTER_AREA), size, interpolation=cv2.INTER_CUBIC
    )
    height, width = small.shape[:2]
    x, y = random.integers(0, size[0] - width + 1), random.integers(0, size[1] - height + 1)
    frame[y : y + height, x : x + width] = small
    return frame, Box(face.box.x * scale + x, face.box.y * scale + y, face.box.w * scale, face.box.h * scale)


def seen(vision: Vision, frame: np.ndarray, there: Box) -> np.ndarray | None:
    """The embedding of the face at this place, if it is found."""
    found: Detection | None = max(vision.detect(frame), key=lambda one: one.box.iou(there), default=None)
    if found is None or found.box.iou(there) < 0.35:
        return None
    return vision.embed(vision.portray(frame, found)).embedding.vector


def tell_lights(vision: Vision, people: list[list[Face]]) -> None:
    """Recognised when the person was enrolled by day, and when under the same light."""
    print()
    tell_row("light", "width", "found", "recognised of those, enrolled by day (95 %)", "enrolled in the same light")
    tell_row(*["---"] * 5)
    for light, (shown, conditions) in LIGHTS.items():
        for width in WIDTHS_PX:
            own, alike = [], []
            for number, faces in enumerate(people):
                random = np.random.default_rng((19, number))
                looks = [
                    look(vision, framed(face, width, (640, 480), random), shown, conditions, random) for face in faces
                ]
                others = [one for one in looks[1:] if one is not None]
                if looks[0] is not None and others:
                    own.append(float(looks[0] @ mean_of([face.natural.vector for face in faces[1:]])))
                    alike.append(float(looks[0] @ mean_of(others)))
            tell_row(light, f"{width} px", f"{len(own) / len(people):.0%}", told(own), told(alike))


def look(
    vision: Vision,
    placed: tuple[np.ndarray, Box],
    shown: Callable[[np.ndarray], np.ndarray],
    conditions: Conditions,
    random: np.random.Generator,
) -> np.ndarray | None:
    frame, there = placed
    return seen(vision, taken(shown(frame), conditions, random), there)


def told(similarities: list[float]) -> str:
    hits, total = sum(one >= THRESHOLD for one in similarities), len(similarities)
    low, high = wilson(hits, total)
    return f"{hits / total:.1%} ({low:.1%}-{high:.1%}), mean {np.mean(similarities):.2f}"


if __name__ == "__main__":
    main(Path(sys.argv[1]), quick="--quick" in sys.argv)
