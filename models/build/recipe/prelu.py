# SPDX-License-Identifier: Apache-2.0
"""Rewrite: PReLU as the sum of two convolutions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from recipe.graph import Add, Conv, Node, Prelu

if TYPE_CHECKING:
    from recipe.graph import Array, Graph, Op


def split_prelu(graph: Graph) -> Graph:
    """The graph with each convolution and the PReLU behind it as two convolutions, one with a ReLU, and their sum.

    With a as the slope, prelu(z) = a z + (1 - a) relu(z), and also z + (1 - a) relu(-z): each channel takes the form
    whose straight part is the smaller one. Where a is above 1 both would subtract; there the sum gives -prelu(z), and
    the weights that read it change their sign.
    """
    for node in graph.nodes:
        if isinstance(node.op, Prelu):
            graph = _split(graph, node, node.op.slope)
    return graph


def _split(graph: Graph, node: Node, slope: Array) -> Graph:
    readers = graph.readers()
    source = graph[node.inputs[0]]
    if not isinstance(source.op, Conv) or len(readers[source.name]) != 1:
        raise TypeError(f"{node.name} does not alone read a convolution.")
    sign = np.where(slope > 1, -1.0, 1.0)
    steep = abs(slope) > 1
    straight = source.op.scaled_outputs(sign * np.where(steep, 1.0, slope))
    bent = replace(source.op.scaled_outputs(abs(1 - slope) * np.where(steep, -1.0, 1.0)), activation="relu")
    parts = (
        Node(f"{node.name}/straight", straight, source.inputs),
        Node(f"{node.name}/bent", bent, source.inputs),
        Node(node.name, Add(), (f"{node.name}/straight", f"{node.name}/bent")),
    )
    turned: dict[str, Op] = {}
    for reader in readers[node.name]:
        if not isinstance(reader.op, Conv):
            raise TypeError(f"{reader.name}, which reads {node.name}, is no convolution.")
        turned[reader.name] = reader.op.scaled_inputs(sign)
    return graph.with_ops(turned).expanded(source.name, ()).expanded(node.name, parts)
