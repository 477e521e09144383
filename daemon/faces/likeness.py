# SPDX-License-Identifier: Apache-2.0
"""Which visits are probably of one person, by likeness alone. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from daemon.types import Moment, Vector

    Matrix = npt.NDArray[np.float32]

ALIKE = 0.55
"""Two groups are one person's from this mean similarity on. Measured: docs/unknowns.md."""


def mean_of(moments: Sequence[Moment]) -> Vector:
    """What a visitor looks like: the mean of the moments, weighted by quality, (d,) of unit length."""
    weights = np.array([max(moment.quality, 1e-3) for moment in moments], np.float32)
    mean = weights @ np.array([moment.vector for moment in moments], np.float32)
    unit: Vector = mean / max(float(np.linalg.norm(mean)), 1e-9)
    return unit


def group(vectors: Matrix, alike: float = ALIKE) -> list[list[int]]:
    """The places of `vectors` (n, d), of unit length, in groups: each in order, and by the first of each.

    Two groups are joined while the mean similarity of one's members to the other's is at least `alike`: average
    linkage (Sokal and Michener, 1958), found by chains of nearest neighbours (Murtagh, 1983) in O(n²).
    """
    members = [[place] for place in range(len(vectors))]
    means = vectors @ vectors.T
    np.fill_diagonal(means, -np.inf)
    chain: list[int] = []
    done: list[list[int]] = []
    for start in range(len(vectors)):
        while members[start]:
            chain = chain or [start]
            last = chain[-1]
            nearest = int(np.argmax(means[last]))
            if means[last, nearest] < alike:
                # Joining others makes none of them more like this one than the nearest of them is now.
                done.append(sorted(members[last]))
                members[last] = []
                _leave(means, chain.pop())
            elif len(chain) > 1 and means[last, chain[-2]] >= means[last, nearest]:
                into = chain[-2]
                del chain[-2:]
                _join(means, members, last, into)
            else:
                chain.append(nearest)
    return sorted(done)


def _join(means: Matrix, members: list[list[int]], gone: int, into: int) -> None:
    sizes = len(members[gone]), len(members[into])
    means[into] = (sizes[0] * means[gone] + sizes[1] * means[into]) / sum(sizes)
    means[:, into] = means[into]
    means[into, into] = -np.inf
    _leave(means, gone)
    members[into] += members[gone]
    members[gone] = []


def _leave(means: Matrix, gone: int) -> None:
    means[gone] = -np.inf
    means[:, gone] = -np.inf
