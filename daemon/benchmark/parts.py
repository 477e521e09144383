# SPDX-License-Identifier: Apache-2.0
"""Steps that the frame path does not show apart."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from daemon.benchmark.clocks import in_turn
from daemon.benchmark.door import STANDING_S
from daemon.camera.demo import CYCLE_S, VISITORS, Scene
from daemon.types import Photo
from daemon.vision import decode, encode_jpeg
from daemon.vision.quality import assess

if TYPE_CHECKING:
    from pathlib import Path

    from daemon.benchmark.clocks import Limit
    from daemon.vision import Vision


def measure_parts(vision: Vision, pictures: Path, limit: Limit) -> dict[str, list[float]]:
    """The seconds of ``decode`` (a JPEG of 640 x 480) and ``quality`` (of an aligned face)."""
    scene = Scene(pictures)
    frames = [scene.at(CYCLE_S * visit + STANDING_S) for visit in range(len(VISITORS))]
    photos = itertools.cycle([Photo("frame.jpg", encode_jpeg(frame)) for frame in frames])
    portraits = itertools.cycle([vision.portray(frame, face) for frame in frames for face in vision.detect(frame)])

    def quality() -> None:
        portrait = next(portraits)
        assess(portrait.detection, portrait.crop)

    return in_turn({"decode": lambda: decode(next(photos)), "quality": quality}, limit)
