# SPDX-License-Identifier: Apache-2.0
"""Which threshold gives a wanted false-accept rate: by what was measured, and by the gallery itself. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from daemon.errors import InputError
from daemon.types import Advice

if TYPE_CHECKING:
    from daemon.gallery.lookalikes import LookAlikes
    from daemon.gallery.rows import Places
    from daemon.types import Vector

_AT_ONE_IN_1000 = 0.523
_A_DECADE = 0.07
"""A line through the highest thresholds at FPIR 1e-2 and 1e-3, over galleries of 3 to 150 people with 1 to 5
pictures each: ``whod evaluate ../shared/faces/lfw --open-set --json``, `at_fpir.*.threshold`. At 5e-2, and at 3e-4
with up to 50 people, it is not below what was measured there; with more people a few wrong labels of that collection
are what is measured at 3e-4."""

LOWEST, HIGHEST = 3e-4, 5e-2
"""Rates that were measured. Below, there are too few strangers; above, a threshold is of no use."""

_LARGEST = 0.95
"""That `gallery.threshold` may be."""


def measured_threshold(rate: float) -> float:
    """The threshold at which at most this part of strangers' pictures is named, in galleries of up to 150 people.

    Raises InputError for a rate that was not measured.
    """
    if not LOWEST <= rate <= HIGHEST:
        raise InputError(
            f"There is no measured threshold for a false-accept rate of {rate:g}: "
            f"name one from {LOWEST:g} to {HIGHEST:g}, such as 0.001 for one stranger in a thousand."
        )
    return _AT_ONE_IN_1000 - _A_DECADE * (math.log10(rate) + 3)


def measured_rate(threshold: float) -> float | None:
    """The opposite of `measured_threshold`; None where it was not measured."""
    rate: float = 10 ** ((_AT_ONE_IN_1000 - threshold) / _A_DECADE - 3)
    return rate if LOWEST <= rate <= HIGHEST else None


def advise(rate: float, alike: LookAlikes | None) -> Advice:
    """The threshold for this rate; `alike` is of the gallery, None if nobody is enrolled.

    Raises InputError as `measured_threshold` does.
    """
    measured = measured_threshold(rate)
    own = own_threshold(alike.foreign, alike.foreign_people, rate) if alike else None
    return Advice(rate, _rounded(max(measured, own or 0)), _rounded(measured), None if own is None else _rounded(own))


def own_threshold(foreign: Vector, people: Places, rate: float) -> float | None:
    """The least threshold that names at most this part of a gallery's people as somebody else, were they strangers.

    None where there are too few people for one of them to be that part.

    Args:
        foreign: for each sample the threshold up to which it is named as somebody else; (n,).
        people: whose it is; each person counts once; (n,).
        rate: 0 to 1.
    """
    counts = np.bincount(people)
    if rate * np.count_nonzero(counts) < 1:
        return None
    order = np.argsort(-foreign, kind="stable")
    named = np.cumsum(1 / counts[people[order]])
    first_too_many = foreign[order][np.argmax(named > rate * named[-1] + 1e-9)]
    return float(np.nextafter(first_too_many, np.float32(np.inf))) if np.isfinite(first_too_many) else 0.0


def _rounded(threshold: float) -> float:
    """Up, to three digits."""
    return min(math.ceil(1000 * threshold - 1e-6) / 1000, _LARGEST)
