# SPDX-License-Identifier: Apache-2.0
"""The plots of an evaluation: which measure is drawn how."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from daemon.evaluation.comparisons import HISTOGRAM_EDGES
from daemon.evaluation.svg import Axis, Series, area_chart, bar_chart, line_chart
from daemon.evaluation.table import SHOWN_SAMPLES, short_percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from xml.etree.ElementTree import Element

    from daemon.evaluation.comparisons import ComparisonReport
    from daemon.evaluation.detection import DetectionReport
    from daemon.evaluation.evaluation import Evaluation
    from daemon.evaluation.identification import OpenSetReport
    from daemon.evaluation.searches import OperatingPoint

_STYLES = ("first", "second", "third")
_DASHED = ("", " dashed")
"""Of the first chain, and of the other."""


class Plot(NamedTuple):
    """A drawing, what it shows, and its legend."""

    title: str
    text: str
    drawing: Element
    series: Sequence[Series]
    lines: bool = True
    """Whether the series are lines; else they are areas."""


def plots(evaluation: Evaluation) -> Iterator[Plot]:
    """Those for which there are measures."""
    measures = evaluation.measures
    compared = {name: found.comparisons for name, found in measures.items() if found.comparisons}
    if any(found.det for found in compared.values()):
        yield _det(compared)
    if compared:
        yield _histogram(next(iter(compared.values())))
    detected = {name: found.detection for name, found in measures.items() if found.detection}
    if any(found.faces for found in detected.values()):
        yield _recall(detected)
    searched = {name: _shown(found.open_set) for name, found in measures.items() if found.open_set}
    if searched:
        yield _missed(searched)
        yield _named(searched)
        yield _by_samples(next(found.open_set for found in measures.values() if found.open_set))


def _det(compared: Mapping[str, ComparisonReport]) -> Plot:
    series = [Series(name, s, found.det) for (name, found), s in zip(compared.items(), _STYLES, strict=False)]
    points = [point for one in series for point in one.points]
    missed = [part for _, part in points if part]
    x = _decades("false matches (FMR)", min(rate for rate, _ in points), 0.1)
    y = _decades("false non-matches (FNMR)", min([0.01, *missed]), max([0.1, *missed]))
    found = next(iter(compared.values()))
    return Plot(
        "Detection error trade-off",
        f"{found.same:,} comparisons of one person, {found.different:,} of two; lower is better. A line begins where "
        "ten comparisons of two people are matched.",
        line_chart("False non-matches over false matches", x, y, series),
        series,
    )


def _histogram(found: ComparisonReport) -> Plot:
    edges = [float(edge) for edge in HISTOGRAM_EDGES]
    kinds = (("two people", "second", found.histogram_different), ("one person", "first", found.histogram_same))
    series = [
        Series(label, style, list(zip(edges, map(float, parts), strict=False))) for label, style, parts in kinds
    ]
    highest = max(height for one in series for _, height in one.points)
    x = Axis("similarity (cosine)", edges[0], edges[-1], [i / 5 - 0.4 for i in range(8)], lambda v: f"{v:.1f}")
    return Plot(
        "Similarities",
        f"Parts of the comparisons, in steps of 0.02. The dashed line is the shipped threshold, {found.threshold:g}.",
        area_chart(
            "Similarities of one person and of two", x, _parts("comparisons", highest), series, found.threshold
        ),
        series,
        lines=False,
    )


def _recall(detected: Mapping[str, DetectionReport]) -> Plot:
    found = next(iter(detected.values()))
    series = [
        Series(name, style, list(one.recall.items()))
        for (name, one), style in zip(detected.items(), _STYLES, strict=False)
    ]
    groups = [str(width) for width in found.recall]
    y = Axis("faces found, %", 0, 1.08, [0, 0.2, 0.4, 0.6, 0.8, 1], lambda v: f"{100 * v:.1f}".removesuffix(".0"))
    return Plot(
        "Faces found, by their width",
        f"{found.faces} faces, each at a random place of frames of 640 x 480.",
        bar_chart("Part of the faces that is found, by width", groups, "width of the face in px", y, series),
        series,
        lines=False,
    )


def _missed(searched: Mapping[str, Sequence[OpenSetReport]]) -> Plot:
    rates = sorted(
        {rate for reports in searched.values() for report in reports for rate in report.at_fpir}, reverse=True
    )
    samples = _pictures(next(iter(searched.values()))[0].samples)
    series = []
    for (name, reports), dashed in zip(searched.items(), _DASHED, strict=False):
        kinds = [("shipped threshold", [(r, r.shipped) for r in reports])]
        kinds += [
            (f"FPIR {short_percent(rate)}", [(r, r.at_fpir[rate]) for r in reports if rate in r.at_fpir])
            for rate in rates
        ]
        for (label, points), style in zip(kinds, _STYLES, strict=False):
            series.append(_rising(f"{name}, {label}", style + dashed, points, "fnir"))
    return Plot(
        "Residents who are not identified (FNIR)",
        f"By the size of the gallery, {samples} of each person; one picture a decision.",
        _over_sizes("FNIR", "residents missed", next(iter(searched.values())), series),
        series,
    )


def _named(searched: Mapping[str, Sequence[OpenSetReport]]) -> Plot:
    samples = _pictures(next(iter(searched.values()))[0].samples)
    series = [
        _rising(name, style, [(r, r.shipped) for r in reports], "fpir")
        for (name, reports), style in zip(searched.items(), _STYLES, strict=False)
    ]
    return Plot(
        "Strangers who are named (FPIR)",
        f"At the shipped threshold, {samples} of each person; with 95 % bounds.",
        _over_sizes("FPIR", "strangers named", next(iter(searched.values())), series),
        series,
    )


def _by_samples(reports: Sequence[OpenSetReport]) -> Plot:
    series = [
        _rising(
            _pictures(samples),
            style,
            [(r, r.shipped) for r in reports if r.samples == samples],
            "fnir",
        )
        for samples, style in zip(sorted({report.samples for report in reports}), _STYLES, strict=False)
    ]
    return Plot(
        "What more pictures of a person are worth (FNIR)",
        "At the shipped threshold, by the number of pictures that each person is enrolled with.",
        _over_sizes("FNIR", "residents missed", reports, series),
        series,
    )


def _over_sizes(rate: str, what: str, reports: Sequence[OpenSetReport], series: Sequence[Series]) -> Element:
    """An error rate over the sizes of the galleries."""
    return line_chart(f"{rate} over gallery size", _sizes(reports), _rates(what, series), series, marks=True)


def _rising(label: str, style: str, points: Sequence[tuple[OpenSetReport, OperatingPoint]], what: str) -> Series:
    """An error rate over the size of the gallery; bounds for the chain that comes first."""
    return Series(
        label,
        style,
        [(report.people, getattr(point, what)) for report, point in points],
        [] if "dashed" in style else [getattr(point, f"{what}_bounds") for _, point in points],
    )


def _shown(reports: Sequence[OpenSetReport]) -> list[OpenSetReport]:
    """The galleries with three pictures of each person, or with as many as there are."""
    samples = max(report.samples for report in reports if report.samples <= SHOWN_SAMPLES)
    return [report for report in reports if report.samples == samples]


def _pictures(count: int) -> str:
    return f"{count} picture{'s' * (count > 1)}"


def _sizes(reports: Sequence[OpenSetReport]) -> Axis:
    sizes = sorted({report.people for report in reports})
    return Axis("people in the gallery", sizes[0] * 0.75, sizes[-1] * 1.3, sizes, lambda v: f"{v:.0f}", log=True)


def _rates(label: str, series: Sequence[Series]) -> Axis:
    """From nothing to a little more than the highest point; a bound may end at the edge."""
    highest = max([0.001, *(part for one in series for _, part in one.points)])
    seen = [high for one in series for _, high in one.bounds if high < 2 * highest]
    return _parts(label, max([highest, *seen]))


def _parts(label: str, highest: float) -> Axis:
    top = highest * 1.05
    step = 10 ** math.floor(math.log10(top))
    step = next(s for s in (step / 5, step / 2, step, 2 * step) if top / s <= 6)  # noqa: PLR2004 ticks
    return Axis(label, 0, top, [i * step for i in range(int(top / step) + 1)], short_percent)


def _decades(label: str, low: float, high: float) -> Axis:
    """Logarithmic, with a tick at each power of ten."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high) - 1e-9) + 1)
    ticks = [10.0**power for power in powers]
    return Axis(label, ticks[0], ticks[-1], ticks, short_percent, log=True)
