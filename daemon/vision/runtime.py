# SPDX-License-Identifier: Apache-2.0
"""The TFLite runtime: LiteRT where it is installed, else tflite-runtime. The only importer of either."""

from __future__ import annotations

import functools
import importlib
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from daemon.errors import ModelRefused

if TYPE_CHECKING:
    from pathlib import Path

    from daemon.vision.manifest import ModelEntry

Tensor = npt.NDArray[np.float32]

RUNTIMES = ("ai_edge_litert.interpreter", "tflite_runtime.interpreter")
"""In order of preference: LiteRT hands our int8 models whole to XNNPACK, tflite-runtime 2.14 does not."""


class Invocable(Protocol):
    """A model that is ready to run."""

    def __call__(self, pixels: npt.NDArray[np.uint8]) -> tuple[Tensor, ...]:
        """Run the model on a picture; gives copies of its outputs."""
        ...


class Model:
    """A TFLite model with one uint8 picture as its input and float32 outputs.

    Not re-entrant: one thread at a time. Raises ModelRefused if the file cannot be loaded or has another form.
    """

    def __init__(self, path: Path, input_shape: tuple[int, ...], threads: int = 1) -> None:
        try:
            self._interpreter: Any = _interpreter_class()(model_path=str(path), num_threads=threads)
            self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise ModelRefused(f"The model {path} cannot be loaded: install whod again.") from error
        (entry,) = self._interpreter.get_input_details()
        if tuple(entry["shape"]) != (1, *input_shape) or entry["dtype"] is not np.uint8:
            raise ModelRefused(
                f"The model {path} takes {entry['dtype'].__name__} {tuple(entry['shape'])}, "
                f"not uint8 {(1, *input_shape)} as its manifest says."
            )
        self._input = int(entry["index"])
        self._outputs = [int(o["index"]) for o in self._interpreter.get_output_details()]

    def __call__(self, pixels: npt.NDArray[np.uint8]) -> tuple[Tensor, ...]:
        """Run the model on `pixels` of its input shape; gives copies of the outputs, without the batch axis."""
        self._interpreter.set_tensor(self._input, pixels[np.newaxis])
        self._interpreter.invoke()
        return tuple(self._interpreter.get_tensor(index)[0] for index in self._outputs)


def load_model(entry: ModelEntry, precision: str, threads: int) -> Model:
    """A model of the manifest. Raises ModelRefused."""
    return Model(entry.file(precision), (entry.input_size, entry.input_size, 3), threads)


def runtime_name() -> str:
    """``ai_edge_litert`` or ``tflite_runtime``: the one in use."""
    return str(_interpreter_class().__module__).partition(".")[0]


@functools.cache
def _interpreter_class() -> Any:
    for name in RUNTIMES:
        try:
            return importlib.import_module(name).Interpreter
        except ModuleNotFoundError:
            continue
    raise ModelRefused("No TFLite runtime is installed: run `pip install ai-edge-litert` in whod's environment.")
