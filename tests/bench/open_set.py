# SPDX-License-Identifier: Apache-2.0
"""How often one picture of a stranger is named, and one of a resident is not, by the size of the gallery.

    .venv/bin/python tests/bench/open_set.py FOLDER

FOLDER/PERSON/PICTURE. People with four pictures or more are drawn as residents, enrolled with three, and probed with
the others; of each of the rest the first picture is a stranger's. Threshold and margin are the defaults.
"""

import random
import sys
from pathlib import Path

import numpy as np

from daemon.config import load
from daemon.errors import InputError
from daemon.evaluation import subject
from daemon.types import Photo
from daemon.vision import Vision, decode, models_folder

SIZES, DRAWS, ENROLLED = (3, 10, 20, 50, 100), 8, 3


def main(folder: Path) -> None:
    settings = load().settings
    vision = Vision.load(models_folder(), settings)
    people = [vectors(vision, person) for person in sorted(folder.iterdir()) if person.is_dir()]
    residents = [person for person in people if len(person) > ENROLLED]
    strangers = np.array([person[0] for person in people if 0 < len(person) <= ENROLLED])
    threshold, margin = settings.gallery.threshold, settings.gallery.margin
    print(f"{len(residents)} people to draw residents from, {len(strangers)} strangers")
    for size in SIZES:
        draws = [draw(random.Random(i).sample(residents, size), strangers, threshold, margin) for i in range(DRAWS)]
        named, missed = np.mean(draws, axis=0)
        print(f"{size:4} people: strangers named {named:7.2%}, residents not named {missed:7.2%}")


def draw(residents: list, strangers: np.ndarray, threshold: float, margin: float) -> tuple[float, float]:
    means = np.array([np.sum(person[:ENROLLED], axis=0) for person in residents])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    probes = np.array([vector for person in residents for vector in person[ENROLLED:]])
    truth = np.array([i for i, person in enumerate(residents) for _ in person[ENROLLED:]])
    named, _ = decide(strangers @ means.T, threshold, margin)
    right, best = decide(probes @ means.T, threshold, margin)
    return float(named.mean()), float(1 - (right & (best == truth)).mean())


def decide(similarities: np.ndarray, threshold: float, margin: float) -> tuple[np.ndarray, np.ndarray]:
    """Whether somebody is named, and who is best."""
    second, first = np.sort(similarities, axis=1)[:, -2:].T
    return (first >= threshold) & (first - second >= margin), similarities.argmax(axis=1)


def vectors(vision: Vision, person: Path) -> list[np.ndarray]:
    found = []
    for path in sorted(person.iterdir()):
        try:
            pixels = decode(Photo(path.name, path.read_bytes()))
        except InputError:
            continue
        faces = vision.analyse(pixels)
        chosen = subject([face.detection for face in faces], pixels)
        if chosen is not None:
            found.append(faces[chosen].embedding.vector)
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]))
