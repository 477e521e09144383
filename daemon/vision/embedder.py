# SPDX-License-Identifier: Apache-2.0
"""MobileFaceNet: turns an aligned face into an embedding.

Chen et al., "MobileFaceNets: Efficient CNNs for Accurate Real-Time Face Verification on Mobile Devices", 2018.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from daemon.types import Embedding

if TYPE_CHECKING:
    from daemon.types import Pixels
    from daemon.vision.runtime import Invocable

INPUT_SIZE = 112


class Embedder:
    """Embeds crops made by `daemon.vision.align`."""

    def __init__(self, model: Invocable, model_id: str) -> None:
        self._model = model
        self.model_id = model_id

    def embed(self, crop: Pixels) -> Embedding:
        """The embedding of an aligned (112, 112, 3) crop."""
        (raw,) = self._model(crop)
        return Embedding(raw / np.float32(max(math.sqrt(raw @ raw), 1e-9)), self.model_id)
