# SPDX-License-Identifier: Apache-2.0
"""What the plots of an evaluation share."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from daemon.evaluation.svg import Axis, Series
from daemon.evaluation.table import short_percent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from xml.etree.ElementTree import Element

STYLES = ("first", "second", "third")


class Plot(NamedTuple):
    """A drawing, what it shows, and its legend."""

    title: str
    text: str
    drawing: Element
    series: Sequence[Series]
    lines: bool = True
    """Whether the series are lines; else they are areas."""


def parts_axis(label: str, highest: float) -> Axis:
    """From nothing to a little more than `highest`."""
    top = highest * 1.05
    step = 10 ** math.floor(math.log10(top))
    step = next(s for s in (step / 5, step / 2, step, 2 * step) if top / s <= 6)  # noqa: PLR2004 ticks
    return Axis(label, 0, top, [i * step for i in range(int(top / step) + 1)], short_percent)


def decades_axis(label: str, low: float, high: float) -> Axis:
    """Logarithmic, with a tick at each power of ten."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high) - 1e-9) + 1)
    ticks = [10.0**power for power in powers]
    return Axis(label, ticks[0], ticks[-1], ticks, short_percent, log=True)
