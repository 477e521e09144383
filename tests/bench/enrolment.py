# SPDX-License-Identifier: Apache-2.0
"""What enrolment refuses rightly and wrongly, and which of many samples are worth keeping.

    .venv/bin/python tests/bench/enrolment.py FOLDER

FOLDER/PERSON/PICTURE, such as LFW; of a picture the face that is large and near the middle counts. The seed is fixed.
FNIR is at FPIR 1 in 1,000, by the mean of the samples alone.
"""

import sys
from pathlib import Path

import cv2
import numpy as np

from daemon.config import load
from daemon.errors import FacesDisagree
from daemon.evaluation.subject import subject
from daemon.gallery.admission import COPY, Held, refuse_mixture, representatives
from daemon.types import Photo
from daemon.vision import Vision, decode, models_folder

COPIED, BATCHES, SPLITS, MANY, ENROLLED = 200, 3000, 20, 24, 3
random = np.random.default_rng(0)
vision = Vision.load(models_folder(), load().settings)
THRESHOLD = load().settings.gallery.threshold


def main(folder: Path) -> None:
    pictures = {person.name: sorted(person.glob("*.jpg")) for person in sorted(folder.iterdir()) if person.is_dir()}
    vectors = {person: [embedded(path.read_bytes()) for path in paths] for person, paths in pictures.items()}
    everyone = {
        person: np.stack(kept) for person, rows in vectors.items() if (kept := [v for v in rows if v is not None])
    }
    print(f"{len(everyone)} people, {sum(map(len, everyone.values()))} faces")
    copies([path for paths in pictures.values() for path in paths], everyone)
    mixtures(everyone)
    second_names(everyone)
    limits(everyone)


def copies(paths: list[Path], everyone: dict[str, np.ndarray]) -> None:
    alike = []
    for place in random.permutation(len(paths))[:COPIED]:
        original = embedded(paths[place].read_bytes())
        again = (
            [embedded(version) for version in versions(cv2.imread(str(paths[place])))] if original is not None else []
        )
        alike += [float(original @ copy) for copy in again if copy is not None]
    pairs = np.concatenate([(rows @ rows.T)[np.triu_indices(len(rows), 1)] for rows in everyone.values()])
    print(f"copies: {len(alike)}, found {np.mean(np.array(alike) >= COPY):.1%}; ", end="")
    print(f"pairs of other pictures of one person: {len(pairs)}, taken for copies {np.mean(pairs >= COPY):.3%}")


def versions(image: np.ndarray) -> list[bytes]:
    """The same picture, as it comes back from messengers and albums."""
    height, width = image.shape[:2]
    cut = image[int(0.12 * height) : int(0.9 * height), int(0.1 * width) : int(0.92 * width)]
    smaller = cv2.resize(image, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
    larger = cv2.resize(image, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    brighter = np.clip(image * 1.15 + 8, 0, 255).astype(np.uint8)
    made = ((image, 50), (image, 80), (smaller, 92), (larger, 92), (cut, 92), (brighter, 85))
    return [
        cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes() for pixels, quality in made
    ]


def mixtures(everyone: dict[str, np.ndarray]) -> None:
    for count in (2, 3, 5, 10):
        many = [person for person, rows in everyone.items() if len(rows) >= count]
        refused = {"of one person": 0, "with a stranger": 0}
        for _ in range(BATCHES):
            one, other = random.choice(many), random.choice(list(everyone))
            rows = random.permutation(everyone[one])[:count]
            refused["of one person"] += disagree(rows)
            rows[0] = random.permutation(everyone[other])[0] if other != one else -rows[0]
            refused["with a stranger"] += disagree(rows)
        print(f"{count} pictures:", ", ".join(f"{what} refused {n / BATCHES:.1%}" for what, n in refused.items()))


def disagree(rows: np.ndarray) -> bool:
    none = rows[:0]
    try:
        refuse_mixture(rows, [""] * len(rows), Held("", "", none, none, [], []))
    except FacesDisagree:
        return True
    return False


def second_names(everyone: dict[str, np.ndarray]) -> None:
    """Somebody is enrolled once more under another name; somebody else is enrolled for the first time."""
    many = [person for person, rows in everyone.items() if len(rows) > ENROLLED]
    for size in (5, 20, 100):
        found, refused = [], []
        for _ in range(SPLITS):
            chosen = list(random.choice(many, size, replace=False))
            rows = [random.permutation(everyone[person]) for person in chosen]
            prototypes = np.stack([unit(own[:ENROLLED].mean(axis=0)) for own in rows])
            found += [(prototypes @ own[ENROLLED]).max() >= THRESHOLD for own in rows]
            others = np.stack([own[0] for person, own in everyone.items() if person not in chosen])
            refused += ((others @ prototypes.T).max(axis=1) >= THRESHOLD).tolist()
        print(f"{size} people: second names found {np.mean(found):.1%}, newcomers refused {np.mean(refused):.2%}")


def limits(everyone: dict[str, np.ndarray]) -> None:
    many = [rows for rows in everyone.values() if len(rows) >= MANY]
    strangers = np.stack([rows[0] for rows in everyone.values() if len(rows) < MANY])
    ways = {
        "all": lambda rows, _: range(len(rows)),
        "representatives": representatives,
        "most different": farthest,
        "the newest": lambda rows, limit: range(max(len(rows) - limit, 0), len(rows)),
    }
    for limit in (3, 5, 10):
        missed: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(SPLITS):
            halves = [np.array_split(random.permutation(rows), 2) for rows in many]
            for way, choose in ways.items():
                kept = [own[sorted(choose(own, limit))] for own, _ in halves]
                missed[way].append(fnir(kept, [probes for _, probes in halves], strangers))
        words = ", ".join(f"{way} {np.mean(rates):.2%}" for way, rates in missed.items())
        print(f"{limit} samples of {len(many)} people with {MANY // 2} or more: FNIR {words}")


def fnir(kept: list[np.ndarray], probes: list[np.ndarray], strangers: np.ndarray) -> float:
    """The mean over people of how many of their probes are not theirs at FPIR 1 in 1,000."""
    prototypes = np.stack([unit(rows.mean(axis=0)) for rows in kept])
    highest = np.sort((strangers @ prototypes.T).max(axis=1))[::-1]
    above = highest[len(highest) // 1000]
    missed = []
    for place, rows in enumerate(probes):
        similarities = rows @ prototypes.T
        found = (similarities.argmax(axis=1) == place) & (similarities[:, place] > above)
        missed.append(1 - found.mean())
    return float(np.mean(missed))


def farthest(rows: np.ndarray, limit: int) -> list[int]:
    """Each time the one that is least like all that are chosen; the first is the one nearest to the mean."""
    chosen = [int(np.argmax(rows @ rows.mean(axis=0)))]
    while len(chosen) < min(limit, len(rows)):
        chosen.append(int(np.argmin((rows @ rows[chosen].T).max(axis=1))))
    return chosen


def embedded(picture: bytes) -> np.ndarray | None:
    pixels = decode(Photo("", picture))
    faces = vision.analyse(pixels)
    chosen = subject([face.detection for face in faces], pixels)
    return None if chosen is None else faces[chosen].embedding.vector


def unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
