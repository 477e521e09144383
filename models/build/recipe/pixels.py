# SPDX-License-Identifier: Apache-2.0
"""Rewrite: pixels as signed integers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from recipe.graph import Conv, Normalise

if TYPE_CHECKING:
    from recipe.graph import Graph, Op

SIGNED_ZERO = 128.0


def centre_pixels(graph: Graph) -> Graph:
    """The graph with 128 as the pixel that means 0, so that a uint8 becomes an int8 by a flip of its first bit.

    The networks have 127.5 there, which is no integer; the convolution that reads the pixels takes the difference
    into its bias. Exact but where that convolution reads padding, which stays at 0: half a grey level there.
    """
    first = graph.nodes[0]
    if not isinstance(first.op, Normalise):
        raise TypeError(f"{first.name}, the first node, does not take the pixels.")
    shift = (SIGNED_ZERO - first.op.zero) / first.op.half
    ops: dict[str, Op] = {first.name: replace(first.op, zero=SIGNED_ZERO)}
    for reader in graph.readers()[first.name]:
        conv = reader.op
        if not isinstance(conv, Conv) or conv.depthwise:
            raise TypeError(f"{reader.name}, which reads the pixels, is no dense convolution.")
        ops[reader.name] = replace(conv, bias=conv.bias + shift * conv.weights.sum(axis=(1, 2, 3)))
    return graph.with_ops(ops)
