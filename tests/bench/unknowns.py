# SPDX-License-Identifier: Apache-2.0
"""How well unknown visitors are grouped by likeness, and how fast.

    .venv/bin/python tests/bench/unknowns.py FOLDER [LOOKS]

FOLDER/PERSON/PICTURE; a visit is one picture, or the mean of LOOKS. Of 500 visits half are of people who come 2 to 8
times, the others come once. Half of the people are to choose the likeness on, the other half to report on; 4 draws of
each. BCubed precision and recall (Bagga and Baldwin, 1998), means of the visits.
"""

import hashlib
import os
import sys
import time
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage

from daemon.camera.pictures import read_picture
from daemon.config import load
from daemon.evaluation.subject import subject
from daemon.faces import ALIKE, group
from daemon.vision import Vision, models_folder

VISITS, OFTEN, DRAWS = 500, 8, 4
LIKENESSES = (0.40, 0.45, 0.50, 0.55, 0.60, 0.65)
HALVES = ("to choose on", "to report on")


def main(folder: Path, looks: int) -> None:
    people = {each.name: sorted(each.iterdir()) for each in sorted(folder.iterdir()) if each.is_dir()}
    eyes = Eyes(Vision.load(models_folder(), load().settings))
    for half, meant in enumerate(HALVES):
        own = {name: paths for name, paths in people.items() if side(name) == half}
        crowds = [visits(own, looks, np.random.default_rng(seed), eyes) for seed in range(DRAWS)]
        print(f"{meant}: {', '.join(f'{len(vectors)} visits of {len(set(whose))}' for vectors, whose in crowds)}")
        for way in ("average", "single", "complete"):
            for alike in LIKENESSES:
                found = [bcubed(labels(way, vectors, alike), whose) for vectors, whose in crowds]
                precision, recall = np.mean(found, axis=0)
                f1 = 2 * precision * recall / (precision + recall)
                print(f"| {way} | {alike:.2f} | {precision:.3f} | {recall:.3f} | {f1:.3f} |")
    speed(crowds)


class Eyes:
    """Embeds each picture once."""

    def __init__(self, vision: Vision) -> None:
        self._vision = vision
        self._known: dict[Path, np.ndarray | None] = {}

    def look(self, path: Path) -> np.ndarray | None:
        if path not in self._known:
            self._known[path] = self._embedded(read_picture(path))
        return self._known[path]

    def _embedded(self, pixels: np.ndarray | None) -> np.ndarray | None:
        """As a frame is: one look."""
        faces = [] if pixels is None else self._vision.detect(pixels)
        chosen = subject(faces, pixels)
        return (
            None
            if chosen is None
            else self._vision.embed(self._vision.portray(pixels, faces[chosen])).embedding.vector
        )


def side(name: str) -> int:
    return hashlib.sha256(name.encode()).digest()[0] % 2


def visits(people: dict[str, list[Path]], looks: int, random: np.random.Generator, eyes: Eyes):
    """Vectors (n, d), and whose they are."""
    names = random.permutation(list(people))
    vectors, whose = [], []
    for name in (*(n for n in names if len(people[n]) >= 2 * looks), *names):
        often = OFTEN if len(vectors) < VISITS / 2 else 1
        paths = random.permutation(people[name])[: often * looks] if name not in whose else []
        seen = [vector for path in paths if (vector := eyes.look(path)) is not None]
        for i in range(0, len(seen) - looks + 1, looks):
            vectors.append(np.mean(seen[i : i + looks], axis=0))
            whose.append(name)
        if len(vectors) >= VISITS:
            break
    matrix = np.array(vectors[:VISITS], np.float32)
    return matrix / np.linalg.norm(matrix, axis=1, keepdims=True), np.array(whose[:VISITS])


def labels(way: str, vectors: np.ndarray, alike: float) -> np.ndarray:
    if way != "average":
        return fcluster(linkage(vectors, way, "cosine"), 1 - alike, "distance")
    found = np.zeros(len(vectors), int)
    for number, places in enumerate(group(vectors, alike)):
        found[places] = number
    return found


def bcubed(found: np.ndarray, whose: np.ndarray) -> tuple[float, float]:
    together, same = found[:, None] == found, whose[:, None] == whose
    right = (together & same).sum(axis=1)
    return float(np.mean(right / together.sum(axis=1))), float(np.mean(right / same.sum(axis=1)))


def speed(crowds) -> None:
    for vectors in (crowds[0][0], np.concatenate([crowds[0][0], crowds[1][0]])):
        times = []
        for _ in range(21):
            began = time.perf_counter()
            group(vectors)
            times.append(1000 * (time.perf_counter() - began))
        print(
            f"{len(vectors)} visits grouped at {ALIKE}: median {np.median(times):.1f} ms, least {min(times):.1f} ms"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)
