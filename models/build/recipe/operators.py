# SPDX-License-Identifier: Apache-2.0
"""Graph operations as operators of a .tflite file, whatever its numbers are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from ai_edge_litert.schema_py_generated import ActivationFunctionType, Padding

from recipe.forward import output_size
from recipe.graph import PIXELS, Add, Conv, Graph, MaxPool, PadChannels, Reshape, Resize

if TYPE_CHECKING:
    from recipe.flatfile import FlatFile
    from recipe.graph import Activation, Op

Shape = tuple[int, ...]
_FUSED: dict[Activation, int] = {
    "none": ActivationFunctionType.NONE,
    "relu": ActivationFunctionType.RELU,
    "relu6": ActivationFunctionType.RELU6,
    "relu1": ActivationFunctionType.RELU_N1_TO_1,
}


def shapes(graph: Graph) -> dict[str, Shape]:
    """The shape of each tensor at batch 1."""
    found: dict[str, Shape] = {PIXELS: (1, graph.size, graph.size, 3)}
    for node in graph.nodes:
        found[node.name] = _shape(node.op, found[node.inputs[0]])
    return found


def _shape(op: Op, source: Shape) -> Shape:
    match op:
        case Conv():
            channels = op.weights.shape[3 if op.depthwise else 0]
            sides = zip(source[1:3], op.weights.shape[1:3], strict=True)
            return (1, *(output_size(side, kernel, op.stride, op.padding) for side, kernel in sides), channels)
        case MaxPool():
            return (1, source[1] // op.size, source[2] // op.size, source[3])
        case PadChannels():
            return (*source[:3], source[3] + op.count)
        case Resize():
            return (1, op.height, op.width, source[3])
        case Reshape():
            return (1, *op.shape)
        case _:
            return source


def write_conv(file: FlatFile, op: Conv, inputs: list[int], output: int, version: int) -> None:
    """A convolution of these tensors: source, weights, bias."""
    options: dict[str, Any] = {
        "padding": Padding.SAME if op.padding == "same" else Padding.VALID,
        "strideH": op.stride,
        "strideW": op.stride,
        "fusedActivationFunction": _FUSED[op.activation],
    }
    if op.depthwise:
        options["depthMultiplier"] = 1
        file.operator("DEPTHWISE_CONV_2D", version, inputs, output, ("DepthwiseConv2DOptions", options))
    else:
        file.operator("CONV_2D", version, inputs, output, ("Conv2DOptions", options))


def write_float_conv(file: FlatFile, name: str, op: Conv, inputs: list[int], output: int) -> None:
    """A convolution in float32, of weights in float16.

    The runtimes make float32 of the weights when they load the file, so float16 costs no time and halves the file.
    """
    stored = file.constant(f"{name}/weights/float16", op.weights.astype(np.float16))
    weights = file.tensor(f"{name}/weights", "float32", op.weights.shape)
    file.operator("DEQUANTIZE", 3, [stored], weights)
    bias = file.constant(f"{name}/bias", op.bias.astype(np.float32))
    write_conv(file, op, [*inputs, weights, bias], output, 1)


def write_plain(file: FlatFile, name: str, op: Op, inputs: list[int], output: int, *, integer: bool) -> None:
    """An operation without numbers of its own."""
    second = 2 if integer else 1
    match op:
        case Add():
            options = {"fusedActivationFunction": _FUSED[op.activation]}
            file.operator("ADD", second, inputs, output, ("AddOptions", options))
        case MaxPool():
            pool = dict.fromkeys(("strideH", "strideW", "filterHeight", "filterWidth"), op.size)
            file.operator("MAX_POOL_2D", second, inputs, output, ("Pool2DOptions", pool))
        case PadChannels():
            margins = file.constant(f"{name}/margins", np.array([[0, 0]] * 3 + [[0, op.count]], np.int32))
            file.operator("PAD", second, [*inputs, margins], output, ("PadOptions", {}))
        case Resize():
            size = file.constant(f"{name}/size", np.array([op.height, op.width], np.int32))
            file.operator(
                "RESIZE_BILINEAR", 3, [*inputs, size], output, ("ResizeBilinearOptions", {"halfPixelCenters": True})
            )
        case Reshape():
            shape = file.constant(f"{name}/shape", np.array([1, *op.shape], np.int32))
            file.operator("RESHAPE", 1, [*inputs, shape], output, ("ReshapeOptions", {"newShape": [1, *op.shape]}))
        case _:
            raise TypeError(f"{name} cannot be written.")
