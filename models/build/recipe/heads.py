# SPDX-License-Identifier: Apache-2.0
"""Rewrite: the detector's heads in ranges that eight bits hold."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from recipe.graph import Conv

if TYPE_CHECKING:
    from recipe.graph import Graph

BOX_UNITS = np.array([24.0, 24, 192, 192] + [96] * 12)
"""What the box head's numbers are divided by: offsets and sizes of the box, then six points; in input pixels."""
LOGIT_UNIT, LOGIT_ZERO = 2.0, 3.0
"""The score head gives logit / 2 + 3, cut to 0..6: a sigmoid of more than 6 in size says nothing more."""


def rescale_heads(graph: Graph) -> Graph:
    """The graph with scores as logit / 2 + 3, cut to 0..6, and boxes in parts of `BOX_UNITS`, cut to ±1.

    The heads hold numbers from 0.1 to 200 side by side, which one int8 scale cannot serve. Where nothing is cut,
    the old outputs are 2 (score - 3) and box times `BOX_UNITS`.
    """
    return graph.with_ops({node.name: _rescaled(node.op) for node in graph.heads() if isinstance(node.op, Conv)})


def _rescaled(head: Conv) -> Conv:
    if len(head.bias) == len(BOX_UNITS):
        return replace(head.scaled_outputs(1 / BOX_UNITS), activation="relu1")
    scores = head.scaled_outputs(np.array([1 / LOGIT_UNIT]))
    return replace(scores, bias=scores.bias + LOGIT_ZERO, activation="relu6")
