# SPDX-License-Identifier: Apache-2.0
"""The faces of past visits, kept for a while, and which of them are alike."""

from daemon.faces.choice import best_of, looks_of
from daemon.faces.likeness import ALIKE, group, mean_of
from daemon.faces.store import Faces

__all__ = ["ALIKE", "Faces", "best_of", "group", "looks_of", "mean_of"]
