# SPDX-License-Identifier: Apache-2.0
"""One picture whose face is known, looked at before anything else is.

A wrong colour order, model or quantisation costs a few per cent of the faces, which nobody notices for months; on
this picture it shows at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from daemon.errors import ModelRefused
from daemon.types import Box, Embedding, Photo
from daemon.vision.photo import decode

if TYPE_CHECKING:
    from collections.abc import Callable

    from daemon.types import Observation, Pixels
    from daemon.vision.chain import Vision
    from daemon.vision.manifest import Golden

MIN_IOU = 0.9
MAX_POINT_ERROR_PX = 3.0
MIN_SIMILARITY = 0.98
"""The two runtimes agree to 0.9955, the two precisions to 0.9957; red and blue exchanged give 0.953 at most."""


def check_golden(vision: Vision) -> None:
    """Raise ModelRefused, saying what is off, unless the chain finds in the golden picture what it should."""
    problem = _problem(vision, _pixels(vision.manifest.golden))
    if problem:
        raise ModelRefused(
            f"The models do not see what they should in the golden picture: {problem}. "
            "A model file or the TFLite runtime is not what this release was made with: install whod again."
        )


def canary(vision: Vision) -> Callable[[], None]:
    """The same check for a chain that has passed it, to be called again and again; it too raises ModelRefused.

    The picture stays in memory, so that a lost disk, or a new release put in the place of this one, fails nothing.
    """
    pixels = _pixels(vision.manifest.golden)

    def check() -> None:
        problem = _problem(vision, pixels)
        if problem:
            raise ModelRefused(
                f"The models no longer see what they should in the golden picture: {problem}. "
                "They are loaded anew; if this comes again, the machine's memory or SD card may be failing."
            )

    return check


def _pixels(golden: Golden) -> Pixels:
    picture = golden.picture.checked()
    return decode(Photo(picture.name, picture.read_bytes()))


def _problem(vision: Vision, pixels: Pixels) -> str | None:
    faces = [vision.embed(vision.portray(pixels, face)) for face in vision.detect(pixels)]
    if len(faces) != 1:
        return f"{len(faces)} faces were found instead of 1"
    return _difference(vision, faces[0])


def _difference(vision: Vision, face: Observation) -> str | None:
    golden = vision.manifest.golden
    overlap = face.detection.box.iou(Box(*golden.box))
    if overlap < MIN_IOU:
        return f"the face is elsewhere (overlap {overlap:.2f}, at least {MIN_IOU} is right)"
    error = float(np.abs(face.detection.landmarks.as_array() - golden.landmarks).max())
    if error > MAX_POINT_ERROR_PX:
        return f"its points are {error:.1f} px off (at most {MAX_POINT_ERROR_PX} is right)"
    similarity = face.embedding.similarity(Embedding(golden.embedding, vision.model_id))
    if similarity < MIN_SIMILARITY:
        return f"its embedding differs (similarity {similarity:.3f}, at least {MIN_SIMILARITY} is right)"
    return None
