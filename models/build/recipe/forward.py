# SPDX-License-Identifier: Apache-2.0
"""Runs a graph in numpy, in float64: the reference for every rewrite, and what calibration looks at."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from recipe.graph import (
    PIXELS,
    Add,
    Array,
    Conv,
    Graph,
    MaxPool,
    Node,
    Normalise,
    PadChannels,
    Prelu,
    Reshape,
    Resize,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from recipe.graph import Activation, Op, Padding

LIMITS: dict[Activation, tuple[float, float]] = {
    "none": (-np.inf, np.inf),
    "relu": (0, np.inf),
    "relu6": (0, 6),
    "relu1": (-1, 1),
}


def run(
    graph: Graph,
    pixels: npt.NDArray[np.uint8],
    step: Callable[[Node, tuple[Array, ...]], Array] | None = None,
) -> tuple[Array, ...]:
    """The graph's outputs for pictures (n, size, size, 3).

    `step` computes a node from its inputs in place of `apply`, and so may look at each tensor or change it. Tensors
    are let go when their last reader has run.
    """
    left = Counter(name for node in graph.nodes for name in node.inputs) + Counter(graph.outputs)
    tensors: dict[str, Array] = {PIXELS: pixels.astype(np.float64)}
    for node in graph.nodes:
        inputs = tuple(tensors[name] for name in node.inputs)
        left.subtract(node.inputs)
        for name in node.inputs:
            if not left[name]:
                tensors.pop(name, None)
        tensors[node.name] = step(node, inputs) if step else apply(node.op, inputs)
    return tuple(tensors[name] for name in graph.outputs)


def apply(op: Op, inputs: tuple[Array, ...]) -> Array:  # noqa: PLR0911 - one for each kind
    """What one operation makes of its inputs."""
    x = inputs[0]
    match op:
        case Normalise():
            return (x - op.zero) / op.half
        case Conv():
            return activated(convolved(op.weights, x, op) + op.bias, op.activation)
        case Add():
            return activated(x + inputs[1], op.activation)
        case Prelu():
            return np.asarray(np.maximum(x, 0) + op.slope * np.minimum(x, 0))
        case MaxPool():
            return _pooled(op.size, x)
        case PadChannels():
            return np.pad(x, [(0, 0), (0, 0), (0, 0), (0, op.count)])
        case Resize():
            rows, columns = _interpolation(x.shape[1], op.height), _interpolation(x.shape[2], op.width)
            return np.asarray(np.einsum("ih,nhwc,jw->nijc", rows, x, columns, optimize=True))
        case Reshape():
            return x.reshape(len(x), *op.shape)


def activated(x: Array, activation: Activation) -> Array:
    """`x` within the activation's limits."""
    return x if activation == "none" else np.clip(x, *LIMITS[activation])


def output_size(size: int, kernel: int, stride: int, padding: Padding) -> int:
    """Side of what a convolution or pooling makes of a side of `size`."""
    return -(-size // stride) if padding == "same" else (size - kernel) // stride + 1


def convolved(weights: Array, x: Array, op: Conv) -> Array:
    """The sums of a convolution with these weights in place of its own, without bias and activation."""
    _, height, width, _ = weights.shape
    rows = output_size(x.shape[1], height, op.stride, op.padding)
    columns = output_size(x.shape[2], width, op.stride, op.padding)
    if op.padding == "same":
        x = np.pad(
            x, [(0, 0), _margins(x.shape[1], height, op.stride), _margins(x.shape[2], width, op.stride), (0, 0)]
        )
    total: Array | float = 0.0
    for i in range(height):
        for j in range(width):
            seen = x[:, i : i + op.stride * rows : op.stride, j : j + op.stride * columns : op.stride]
            seen = seen[:, :rows, :columns]
            total = total + (seen * weights[0, i, j] if op.depthwise else seen @ weights[:, i, j].T)
    return np.asarray(total)


def _margins(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """How many zeros "same" padding puts before and behind, as TensorFlow has it: the odd one behind."""
    total = max((output_size(size, kernel, stride, "same") - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def _pooled(size: int, x: Array) -> Array:
    count, height, width, channels = x.shape
    return np.asarray(x.reshape(count, height // size, size, width // size, size, channels).max(axis=(2, 4)))


def _interpolation(size: int, wanted: int) -> Array:
    """The (wanted, size) matrix of bilinear interpolation along one axis."""
    places = np.clip((np.arange(wanted) + 0.5) * size / wanted - 0.5, 0, size - 1)
    low = np.minimum(places.astype(int), max(size - 2, 0))
    matrix = np.zeros((wanted, size))
    np.add.at(matrix, (np.arange(wanted), low), 1 - (places - low))
    np.add.at(matrix, (np.arange(wanted), np.minimum(low + 1, size - 1)), places - low)
    return matrix
