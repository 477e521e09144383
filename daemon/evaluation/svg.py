# SPDX-License-Identifier: Apache-2.0
"""Plots as inline SVG, drawn by hand: they need no library, no script and no network, and take the page's colours.

Sizes are in units of the drawing, which is 440 wide so that its text is readable on a phone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple
from xml.etree.ElementTree import Element

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

WIDTH, HEIGHT = 440, 290
_LEFT, _RIGHT, _TOP, _BOTTOM = 68, 22, 14, 48
_ASIDE = 4.0
_CELL = 0.92
"""Part of its place that a cell of a matrix fills."""
_NAMES = 25
"""Rows of a matrix that have a name."""


def tag(name: str, /, *children: Element | str, **attributes: str | float) -> Element:
    """An element. An attribute's `_` is a `-`, and one at the end is dropped (`class_`); numbers are rounded."""
    element = Element(name)
    for key, value in attributes.items():
        text = value if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")
        element.set(key.rstrip("_").replace("_", "-"), text)
    for child in children:
        if isinstance(child, Element):
            element.append(child)
        elif len(element):
            element[-1].tail = (element[-1].tail or "") + child
        else:
            element.text = (element.text or "") + child
    return element


@dataclass(frozen=True, slots=True)
class Axis:
    """What is along an edge of the plot."""

    label: str
    low: float
    high: float
    ticks: Sequence[float]
    text: Callable[[float], str]
    """How a tick is written."""
    log: bool = False

    def part(self, value: float) -> float:
        """Where a value is, 0 to 1; what is outside is at the edge."""
        low, high, value = (math.log10(v) if self.log else v for v in (self.low, self.high, self.clip(value)))
        return (value - low) / (high - low)

    def clip(self, value: float) -> float:
        """The value, or the edge."""
        return min(max(value, self.low), self.high)


class Series(NamedTuple):
    """Points that belong together. `style` is one of the classes of the page's style sheet."""

    label: str
    style: str
    points: Sequence[tuple[float, float]]
    bounds: Sequence[tuple[float, float]] = ()
    """A range of y at each point."""


def line_chart(label: str, x: Axis, y: Axis, series: Sequence[Series], *, marks: bool = False) -> Element:
    """Lines through points; with `marks`, the points and their bounds too, a little beside those of other series.

    `label` is for those who do not see it.
    """
    drawing = _frame(label, x, y)
    for number, one in enumerate(series):
        aside = (number - (len(series) - 1) / 2) * _ASIDE if marks else 0.0
        places = [(_x(x, a) + aside, _y(y, b)) for a, b in one.points]
        drawing.append(tag("polyline", class_=f"line {one.style}", points=_points(places)))
        for (place, _), (low, high) in zip(places, one.bounds, strict=False):
            path = f"M{place:.1f} {_y(y, low):.1f}V{_y(y, high):.1f}"
            drawing.append(tag("path", class_=f"whisker {one.style}", d=path))
        if marks:
            drawing.extend(tag("circle", class_=f"mark {one.style}", cx=a, cy=b, r=3) for a, b in places)
    return drawing


def area_chart(label: str, x: Axis, y: Axis, series: Iterable[Series], marker: float) -> Element:
    """Histograms over each other, of bins of one width: a point is the left edge and the height of one.

    A line stands at the x of `marker`.
    """
    drawing = _frame(label, x, y)
    for one in series:
        width = one.points[1][0] - one.points[0][0]
        steps = [(_x(x, edge), _y(y, height)) for left, height in one.points for edge in (left, left + width)]
        ground = _y(y, y.low)
        outline = [(steps[0][0], ground), *steps, (steps[-1][0], ground)]
        drawing.append(tag("polygon", class_=f"area {one.style}", points=_points(outline)))
    drawing.append(tag("path", class_="marker", d=f"M{_x(x, marker):.1f} {_TOP}V{HEIGHT - _BOTTOM}"))
    return drawing


def bar_chart(label: str, groups: Sequence[str], x_label: str, y: Axis, series: Sequence[Series]) -> Element:
    """Bars side by side in groups; the i-th point of a series stands in the i-th group, its height above it."""
    x = Axis(x_label, 0, len(groups), [i + 0.5 for i in range(len(groups))], lambda v: groups[int(v)])
    drawing = _frame(label, x, y)
    step = (WIDTH - _LEFT - _RIGHT) / len(groups)
    width = 0.76 * step / len(series)
    for place, one in enumerate(series):
        for group, (_, height) in enumerate(one.points):
            left = _LEFT + group * step + 0.12 * step + place * width
            top = _y(y, height)
            bar = {"x": left, "y": top, "width": width * 0.94, "height": _y(y, y.low) - top}
            drawing.append(tag("rect", class_=f"bar {one.style}", **bar))
            middle = left + width * 0.47
            drawing.append(tag("text", y.text(height), class_="value", x=middle, y=top - 4))
    return drawing


def matrix_chart(
    label: str, names: Sequence[int], rows: Sequence[Sequence[float]], levels: Sequence[float]
) -> Element:
    """A square of cells, darker with each of the `levels` that its value reaches; the diagonal stays empty."""
    step = (WIDTH - _LEFT - _RIGHT) / len(names)
    drawing = tag(
        "svg", viewBox=f"0 0 {WIDTH} {_TOP + WIDTH - _LEFT - _RIGHT + _BOTTOM}", role="img", aria_label=label
    )
    cells: list[list[str]] = [[] for _ in levels]
    for row, values in enumerate(rows):
        for column, value in enumerate(values):
            level = sum(value >= one for one in levels)
            if level and row != column:
                place = f"M{_LEFT + column * step:.1f} {_TOP + row * step:.1f}"
                cells[level - 1].append(f"{place}h{step * _CELL:.1f}v{step * _CELL:.1f}h-{step * _CELL:.1f}z")
    for number, drawn in enumerate(cells, 1):
        drawing.append(tag("path", class_=f"bar first level{number}", d="".join(drawn) or "M0 0"))
    for row in range(0, len(names), -(-len(names) // _NAMES)):
        drawing.append(tag("text", str(names[row]), class_="tick y", x=_LEFT - 6, y=_TOP + (row + 0.5) * step + 4.5))
    bottom = _TOP + WIDTH - _LEFT - _RIGHT
    drawing.append(tag("path", class_="axis", d=f"M{_LEFT} {_TOP}V{bottom}H{WIDTH - _RIGHT}"))
    drawing.append(
        tag("text", "people, in the same order", class_="label", x=(_LEFT + WIDTH - _RIGHT) / 2, y=bottom + 20)
    )
    return drawing


def sample(style: str, *, line: bool) -> Element:
    """What a series looks like, for a legend."""
    shape = (
        tag("path", class_=f"line {style}", d="M1 6H25")
        if line
        else tag("rect", class_=f"area bar {style}", x=1, y=1, width=24, height=10)
    )
    return tag("svg", shape, viewBox="0 0 26 12", width=26, height=12, aria_hidden="true")


def _frame(label: str, x: Axis, y: Axis) -> Element:
    """The drawing with its axes, grid and texts."""
    drawing = tag("svg", viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img", aria_label=label)
    right, bottom = WIDTH - _RIGHT, HEIGHT - _BOTTOM
    for value in y.ticks:
        place = _y(y, value)
        drawing.append(tag("path", class_="grid", d=f"M{_LEFT} {place:.1f}H{right}"))
        drawing.append(tag("text", y.text(value), class_="tick y", x=_LEFT - 6, y=place + 4.5))
    for value in x.ticks:
        place = _x(x, value)
        drawing.append(tag("path", class_="grid", d=f"M{place:.1f} {bottom}v4"))
        drawing.append(tag("text", x.text(value), class_="tick x", x=place, y=bottom + 17))
    drawing.append(tag("path", class_="axis", d=f"M{_LEFT} {_TOP}V{bottom}H{right}"))
    drawing.append(tag("text", x.label, class_="label", x=(_LEFT + right) / 2, y=HEIGHT - 8))
    turned = f"translate(13 {(_TOP + bottom) / 2}) rotate(-90)"
    drawing.append(tag("text", y.label, class_="label", transform=turned))
    return drawing


def _x(axis: Axis, value: float) -> float:
    return _LEFT + axis.part(value) * (WIDTH - _LEFT - _RIGHT)


def _y(axis: Axis, value: float) -> float:
    return HEIGHT - _BOTTOM - axis.part(value) * (HEIGHT - _TOP - _BOTTOM)


def _points(places: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
