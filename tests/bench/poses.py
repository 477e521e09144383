# SPDX-License-Identifier: Apache-2.0
"""How heads are held in pictures, and how far a turned face is like the same from the front: what the guide goes by.

    .venv/bin/python tests/bench/poses.py FOLDER [MOST]

Of FOLDER/PERSON/PICTURE.jpg, people with 8 pictures or more, MOST (25) of each. See docs/quality.md, "At the door".
"""

import os
import sys
from pathlib import Path
from typing import NamedTuple

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np

from daemon.camera.pictures import read_picture
from daemon.config import load
from daemon.evaluation.subject import subject
from daemon.service.guide import ASIDE, COPY, FRONT_PITCH, FRONT_YAW, SAME, TOO_FAR, UPWARDS
from daemon.vision import Turn, Vision, models_folder, objection, turn_of

LEAST = 8
SHIFTS = [(dx, dy) for dx in (0, 3, 7) for dy in (0, 2, 5)]
"""Pixels by which a picture is moved: as much as a head that is held still moves in one."""


class Look(NamedTuple):
    person: str
    turn: Turn
    vector: np.ndarray


def main(folder: Path, most: int) -> None:
    vision = Vision.load(models_folder(), load().settings)
    people = [found for person in sorted(folder.iterdir()) if len(found := sorted(person.glob("*.jpg"))) >= LEAST]
    looks = [look for pictures in people for path in pictures[:most] if (look := look_at(vision, path))]
    turns = np.array([look.turn for look in looks])
    print(f"{len(looks)} pictures of {len(people)} people that may be enrolled; percentiles 1 5 10 50 90 95 99")
    tell_percentiles("yaw", turns[:, 0])
    ahead = np.abs(turns[:, 0]) <= FRONT_YAW
    tell_percentiles("pitch of those from the front", turns[ahead, 1])
    front = ahead & (np.abs(turns[:, 1]) <= FRONT_PITCH)
    print(f"from the front: yaw within {FRONT_YAW} {ahead.mean():.1%}, and pitch in {FRONT_PITCH} {front.mean():.1%}")
    print(f"spread of pitch in a person's pictures from the front: {within(looks, ahead):.3f}")
    print(f"spread in one picture that moves: {jitter(vision, people)}")
    tell_likeness(looks, turns, front)


def look_at(vision: Vision, path: Path) -> Look | None:
    """The face in the middle, if it may be enrolled."""
    faces = vision.analyse(pixels := read_picture(path))
    place = subject([face.detection for face in faces], pixels)
    if place is None or objection(face := faces[place]):
        return None
    return Look(path.parent.name, turn_of(face.detection.landmarks), face.embedding.vector)


def tell_percentiles(what: str, values: np.ndarray) -> None:
    told = " ".join(f"{value:.2f}" for value in np.percentile(values, (1, 5, 10, 50, 90, 95, 99)))
    print(f"{what}: {told}")


def within(looks: list[Look], ahead: np.ndarray) -> float:
    """The mean standard deviation of the pitch of one person's pictures from the front."""
    of: dict[str, list[float]] = {}
    for look, counts in zip(looks, ahead, strict=True):
        if counts:
            of.setdefault(look.person, []).append(look.turn.pitch)
    return float(np.mean([np.std(pitches) for pitches in of.values() if len(pitches) > LEAST / 2]))


def jitter(vision: Vision, people: list[list[Path]]) -> str:
    """The median and 95th percentile of the standard deviation of yaw and pitch while a picture is moved a little."""
    spreads = []
    for pictures in people:
        pixels = read_picture(pictures[0])
        moved = [vision.detect(np.roll(pixels, shift, (1, 0))) for shift in SHIFTS]
        if all(len(faces) == 1 for faces in moved):
            spreads.append(np.std([turn_of(faces[0].landmarks) for faces in moved], axis=0))
    (yaw, pitch), (yaw_95, pitch_95) = np.median(spreads, axis=0), np.percentile(spreads, 95, axis=0)
    return f"yaw {yaw:.3f} (95 %: {yaw_95:.3f}), pitch {pitch:.3f} ({pitch_95:.3f})"


def tell_likeness(looks: list[Look], turns: np.ndarray, front: np.ndarray) -> None:
    """Of pairs of a face from the front and one that is turned: of one person, and of two."""
    names, vectors = np.array([look.person for look in looks]), np.stack([look.vector for look in looks])
    similarity = vectors[front] @ vectors.T
    same = names[front][:, None] == names[None, :]
    itself = np.flatnonzero(front)[:, None] == np.arange(len(looks))[None, :]
    aside = np.abs(turns[:, 0])
    held = {
        "front": aside <= FRONT_YAW,
        f"turned by {ASIDE}-0.7": (aside >= ASIDE) & (aside < 0.7),
        f"turned by 0.7-{TOO_FAR}": (aside >= 0.7) & (aside < TOO_FAR),
        f"up by {UPWARDS} and more": (turns[:, 1] <= np.median(turns[front, 1]) - UPWARDS) & (aside <= FRONT_YAW),
    }
    print(f"similarity to a face from the front; below {SAME} of one person, above of two; {COPY} and more of one")
    for what, chosen in held.items():
        own, others = similarity[same & chosen & ~itself], similarity[~same & chosen]
        print(
            f"{what}: median {np.median(own):.2f}, {(own < SAME).mean():.2%} of {len(own):,}, "
            f"{(others >= SAME).mean():.2%} of {len(others):,}; {(own >= COPY).mean():.2%}"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 25)
