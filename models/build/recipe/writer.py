# SPDX-License-Identifier: Apache-2.0
"""Writes a graph as a .tflite file, in float32 or in eight bits: uint8 pixels in, float32 out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from recipe.flatfile import FlatFile, Scale
from recipe.graph import PIXELS, Conv, Normalise, Prelu
from recipe.operators import shapes, write_conv, write_float_conv, write_plain
from recipe.quantise import Quantised

if TYPE_CHECKING:
    from recipe.graph import Graph, Node

_FIRST_BIT = 128
"""What turns an int8 into a uint8 of the same meaning."""


def float_file(graph: Graph) -> bytes:
    """The file of a graph in float32, its weights in float16."""
    return int8_file(Quantised(graph, {}, {}))


def int8_file(quantised: Quantised) -> bytes:
    """The file of a quantised graph; the nodes that are not int8 are computed in float32."""
    return _Writer(quantised).file()


class _Writer:
    def __init__(self, quantised: Quantised) -> None:
        self._quantised = quantised
        self._shapes = shapes(quantised.graph)
        self._file = FlatFile()
        self._integers: dict[str, int] = {}
        """The index of each tensor that is not float32."""
        self._floats: dict[str, int] = {}

    def file(self) -> bytes:
        graph = self._quantised.graph
        for node in graph.nodes:
            if node.name in self._quantised.scales:
                self._write_int8(node)
            elif isinstance(node.op, Normalise):
                self._write_normalised(node.name, node.op)
            else:
                self._write_float(node)
        return self._file.finish([self._integers[PIXELS]], [self._as_float(name) for name in graph.outputs])

    def _write_int8(self, node: Node) -> None:
        scale = self._quantised.scales[node.name]
        if isinstance(node.op, Normalise):
            self._add_pixels(scale._replace(zero=scale.zero + _FIRST_BIT))
        inputs = [self._integers[name] for name in node.inputs]
        output = self._integers[node.name] = self._file.tensor(node.name, "int8", self._shapes[node.name], scale)
        match node.op:
            case Normalise():
                self._file.operator("QUANTIZE", 1, inputs, output)
            case Conv() as op:
                numbers = self._quantised.convs[node.name]
                by_channel = Scale(numbers.steps, axis=3 if op.depthwise else 0)
                weights = self._file.constant(f"{node.name}/weights", numbers.weights, by_channel)
                bias = self._file.constant(f"{node.name}/bias", numbers.bias, Scale(numbers.bias_steps))
                write_conv(self._file, op, [*inputs, weights, bias], output, 3)
            case op:
                write_plain(self._file, node.name, op, inputs, output, integer=True)

    def _write_float(self, node: Node) -> None:
        inputs = [self._as_float(name) for name in node.inputs]
        output = self._floats[node.name] = self._file.tensor(node.name, "float32", self._shapes[node.name])
        match node.op:
            case Conv() as op:
                write_float_conv(self._file, node.name, op, inputs, output)
            case Prelu(slope):
                slopes = self._file.constant(f"{node.name}/slope", slope.reshape(1, 1, -1).astype(np.float32))
                self._file.operator("PRELU", 1, [*inputs, slopes], output)
            case op:
                write_plain(self._file, node.name, op, inputs, output, integer=False)

    def _write_normalised(self, name: str, op: Normalise) -> None:
        self._add_pixels(Scale(np.array([1 / op.half], np.float32)))
        output = self._floats[name] = self._file.tensor(name, "float32", self._shapes[name])
        scaled = self._file.tensor(f"{name}/scaled", "float32", self._shapes[name])
        self._file.operator("DEQUANTIZE", 1, [self._integers[PIXELS]], scaled)
        shift = self._file.constant(f"{name}/shift", np.array([-op.zero / op.half], np.float32))
        self._file.operator("ADD", 1, [scaled, shift], output, ("AddOptions", {}))

    def _add_pixels(self, scale: Scale) -> None:
        self._integers[PIXELS] = self._file.tensor(PIXELS, "uint8", self._shapes[PIXELS], scale)

    def _as_float(self, name: str) -> int:
        """The tensor as float32, made of its integers where it has them."""
        if name not in self._floats:
            made = self._floats[name] = self._file.tensor(f"{name}/float", "float32", self._shapes[name])
            self._file.operator("DEQUANTIZE", 2, [self._integers[name]], made)
        return self._floats[name]
