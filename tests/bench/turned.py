# SPDX-License-Identifier: Apache-2.0
"""How much a picture teaches of a face, by how far the face is turned: what MAX_ENROL_YAW was chosen by.

    .venv/bin/python tests/bench/turned.py FOLDER

Each picture of FOLDER/PERSON/PICTURE.jpg is taken as the only one that is enrolled; counted are the pictures of the
same person from the front that it recognises, at the shipped threshold.
"""

import itertools
import os
import sys
from pathlib import Path
from typing import NamedTuple

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np

from daemon.camera.pictures import read_picture
from daemon.config import load
from daemon.evaluation.rates import wilson
from daemon.evaluation.subject import subject
from daemon.vision import Vision, models_folder
from daemon.vision.quality import MAX_ENROL_YAW, _turned

SETTINGS = load().settings
FRONT = 0.6
YAWS = (0, 0.2, FRONT, 1.0, 1.2, 1.4, MAX_ENROL_YAW, 2.0, 99)


class Look(NamedTuple):
    yaw: float
    vector: np.ndarray


def main(folder: Path) -> None:
    vision = Vision.load(models_folder(), SETTINGS)
    people = [looks_of(vision, person) for person in sorted(folder.iterdir()) if person.is_dir()]
    yaws = np.array([look.yaw for looks in people for look in looks])
    refused = int((yaws >= MAX_ENROL_YAW).sum())
    low, high = wilson(refused, len(yaws))
    print(f"{refused} of {len(yaws)} pictures are turned by {MAX_ENROL_YAW}: {refused / len(yaws):.2%}", end="")
    print(f" ({low:.2%}-{high:.2%})\nyaw: pictures that were enrolled, frontal ones recognised, median similarity")
    for low, high in (*itertools.pairwise(YAWS), (MAX_ENROL_YAW, 99)):
        tell(f"{low}-{high}", [found for looks in people for found in compared(looks, low, high)])


def looks_of(vision: Vision, person: Path) -> list[Look]:
    """The face in the middle of each picture."""
    looks = []
    for path in sorted(person.glob("*.jpg")):
        faces = vision.analyse(pixels := read_picture(path))
        if (place := subject([face.detection for face in faces], pixels)) is not None:
            looks.append(Look(_turned(faces[place].detection.landmarks)[0], faces[place].embedding.vector))
    return looks


def compared(looks: list[Look], low: float, high: float) -> list[np.ndarray]:
    """Of each picture that is turned so far, the similarities to those from the front."""
    chosen = [(i, look) for i, look in enumerate(looks) if low <= look.yaw < high]
    fronts = [[o.vector for j, o in enumerate(looks) if j != i and o.yaw < FRONT] for i, _ in chosen]
    return [np.stack(front) @ look.vector for (_, look), front in zip(chosen, fronts, strict=True) if front]


def tell(what: str, similarities: list[np.ndarray]) -> None:
    if similarities:
        rate = np.mean([(own >= SETTINGS.gallery.threshold).mean() for own in similarities])
        alike = np.median([np.median(own) for own in similarities])
        print(f"  {what}  {len(similarities):5}  {rate:.1%}  {alike:.2f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
