# SPDX-License-Identifier: Apache-2.0
"""Reads the float .tflite files that the recipe starts from.

Only what those two files hold is understood; anything else is refused by name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from recipe.graph import (
    PIXELS,
    Add,
    Conv,
    Graph,
    MaxPool,
    Node,
    Normalise,
    Op,
    PadChannels,
    Padding,
    Prelu,
    Reshape,
    Resize,
)

if TYPE_CHECKING:
    from recipe.graph import Array

_NAMES = {value: name for name, value in vars(schema.BuiltinOperator).items() if not name.startswith("_")}
_TYPES = {
    schema.TensorType.FLOAT32: np.float32,
    schema.TensorType.FLOAT16: np.float16,
    schema.TensorType.INT32: np.int32,
}
_PADDING: dict[int, Padding] = {schema.Padding.SAME: "same", schema.Padding.VALID: "valid"}
_SPELT_OUT = ["RELU", "ABS", "SUB", "MUL", "ADD"]
"""How one of the files writes PReLU: relu(x) + (slope / 2) (x - |x|)."""


def read(content: bytes, half: float) -> Graph:
    """The network of a .tflite file whose input is (pixel - 127.5) / half.

    The batch that the file was made for is forgotten, float16 weights behind a DEQUANTIZE are taken as they are, a
    ReLU joins the operation before it, and PReLU spelt out in five operations becomes one.
    """
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(content, 0))
    return _Reader(model, half).graph()


class _Reader:
    def __init__(self, model: Any, half: float) -> None:
        self._model = model
        self._subgraph = model.subgraphs[0]
        self._steps = [o for o in self._subgraph.operators if not self._is_constant(o)]
        (image,) = self._subgraph.inputs
        self._size = int(self._subgraph.tensors[image].shape[1])
        self._nodes = [Node("input", Normalise(half), (PIXELS,))]
        self._name = {int(image): "input"}

    def graph(self) -> Graph:
        position = 0
        while position < len(self._steps):
            position += self._take(position)
        return Graph(tuple(self._nodes), tuple(self._name[int(t)] for t in self._subgraph.outputs), self._size)

    def _take(self, position: int) -> int:
        """Add the operation at this position to the nodes; how many of the file's operations it was."""
        step = self._steps[position]
        kind = self._kind(step)
        if kind == "RELU":
            if [self._kind(o) for o in self._steps[position : position + 5]] == _SPELT_OUT:
                last = self._steps[position + 4]
                half_slope = self._operands(self._steps[position + 3])[0]
                self._append(step, last, "prelu", Prelu(2 * half_slope))
                return 5
            self._join_relu(step)
            return 1
        self._append(step, step, kind.partition("_")[0].lower(), self._op(kind, step))
        return 1

    def _append(self, first: Any, last: Any, kind: str, op: Op) -> None:
        name = f"{kind}{len(self._nodes)}"
        inputs = [self._name[int(t)] for t in first.inputs if int(t) in self._name]
        self._nodes.append(Node(name, op, tuple(inputs)))
        self._name[int(last.outputs[0])] = name

    def _join_relu(self, step: Any) -> None:
        (source,) = step.inputs
        place = next(i for i, n in enumerate(self._nodes) if n.name == self._name[int(source)])
        node = self._nodes[place]
        alone = sum(int(t) == int(source) for o in self._steps for t in o.inputs) == 1
        if not alone or not isinstance(node.op, Conv | Add):
            raise ValueError(f"A RELU behind {node.name} cannot be joined to it.")
        op = type(node.op)(**{f: getattr(node.op, f) for f in node.op.__slots__} | {"activation": "relu"})
        self._nodes[place] = Node(node.name, op, node.inputs)
        self._name[int(step.outputs[0])] = node.name

    def _op(self, kind: str, step: Any) -> Op:
        options = step.builtinOptions
        if getattr(options, "fusedActivationFunction", 0):
            raise ValueError(f"A {kind} with an activation of its own is not understood.")
        shape = [int(n) for n in self._subgraph.tensors[step.outputs[0]].shape]
        match kind:
            case "CONV_2D" | "DEPTHWISE_CONV_2D":
                weights, bias = self._operands(step)
                depthwise = kind.startswith("DEPTHWISE")
                return Conv(weights, bias, depthwise, int(options.strideH), _PADDING[options.padding])
            case "ADD":
                return Add()
            case "MAX_POOL_2D" if options.filterHeight == options.filterWidth == options.strideH == options.strideW:
                return MaxPool(int(options.filterHeight))
            case "PAD" if self._operands(step)[0][:, :].tolist()[:3] == [[0, 0]] * 3:
                return PadChannels(int(self._operands(step)[0][3, 1]))
            case "RESIZE_BILINEAR" if options.halfPixelCenters and not options.alignCorners:
                return Resize(*shape[1:3])
            case "RESHAPE":
                return Reshape(tuple(shape[1:]))
        raise ValueError(f"A {kind} of this form is not understood.")

    def _operands(self, step: Any) -> list[Array]:
        """The constant inputs."""
        made = {int(o.outputs[0]): o for o in self._subgraph.operators if self._is_constant(o)}
        sources = [int(made[int(t)].inputs[0]) if int(t) in made else int(t) for t in step.inputs]
        tensors = [self._subgraph.tensors[t] for t in sources]
        return [self._data(t) for t in tensors if self._model.buffers[t.buffer].data is not None]

    def _data(self, tensor: Any) -> Array:
        raw = np.asarray(self._model.buffers[tensor.buffer].data, np.uint8).tobytes()
        return np.frombuffer(raw, _TYPES[tensor.type]).reshape(tensor.shape).astype(np.float64)

    def _is_constant(self, step: Any) -> bool:
        source = self._subgraph.tensors[step.inputs[0]]
        return self._kind(step) == "DEQUANTIZE" and self._model.buffers[source.buffer].data is not None

    def _kind(self, step: Any) -> str:
        code = self._model.operatorCodes[step.opcodeIndex]
        return str(_NAMES[max(code.builtinCode, code.deprecatedBuiltinCode)])
