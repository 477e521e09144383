# SPDX-License-Identifier: Apache-2.0
"""From float to eight bits: scales, weights and biases.

The integers are those of TensorFlow Lite's 8-bit quantisation specification: activations int8 with a scale and a zero
point for each tensor, weights int8 with a scale for each output channel, biases int32 in the product of the two.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from recipe.flatfile import Scale
from recipe.forward import activated, apply, convolved, run
from recipe.graph import Conv, MaxPool, Normalise, PadChannels, Reshape, Resize

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from recipe.graph import Array, Graph, Node
    from recipe.ranges import Range

_LOW, _HIGH = -128, 127


class IntegerConv(NamedTuple):
    """The numbers of a convolution; the steps are those of the output channels."""

    weights: npt.NDArray[np.int8]
    steps: npt.NDArray[np.float32]
    bias: npt.NDArray[np.int32]
    bias_steps: npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Quantised:
    """A graph and its integers."""

    graph: Graph
    scales: Mapping[str, Scale]
    """Of the tensors that are int8; the others are float32."""
    convs: Mapping[str, IntegerConv]
    """Of the convolutions whose output is int8."""


def quantise(graph: Graph, ranges: Mapping[str, Range], in_float: frozenset[str] = frozenset()) -> Quantised:
    """The graph in eight bits, but for the nodes `in_float`; no int8 node may read one of those."""
    scales: dict[str, Scale] = {}
    convs: dict[str, IntegerConv] = {}
    for node in graph.nodes:
        if node.name in in_float:
            continue
        source = scales.get(node.inputs[0])
        match node.op:
            case Normalise(half, zero):
                scales[node.name] = Scale(np.array([1 / half], np.float32), int(zero) + _LOW)
            # These hand on integers as they are.
            case MaxPool() | PadChannels() | Resize() | Reshape() if source:
                scales[node.name] = source
            case op:
                scales[node.name] = activation_scale(ranges[node.name])
                if isinstance(op, Conv) and source:
                    convs[node.name] = _integer_conv(op, source)
    return Quantised(graph, scales, convs)


def activation_scale(found: Range) -> Scale:
    """The scale and zero point of a tensor with this range, widened to hold 0."""
    low, high = min(float(found.low.min()), 0.0), max(float(found.high.max()), 0.0)
    step = np.float32(max(high - low, 1e-6) / (_HIGH - _LOW))
    return Scale(np.array([step]), int(np.clip(round(_LOW - low / float(step)), _LOW, _HIGH)))


def _integer_conv(op: Conv, source: Scale) -> IntegerConv:
    axes = (0, 1, 2) if op.depthwise else (1, 2, 3)
    steps = np.maximum(abs(op.weights).max(axis=axes) / _HIGH, 1e-12).astype(np.float32)
    weights = np.round(op.weights / _along(op, steps)).astype(np.int8)
    bias_steps = (steps.astype(np.float64) * source.steps.astype(np.float64)).astype(np.float32)
    return IntegerConv(weights, steps, np.round(op.bias / bias_steps).astype(np.int32), bias_steps)


def _along(op: Conv, values: npt.NDArray[np.float32]) -> Array:
    """Values of output channels, in the shape in which they meet the weights."""
    return values.astype(np.float64).reshape((1, 1, 1, -1) if op.depthwise else (-1, 1, 1, 1))


def simulate(quantised: Quantised, pixels: npt.NDArray[np.uint8]) -> tuple[Array, ...]:
    """What the int8 file gives for pictures (n, size, size, 3), but for the runtime's way of rounding."""
    return run(quantised.graph, pixels, lambda node, inputs: _step(quantised, node, inputs))


def correct_bias(quantised: Quantised, pixels: npt.NDArray[np.uint8]) -> Quantised:
    """With biases that make the mean of each channel, on pictures (n, size, size, 3), that of the float network.

    Rounding shifts the means, and the shifts add up from layer to layer. After Nagel et al. (2019), section 4.2, with
    means that are measured; one layer after the other, so that each makes good what those before it left.
    """
    wanted = _means(quantised.graph, pixels)
    convs = dict(quantised.convs)
    current = replace(quantised, convs=convs)

    def step(node: Node, inputs: tuple[Array, ...]) -> Array:
        if node.name in convs:
            conv = convs[node.name]
            mean = _sums(current, node, inputs[0]).mean(axis=(0, 1, 2))
            bias = conv.bias + np.round((wanted[node.name] - mean) / conv.bias_steps)
            convs[node.name] = conv._replace(bias=bias.astype(np.int32))
        return _step(current, node, inputs)

    run(quantised.graph, pixels, step)
    return current


def _means(graph: Graph, pixels: npt.NDArray[np.uint8]) -> dict[str, Array]:
    """The mean of each channel of each convolution of the float network, before its activation."""
    means: dict[str, Array] = {}

    def step(node: Node, inputs: tuple[Array, ...]) -> Array:
        if not isinstance(node.op, Conv):
            return apply(node.op, inputs)
        sums = apply(replace(node.op, activation="none"), inputs)
        means[node.name] = sums.mean(axis=(0, 1, 2))
        return activated(sums, node.op.activation)

    run(graph, pixels, step)
    return means


def _step(quantised: Quantised, node: Node, inputs: tuple[Array, ...]) -> Array:
    if node.name in quantised.convs and isinstance(node.op, Conv):
        result = activated(_sums(quantised, node, inputs[0]), node.op.activation)
    else:
        result = apply(node.op, inputs)
    scale = quantised.scales.get(node.name)
    if scale is None or isinstance(node.op, Normalise):
        return result
    step = float(scale.steps[0])
    whole = np.clip(np.round(result / step) + scale.zero, _LOW, _HIGH)
    return np.asarray((whole - scale.zero) * step)


def _sums(quantised: Quantised, node: Node, x: Array) -> Array:
    """A convolution's sums in whole numbers, which are exact in float64, then in the units of its output."""
    if not isinstance(node.op, Conv):
        raise TypeError(f"{node.name} is no convolution.")
    conv = quantised.convs[node.name]
    whole = np.round(x / float(quantised.scales[node.inputs[0]].steps[0]))
    sums = convolved(conv.weights.astype(np.float64), whole, node.op) + conv.bias
    return sums * conv.bias_steps.astype(np.float64)
