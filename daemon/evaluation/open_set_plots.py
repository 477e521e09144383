# SPDX-License-Identifier: Apache-2.0
"""The plots of open-set identification, and of who looks like whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daemon.evaluation.curves import SCORE_EDGES, shown_curves, shown_galleries
from daemon.evaluation.plot import STYLES, Plot, decades_axis, parts_axis
from daemon.evaluation.svg import Axis, Series, area_chart, line_chart, matrix_chart
from daemon.evaluation.table import short_percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from xml.etree.ElementTree import Element

    from daemon.evaluation.alike import LikenessReport
    from daemon.evaluation.identification import OpenSetReport
    from daemon.evaluation.searches import OperatingPoint

LEVELS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
"""Similarities from which a cell of the matrix is darker."""

_DASHED = ("", " dashed")
"""Of the first chain, and of the other."""


def open_set_plots(searched: Mapping[str, Sequence[OpenSetReport]]) -> Iterator[Plot]:
    """Of each chain what was measured with galleries of all sizes."""
    shown = {name: shown_galleries(reports) for name, reports in searched.items()}
    first = next(iter(searched))
    yield _missed(shown)
    yield _named(shown)
    yield _by_samples(searched[first])
    yield from _curves(shown[first])


def likeness_plot(found: LikenessReport) -> Plot:
    """Who looks like whom."""
    of = "of everyone" if found.whole else "of the closest pairs"
    levels = [Series(f"{low:.1f} to {low + 0.1:.1f}", f"first level{n}", ()) for n, low in enumerate(LEVELS, 1)]
    levels[-1] = levels[-1]._replace(label=f"{LEVELS[-1]:.1f} or more")
    return Plot(
        "Who looks like whom",
        f"Cosine of the means of the pictures, {of}; people are numbered in the order of their folders. Pairs that "
        f"cannot be told apart: {len(found.inseparable):,} of {found.people:,} people. Pictures that are unlike the "
        f"others of their person: {found.odd:,} of {found.tested:,}.",
        matrix_chart("Similarity of the people", found.numbers, found.matrix, LEVELS),
        levels,
        lines=False,
    )


def _curves(reports: Sequence[OpenSetReport]) -> Iterator[Plot]:
    """Of the smallest, the middle and the largest gallery; the histogram of the largest."""
    shown = shown_curves(reports)
    if any(fnir for report in shown for _, fnir in report.curves.det):
        yield _det(shown)
    yield _scores(shown[-1])


def _det(reports: Sequence[OpenSetReport]) -> Plot:
    series = [
        Series(f"{report.people} people", style, report.curves.det)
        for report, style in zip(reports, STYLES, strict=False)
    ]
    points = [point for one in series for point in one.points]
    missed = [part for _, part in points if part]
    x = decades_axis("strangers named (FPIR)", min(rate for rate, _ in points), 0.1)
    y = decades_axis("residents missed (FNIR)", min([0.01, *missed]), max([0.1, *missed]))
    return Plot(
        "Detection error trade-off of the open set",
        f"{_pictures(reports[0].samples)} of each person, one picture a decision; lower is better. A line begins "
        "where one stranger is named.",
        line_chart("FNIR over FPIR", x, y, series),
        series,
    )


def _scores(report: OpenSetReport) -> Plot:
    edges = [float(edge) for edge in SCORE_EDGES]
    kinds = (("strangers", "second", report.curves.strangers), ("residents", "first", report.curves.residents))
    series = [Series(label, style, list(zip(edges, map(float, part), strict=False))) for label, style, part in kinds]
    highest = max(height for one in series for _, height in one.points)
    x = Axis(
        "threshold up to which somebody is named", edges[0], edges[-1], [i / 5 for i in range(-1, 6)], "{:.1f}".format
    )
    return Plot(
        "Scores of residents and strangers",
        f"Parts of the searches in galleries of {report.people} people, in steps of 0.04, without those that no "
        "threshold names, as two people are about as similar. The dashed line is the shipped threshold, "
        f"{report.shipped.threshold:g}.",
        area_chart(
            "Scores of residents and strangers", x, parts_axis("searches", highest), series, report.shipped.threshold
        ),
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
        for (label, points), style in zip(kinds, STYLES, strict=False):
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
        for (name, reports), style in zip(searched.items(), STYLES, strict=False)
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
        for samples, style in zip(sorted({report.samples for report in reports}), STYLES, strict=False)
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


def _pictures(count: int) -> str:
    return f"{count} picture{'s' * (count > 1)}"


def _sizes(reports: Sequence[OpenSetReport]) -> Axis:
    sizes = sorted({report.people for report in reports})
    return Axis("people in the gallery", sizes[0] * 0.75, sizes[-1] * 1.3, sizes, lambda v: f"{v:.0f}", log=True)


def _rates(label: str, series: Sequence[Series]) -> Axis:
    """From nothing to a little more than the highest point; a bound may end at the edge."""
    highest = max([0.001, *(part for one in series for _, part in one.points)])
    seen = [high for one in series for _, high in one.bounds if high < 2 * highest]
    return parts_axis(label, max([highest, *seen]))
