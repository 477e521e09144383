# SPDX-License-Identifier: Apache-2.0
"""Which observations of past visits are worth learning from. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from daemon.gallery.admission import representatives
from daemon.types import Box, Detection, Embedding, Landmarks, Observation, Point

if TYPE_CHECKING:
    from collections.abc import Sequence

    from daemon.gallery.index import Matrix
    from daemon.types import VisitFace

_GOOD = 0.7
"""Part of the best quality that an observation must have."""

_NOWHERE = Detection(Box(0, 0, 0, 0), Landmarks(*[Point(0, 0)] * 4), 0.0)
"""Where a face was in its frame is not kept."""


def best_of(faces: Sequence[VisitFace], count: int) -> list[Observation]:
    """The `count` good observations that stand best for all good ones of these visits; at least one visit."""
    moments = [(moment, face.model_id) for face in faces for moment in face.moments]
    least = _GOOD * max(moment.quality for moment, _ in moments)
    good = [(moment, model_id) for moment, model_id in moments if moment.quality >= least]
    places = representatives(np.stack([moment.vector for moment, _ in good]), count)
    return [
        Observation(_NOWHERE, moment.quality, Embedding(moment.vector, model_id))
        for place, (moment, model_id) in enumerate(good)
        if place in places
    ]


def looks_of(face: VisitFace) -> Matrix:
    """All that are kept of a visit; (n, d)."""
    return np.stack([moment.vector for moment in face.moments])
