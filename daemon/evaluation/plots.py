# SPDX-License-Identifier: Apache-2.0
"""The plots of an evaluation: which measure is drawn how."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daemon.evaluation.comparisons import HISTOGRAM_EDGES
from daemon.evaluation.open_set_plots import likeness_plot, open_set_plots
from daemon.evaluation.plot import STYLES, Plot, decades_axis, parts_axis
from daemon.evaluation.svg import Axis, Series, area_chart, bar_chart, line_chart

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from daemon.evaluation.comparisons import ComparisonReport
    from daemon.evaluation.detection import DetectionReport
    from daemon.evaluation.evaluation import Evaluation


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
    if searched := {name: found.open_set for name, found in measures.items() if found.open_set}:
        yield from open_set_plots(searched)
    if alike := next((found.likeness for found in measures.values() if found.likeness), None):
        yield likeness_plot(alike)


def _det(compared: Mapping[str, ComparisonReport]) -> Plot:
    series = [Series(name, s, found.det) for (name, found), s in zip(compared.items(), STYLES, strict=False)]
    points = [point for one in series for point in one.points]
    missed = [part for _, part in points if part]
    x = decades_axis("false matches (FMR)", min(rate for rate, _ in points), 0.1)
    y = decades_axis("false non-matches (FNMR)", min([0.01, *missed]), max([0.1, *missed]))
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
            "Similarities of one person and of two", x, parts_axis("comparisons", highest), series, found.threshold
        ),
        series,
        lines=False,
    )


def _recall(detected: Mapping[str, DetectionReport]) -> Plot:
    found = next(iter(detected.values()))
    series = [
        Series(name, style, list(one.recall.items()))
        for (name, one), style in zip(detected.items(), STYLES, strict=False)
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
