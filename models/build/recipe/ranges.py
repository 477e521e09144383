# SPDX-License-Identifier: Apache-2.0
"""What values each tensor takes on the calibration pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from recipe.forward import apply, run

if TYPE_CHECKING:
    import numpy.typing as npt

    from recipe.graph import Array, Graph, Node

_BATCH = 16
_BITS = 8


class Range(NamedTuple):
    """Least and greatest value of each channel."""

    low: Array
    high: Array

    @property
    def size(self) -> Array:
        """Greatest absolute value of each channel."""
        return np.maximum(-self.low, self.high)


def observe(graph: Graph, pixels: npt.NDArray[np.uint8]) -> dict[str, Range]:
    """The range of each tensor over pictures (n, size, size, 3)."""
    found: dict[str, Range] = {}

    def step(node: Node, inputs: tuple[Array, ...]) -> Array:
        result = apply(node.op, inputs)
        flat = result.reshape(-1, result.shape[-1])
        low, high = flat.min(0), flat.max(0)
        if known := found.get(node.name):
            low, high = np.minimum(low, known.low), np.maximum(high, known.high)
        found[node.name] = Range(low, high)
        return result

    for start in range(0, len(pixels), _BATCH):
        run(graph, pixels[start : start + _BATCH], step)
    return {name: Range(rounded(low), rounded(high)) for name, (low, high) in found.items()}


def rounded(values: Array, bits: int = _BITS) -> Array:
    """The values to so many significant bits.

    The last digits of a sum depend on the processor that made it. So few bits as these do not, and with them the
    files are the same everywhere.
    """
    fraction, exponent = np.frexp(values)
    return np.asarray(np.ldexp(np.round(np.ldexp(fraction, bits)), exponent - bits))
