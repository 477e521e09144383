# SPDX-License-Identifier: Apache-2.0
"""What is told of a picture that is degraded, what faces are worth in it, and what the watch costs.

    .venv/bin/python tests/bench/outlook.py

Sixteen cameras each see one picture for an hour, with noise: the demo's door and fifteen pictures of scikit-image.
Then it is degraded for ten minutes; told is of how many cameras each trouble is a sign at the end of them. Beside
light and blur stands how many of 15 faces of the demo are found in pictures like that, and their median similarity
to what the same faces are without. At the end: the time of a look in parts of a frame's, by turns.
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import copy
import time
from collections import Counter
from datetime import UTC, datetime

import cv2
import numpy as np
from skimage import data

from daemon.camera.demo import CYCLE_S, ENTER_S, VISITORS, Scene
from daemon.config import load
from daemon.quiet import hush
from daemon.types import Frame
from daemon.vision import Outlook, Vision, models_folder

NAMES = (
    "astronaut", "brick", "camera", "chelsea", "coffee", "coins", "grass", "gravel", "hubble_deep_field",
    "immunohistochemistry", "moon", "page", "rocket", "stereo_motorcycle", "text",
)  # fmt: skip
RANDOM = np.random.default_rng(2)
LEARN, LAST, FRAMES_A_LOOK = 60, 10, 50
"""Looks, a minute apart; frames between two looks at ten frames a second."""


def main() -> None:
    vision, scene = Vision.load(models_folder(), load().settings), Scene(models_folder() / "demo")
    pictures = [scene.at(CYCLE_S - 1), *map(photograph, NAMES)]
    cameras = [(picture, learnt(picture)) for picture in pictures]
    for name, change in changes().items():
        signs = Counter(sign(copy.deepcopy(outlook), change(picture)) for picture, outlook in cameras)
        told = ", ".join(f"{trouble or 'nothing'} {number}" for trouble, number in signs.most_common())
        known = faces(vision, scene, change) if name.startswith(("as", "light", "blur")) else ""
        print(f"{name:22} {told:25} {known}".rstrip(), flush=True)
    cost(vision, scene)


def photograph(name: str) -> np.ndarray:
    picture = getattr(data, name)()
    picture = picture[0] if isinstance(picture, tuple) else picture
    picture = picture if picture.ndim == 3 else np.dstack([picture] * 3)
    return cv2.resize(picture[..., :3], (640, 480), interpolation=cv2.INTER_AREA)


def noisy(picture: np.ndarray) -> np.ndarray:
    return np.clip(picture + RANDOM.normal(0, 3, picture.shape), 0, 255).astype(np.uint8)


def learnt(picture: np.ndarray) -> Outlook:
    outlook = Outlook()
    for minute in range(LEARN):
        outlook.look(noisy(picture), 60.0 * minute)
    return outlook


def sign(outlook: Outlook, picture: np.ndarray) -> str | None:
    return [outlook.look(noisy(picture), 60.0 * (LEARN + minute)) for minute in range(LAST)][-1]


def changes() -> dict:
    lights = {f"light x {g}": lambda p, g=g: (p * g).astype(np.uint8) for g in (0.3, 0.15, 0.1, 0.07, 0.05, 0.03)}
    blurs = {f"blur, sigma {s} px": lambda p, s=s: cv2.GaussianBlur(p, (0, 0), s) for s in (1, 2, 3, 4, 6, 8)}
    turns = {f"turned by {part:.1%}": lambda p, part=part: turned(p, part) for part in (0.005, 0.02, 0.04, 0.07, 0.1)}
    return (
        {"as it was": lambda p: p}
        | lights
        | blurs
        | turns
        | {
            "lamp at night": lambda p: (p * lamp()[..., None]).astype(np.uint8),
            "haze, contrast x 0.15": lambda p: (p * 0.15 + 150).astype(np.uint8),
            "hand or tape": lambda p: np.full_like(p, (130, 80, 70)),
            "black coat, half of it": lambda p: np.hstack([np.full_like(p[:, :320], 16), p[:, 320:]]),
            "van, a third of it": van,
        }
    )


def turned(picture: np.ndarray, part: float) -> np.ndarray:
    move = np.float32([[1, 0, part * 640], [0, 1, part * 160]])
    return cv2.warpAffine(picture, move, (640, 480), borderMode=cv2.BORDER_REFLECT)


def lamp() -> np.ndarray:
    y, x = np.mgrid[0:480, 0:640]
    return 0.02 + 0.98 * np.exp(-((x - 96) ** 2 + (y - 118) ** 2) / (2 * 130.0**2))


def van(picture: np.ndarray) -> np.ndarray:
    picture = picture.copy()
    picture[100:420, 220:560] = cv2.resize(data.cat(), (340, 320))
    return picture


def faces(vision: Vision, scene: Scene, change: object) -> str:
    """How many faces of the demo are found, and how much they are like themselves."""
    found = []
    for visitor in range(len(VISITORS)):
        start = CYCLE_S * visitor + ENTER_S + 1
        (as_is, *_) = vision.detect(scene.at(start))
        wanted = vision.embed(vision.portray(scene.at(start), as_is)).embedding
        for moment in range(5):
            picture = noisy(change(scene.at(start + moment / 2)))
            seen = [vision.embed(vision.portray(picture, face)) for face in vision.detect(picture)[:1]]
            found += [face.embedding.similarity(wanted) for face in seen]
    return f"{len(found):3} of 15 found, {np.median(found):.2f}" if found else "  0 of 15 found"


def cost(vision: Vision, scene: Scene) -> None:
    outlook, looks, frames = Outlook(), [], []
    pixels = cv2.resize(scene.at(1.0), (1280, 720))
    frame = Frame(pixels, 0, 0.0, datetime.now(UTC))
    for turn in range(300):
        began = time.perf_counter()
        outlook.look(pixels, 5.0 * turn)
        middle = time.perf_counter()
        vision.glance(frame, vision.view(frame))
        looks.append(middle - began)
        frames.append(time.perf_counter() - middle)
    look, glance = 1000 * np.median(looks), 1000 * np.median(frames)
    part = look / glance / FRAMES_A_LOOK
    print(
        f"1280 x 720: a look {look:.2f} ms, the detector's {glance:.2f} ms; one in {FRAMES_A_LOOK} frames: {part:.2%}"
    )


if __name__ == "__main__":
    hush()
    main()
