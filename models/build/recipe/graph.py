# SPDX-License-Identifier: Apache-2.0
"""A network as a list of nodes: what the reader gives, the rewrites change and the writer takes.

All tensors are NHWC without a fixed batch. Weights are float64 of float32 or float16 values, so that a rewrite loses
nothing that a file could hold.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Array = npt.NDArray[np.float64]
Activation = Literal["none", "relu", "relu6", "relu1"]
"""relu6 keeps 0 to 6, relu1 keeps -1 to 1."""
Padding = Literal["same", "valid"]

PIXELS = "pixels"
"""The name of every graph's input: uint8 RGB."""


@dataclass(frozen=True, slots=True, eq=False)
class Normalise:
    """(pixel - zero) / half."""

    half: float
    zero: float = 127.5


@dataclass(frozen=True, slots=True, eq=False)
class Conv:
    """Convolution; weights (out, height, width, in), or (1, height, width, channels) of a depthwise one."""

    weights: Array
    bias: Array
    depthwise: bool = False
    stride: int = 1
    padding: Padding = "same"
    activation: Activation = "none"

    @property
    def pointwise(self) -> bool:
        """Whether it is 1x1, dense and of stride 1: a matrix product at each place."""
        return not self.depthwise and self.weights.shape[1:3] == (1, 1) and self.stride == 1

    def scaled_outputs(self, factors: Array) -> Conv:
        """The convolution whose output channels are `factors` times this one's (before its activation)."""
        shape = (1, 1, 1, -1) if self.depthwise else (-1, 1, 1, 1)
        return replace(self, weights=self.weights * factors.reshape(shape), bias=self.bias * factors)

    def scaled_inputs(self, factors: Array) -> Conv:
        """The convolution that gives for x what this one gives for `factors` times x."""
        return replace(self, weights=self.weights * factors)


@dataclass(frozen=True, slots=True, eq=False)
class Add:
    """Sum of two tensors of one shape."""

    activation: Activation = "none"


@dataclass(frozen=True, slots=True, eq=False)
class Prelu:
    """max(x, 0) + slope min(x, 0), with a slope for each channel."""

    slope: Array


@dataclass(frozen=True, slots=True, eq=False)
class MaxPool:
    """Maximum over squares of `size`, which is the stride as well."""

    size: int


@dataclass(frozen=True, slots=True, eq=False)
class PadChannels:
    """Channels of zeros behind the others."""

    count: int


@dataclass(frozen=True, slots=True, eq=False)
class Resize:
    """Bilinear, with pixel centres at one half."""

    height: int
    width: int


@dataclass(frozen=True, slots=True, eq=False)
class Reshape:
    """To this shape, the batch not counted."""

    shape: tuple[int, ...]


Op = Normalise | Conv | Add | Prelu | MaxPool | PadChannels | Resize | Reshape


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One step: its output has its name."""

    name: str
    op: Op
    inputs: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Graph:
    """Nodes in an order in which they can run. Names are unique; every input is an earlier node or `PIXELS`."""

    nodes: tuple[Node, ...]
    outputs: tuple[str, ...]
    size: int
    """Side of the square picture that it takes."""
    _by_name: dict[str, Node] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_name", {node.name: node for node in self.nodes})

    def __getitem__(self, name: str) -> Node:
        return self._by_name[name]

    def readers(self) -> Mapping[str, list[Node]]:
        """Who reads each tensor."""
        found: dict[str, list[Node]] = defaultdict(list)
        for node in self.nodes:
            for name in node.inputs:
                found[name].append(node)
        return found

    def heads(self) -> list[Node]:
        """The convolutions that give the outputs; behind each of them only a reshape may stand."""
        found = []
        for name in self.outputs:
            node = self[name]
            while isinstance(node.op, Reshape):
                node = self[node.inputs[0]]
            if not isinstance(node.op, Conv):
                raise TypeError(f"The output {name} is made by no convolution.")
            found.append(node)
        return found

    def with_ops(self, ops: Mapping[str, Op]) -> Graph:
        """The same graph with other operations under some of its names."""
        return replace(self, nodes=tuple(replace(n, op=ops.get(n.name, n.op)) for n in self.nodes))

    def without(self, name: str) -> Graph:
        """The graph without a node of one input; who read it reads that input."""
        (source,) = self[name].inputs
        return replace(
            self,
            nodes=tuple(
                replace(node, inputs=tuple(source if i == name else i for i in node.inputs))
                for node in self.nodes
                if node.name != name
            ),
        )

    def expanded(self, name: str, nodes: Iterable[Node]) -> Graph:
        """The graph with several nodes in the place of one; the last of them has its name."""
        found: list[Node] = []
        for node in self.nodes:
            found.extend(nodes if node.name == name else (node,))
        return replace(self, nodes=tuple(found))
