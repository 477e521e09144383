# SPDX-License-Identifier: Apache-2.0
"""Rewrite: two 1x1 convolutions in a row are one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from recipe.graph import Conv

if TYPE_CHECKING:
    from recipe.graph import Array, Graph


def fold_linear(graph: Graph) -> Graph:
    """The graph with each 1x1 convolution that has no activation folded into the 1x1 convolution that alone reads it.

    B(Ax + a) + b = (BA)x + (Ba + b).
    """
    while pair := _pair(graph):
        (name, first), (reader, second) = pair
        inner, outer = first.weights[:, 0, 0], second.weights[:, 0, 0]
        folded = replace(
            second,
            weights=_product(outer, inner)[:, np.newaxis, np.newaxis],
            bias=second.bias + _product(outer, first.bias[:, np.newaxis])[:, 0],
        )
        graph = graph.with_ops({reader: folded}).without(name)
    return graph


def _pair(graph: Graph) -> tuple[tuple[str, Conv], tuple[str, Conv]] | None:
    readers = graph.readers()
    for node in graph.nodes:
        match node.op, [reader.op for reader in readers[node.name]]:
            case Conv(activation="none") as first, [Conv() as second] if first.pointwise and second.pointwise:
                return (node.name, first), (readers[node.name][0].name, second)
    return None


def _product(a: Array, b: Array) -> Array:
    """The matrix product, summed in one order on every machine: a linear algebra library does not promise that."""
    total = np.zeros((a.shape[0], b.shape[1]))
    for k in range(a.shape[1]):
        total += np.outer(a[:, k], b[k])
    return total
