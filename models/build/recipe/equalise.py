# SPDX-License-Identifier: Apache-2.0
"""Rewrite: channels of like size within each tensor.

After Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias Correction", 2019, section 4.1, with
the ranges of the activations measured, and over tensors that additions tie to each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from recipe.graph import Add, Conv, MaxPool, PadChannels, Prelu, Resize
from recipe.ranges import rounded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recipe.graph import Array, Graph
    from recipe.ranges import Range

_TIES = Add | MaxPool | PadChannels | Prelu | Resize
"""A channel that is scaled before one of these is scaled as much behind it, since the factors are positive."""
_TINY = 1e-4
_BITS = 6


class Strength(NamedTuple):
    """How much of the difference between channels is taken away: 0 is nothing, and 1 is all of it.

    At 1 the weights of dense convolutions lose as much as the tensors that they read gain.
    """

    alone: float
    """For a tensor that one convolution makes."""
    tied: float
    """For tensors that several make, through additions."""


def equalise(graph: Graph, ranges: Mapping[str, Range], strength: Strength) -> Graph:
    """The graph with the channels of its tensors scaled, and the weights of their readers by the inverse."""
    ops = {node.name: node.op for node in graph.nodes if isinstance(node.op, Conv)}
    readers = graph.readers()
    for group in _groups(graph):
        makers = [name for name in group if name in ops]
        takers = [reader.name for name in group for reader in readers[name] if reader.name in ops]
        if not takers or not _may_scale(graph, group):
            continue
        sizes = [ranges[name].size for name in group]
        amount = strength.tied if len(makers) > 1 else strength.alone
        factors = _factors(sizes, [ops[name] for name in takers], amount)
        for name in makers:
            ops[name] = ops[name].scaled_outputs(factors[: len(ops[name].bias)])
        for name in takers:
            ops[name] = ops[name].scaled_inputs(1 / factors[: ops[name].weights.shape[3]])
    return graph.with_ops(ops)


def _groups(graph: Graph) -> list[list[str]]:
    """The names of the tensors that have to share their factors."""
    group = {node.name: [node.name] for node in graph.nodes}
    for node in graph.nodes:
        if isinstance(node.op, _TIES):
            for name in node.inputs:
                if group[name] is not group[node.name]:
                    group[node.name].extend(group[name])
                    group.update(dict.fromkeys(group[name], group[node.name]))
    return list({id(names): names for names in group.values()}.values())


def _may_scale(graph: Graph, group: list[str]) -> bool:
    """Whether each tensor comes of a convolution or a tie, none is an output, and none is cut at a fixed value."""
    for name in group:
        op = graph[name].op
        if name in graph.outputs or not isinstance(op, Conv | _TIES):
            return False
        if isinstance(op, Conv | Add) and op.activation not in ("none", "relu"):
            return False
    return True


def _factors(sizes: list[Array], takers: list[Conv], strength: float) -> Array:
    """For each channel, greater where its values are small and where its readers' weights are large."""
    size = _greatest(sizes)
    size += _TINY * size.max()
    dense = [op.weights for op in takers if not op.depthwise]
    if not dense:
        # A depthwise convolution has a scale for each channel of its weights: they can take any factor.
        return _normalised(1 / size)
    use = _greatest([_use(weights) for weights in dense])
    return _normalised((np.maximum(use, _TINY) / size) ** strength)


def _use(weights: Array) -> Array:
    """How much a dense convolution makes of each input channel, at most, in parts of an output's largest weight."""
    largest = np.maximum(abs(weights).max(axis=(1, 2, 3), keepdims=True), np.finfo(np.float32).tiny)
    return np.asarray((abs(weights) / largest).max(axis=(0, 1, 2)))


def _greatest(rows: list[Array]) -> Array:
    """The greatest value of each channel; a row may have fewer channels than others."""
    result = np.zeros(max(len(row) for row in rows))
    for row in rows:
        result[: len(row)] = np.maximum(result[: len(row)], row)
    return result


def _normalised(factors: Array) -> Array:
    return rounded(factors / np.exp(np.log(factors).mean()), _BITS)
