# SPDX-License-Identifier: Apache-2.0
"""Puts a .tflite file together: tensors, operators and their bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import flatbuffers
import numpy as np
import numpy.typing as npt
from ai_edge_litert import schema_py_generated as schema

if TYPE_CHECKING:
    from collections.abc import Sequence

_TYPES = {
    "float32": schema.TensorType.FLOAT32,
    "float16": schema.TensorType.FLOAT16,
    "int32": schema.TensorType.INT32,
    "uint8": schema.TensorType.UINT8,
    "int8": schema.TensorType.INT8,
}
_ALIGNMENT = 16
_VERSION = 3
"""Of the schema."""


class Scale(NamedTuple):
    """What an integer means: (integer - zero) times the step, of the whole tensor or of each channel."""

    steps: npt.NDArray[np.float32]
    zero: int = 0
    axis: int = 0
    """Which axis has the channels, where there are several steps."""


class FlatFile:
    """A .tflite file in the making."""

    def __init__(self) -> None:
        self._model = schema.ModelT()
        self._model.version = _VERSION
        self._model.description = "whod models/build"
        self._model.operatorCodes = []
        self._model.buffers = [_Buffer(b"")]  # by convention the first is empty: that of tensors without data
        self._subgraph = schema.SubGraphT()
        self._subgraph.name = "main"
        self._subgraph.tensors = []
        self._subgraph.operators = []
        self._model.subgraphs = [self._subgraph]

    def tensor(self, name: str, dtype: str, shape: Sequence[int], scale: Scale | None = None) -> int:
        """Add a tensor that is computed; its index."""
        made = schema.TensorT()
        made.name, made.type, made.shape = name, _TYPES[dtype], list(shape)
        if scale:
            made.quantization = _quantisation(scale)
        self._subgraph.tensors.append(made)
        return len(self._subgraph.tensors) - 1

    def constant(self, name: str, values: npt.NDArray[Any], scale: Scale | None = None) -> int:
        """Add a tensor that is written in the file; its index."""
        index = self.tensor(name, str(values.dtype), values.shape, scale)
        self._subgraph.tensors[index].buffer = len(self._model.buffers)
        self._model.buffers.append(_Buffer(np.ascontiguousarray(values).tobytes()))
        return index

    def operator(
        self,
        kind: str,
        version: int,
        inputs: Sequence[int],
        output: int,
        options: tuple[str, dict[str, Any]] | None = None,
    ) -> None:
        """Add an operator: its builtin's name and version, tensors, and its options by the schema's names."""
        made = schema.OperatorT()
        made.opcodeIndex = self._code(getattr(schema.BuiltinOperator, kind), version)
        made.inputs, made.outputs = list(inputs), [output]
        if options:
            table, values = options
            made.builtinOptionsType = getattr(schema.BuiltinOptions, table)
            made.builtinOptions = getattr(schema, f"{table}T")()
            for name, value in values.items():
                if not hasattr(made.builtinOptions, name):
                    raise AttributeError(f"{table} has no {name}.")
                setattr(made.builtinOptions, name, value)
        self._subgraph.operators.append(made)

    def finish(self, inputs: Sequence[int], outputs: Sequence[int]) -> bytes:
        """The file."""
        self._subgraph.inputs, self._subgraph.outputs = list(inputs), list(outputs)
        builder = flatbuffers.Builder(1 << 20)
        builder.Finish(self._model.Pack(builder), file_identifier=b"TFL3")
        return bytes(builder.Output())

    def _code(self, builtin: int, version: int) -> int:
        for index, code in enumerate(self._model.operatorCodes):
            if (code.builtinCode, code.version) == (builtin, version):
                return index
        made = schema.OperatorCodeT()
        made.builtinCode = made.deprecatedBuiltinCode = builtin
        made.version = version
        self._model.operatorCodes.append(made)
        return len(self._model.operatorCodes) - 1


class _Buffer(schema.BufferT):  # type: ignore[misc]
    """A buffer whose bytes start at a multiple of 16, as the schema demands and its Python code forgets."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self._content = content

    def Pack(self, builder: Any) -> int:  # noqa: N802 - the schema's name
        if self._content:
            builder.StartVector(1, len(self._content), _ALIGNMENT)
            builder.head -= len(self._content)
            builder.Bytes[builder.head : builder.head + len(self._content)] = self._content
            data = builder.EndVector()
        schema.BufferStart(builder)
        if self._content:
            schema.BufferAddData(builder, data)
        return int(schema.BufferEnd(builder))


def _quantisation(scale: Scale) -> Any:
    made = schema.QuantizationParametersT()
    made.scale = [float(step) for step in scale.steps]
    made.zeroPoint = [scale.zero] * len(made.scale)
    made.quantizedDimension = scale.axis
    return made
