# SPDX-License-Identifier: Apache-2.0
"""What is missed by not looking at frames in which nothing has changed.

    .venv/bin/python tests/bench/motion.py FOLDER

Faces of FOLDER/PERSON/PICTURE.jpg appear from one frame to the next in a frame of 640 x 480, alone, without body or
background: an oval with soft edges. Told are, by noise of the camera (standard deviation, of 255) and width of the
face in pixels, the part of those which the detector finds that went unnoticed, and, of frames in which nobody
appears, the part that is looked at all the same.
"""

import os
import sys
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import cv2
import numpy as np

from daemon.camera.pictures import read_picture
from daemon.config import load
from daemon.evaluation.subject import subject
from daemon.types import Box
from daemon.vision import Vision, models_folder
from daemon.vision.motion import Scene
from daemon.vision.sampling import Square, sample

PEOPLE, WIDTHS, NOISES, WHOLE = 150, (37, 45, 56, 85, 112), (2, 5, 10, 20), Square.around(640, 480)


def main(folder: Path) -> None:
    vision, random = Vision.load(models_folder(), load().settings), np.random.default_rng(7)
    people = sorted(path for path in folder.iterdir() if path.is_dir())
    pictures = [min(person.glob("*.jpg")) for person in people[:: max(1, len(people) // PEOPLE)]]
    faces = [face for path in pictures if (face := cut(vision, read_picture(path)))]
    print(f"{len(faces)} faces; noise: unnoticed of those found, by width; empty frames looked at")
    for noise in NOISES:
        missed = [trial(vision, faces, width, noise, random) for width in WIDTHS]
        idle = np.mean([looked_at_when_empty(picture, noise, random) for picture, _ in faces])
        told = "  ".join(f"{w} px {lost}/{found}" for w, (lost, found) in zip(WIDTHS, missed, strict=True))
        print(f"{noise:3}: {told}; {idle:.1%}", flush=True)


def cut(vision: Vision, picture: np.ndarray) -> tuple[np.ndarray, Box] | None:
    """A picture and the face in it."""
    found = vision.detect(picture)
    chosen = subject(found, picture)
    return None if chosen is None else (picture, found[chosen].box)


def trial(vision: Vision, faces: list, width: int, noise: float, random: np.random.Generator) -> tuple[int, int]:
    """How many faces of this width went unnoticed, of how many that the detector finds."""
    lost = found = 0
    for picture, box in faces:
        empty = background(picture)
        full, place = with_face(empty, picture, box, width, random)
        before, after = noisy(empty, noise, random), noisy(full, noise, random)
        if any(face.box.iou(place) > 0.4 for face in vision.detect(after)):
            found += 1
            lost += not changed(before, after)
    return lost, found


def looked_at_when_empty(picture: np.ndarray, noise: float, random: np.random.Generator) -> bool:
    empty = background(picture)
    return changed(noisy(empty, noise, random), noisy(empty, noise, random))


def changed(before: np.ndarray, after: np.ndarray) -> bool:
    scene = Scene()
    scene.has_changed(sample(before, WHOLE, 192).pixels)
    return scene.has_changed(sample(after, WHOLE, 192).pixels)


def background(picture: np.ndarray) -> np.ndarray:
    return cv2.resize(
        cv2.resize(picture, (8, 6), interpolation=cv2.INTER_AREA), (640, 480), interpolation=cv2.INTER_CUBIC
    )


def with_face(empty: np.ndarray, picture: np.ndarray, box: Box, width: int, random: np.random.Generator) -> tuple:
    scale = width / box.w
    mask = np.zeros(picture.shape[:2], np.float32)
    centre, axes = tuple(round(v) for v in box.centre), (round(box.w * 0.5), round(box.h * 0.65))
    cv2.ellipse(mask, centre, axes, 0, 0, 360, 1, -1)
    mask = cv2.GaussianBlur(mask, (0, 0), box.w * 0.05)[..., None]
    shift = random.uniform((width, width), (640 - width, 480 - width))
    move = np.array([[scale, 0, shift[0] - scale * box.centre[0]], [0, scale, shift[1] - scale * box.centre[1]]])
    small = cv2.warpAffine(cv2.GaussianBlur(picture * mask, (0, 0), max(0.01, 0.4 / scale)), move, (640, 480))
    cover = cv2.warpAffine(cv2.GaussianBlur(mask, (0, 0), max(0.01, 0.4 / scale)), move, (640, 480))[..., None]
    x, y = shift
    return empty * (1 - cover) + small, Box(x - width / 2, y - box.h * scale / 2, width, box.h * scale)


def noisy(picture: np.ndarray, noise: float, random: np.random.Generator) -> np.ndarray:
    return np.clip(picture + random.normal(0, noise, picture.shape), 0, 255).astype(np.uint8)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
