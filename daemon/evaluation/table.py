# SPDX-License-Identifier: Apache-2.0
"""The figures of an evaluation as rows of text, with what is wanted beside them.

Made from what `whod evaluate --json` gives, so that a page, a terminal and the model card say the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Report = dict[str, Any]
"""As `whod evaluate --json` gives it."""

SHOWN_SAMPLES = 3
"""Pictures a person, of the galleries that the table of figures and the plots show."""


class Wanted(NamedTuple):
    """What a figure should be: at least, or at most, this."""

    sign: str
    """≥ or ≤."""
    limit: float
    text: str
    """How it is written."""

    def met(self, value: float) -> bool:
        """Whether the figure is as it should be."""
        return value >= self.limit if self.sign == "≥" else value <= self.limit


class Figure(NamedTuple):
    """One figure of one chain."""

    what: str
    value: float
    text: str
    wanted: Wanted | None = None


class Row(NamedTuple):
    """One figure of each chain."""

    what: str
    wanted: str
    met: tuple[bool | None, ...]
    """None where nothing is wanted."""
    values: tuple[str, ...]


_ACCURACY = Wanted("≥", 0.989, "≥ 98.9 %")
_MISSED = Wanted("≤", 1e-3, "≤ 0.1 %")
_FALSE_MATCHES = Wanted("≤", 1e-4, "≤ 0.01 %")
_ENOUGH_COMPARISONS = 30_000
_RECALL = {"85": Wanted("≥", 0.99, "≥ 99 %"), "56": Wanted("≥", 0.96, "≥ 96 %")}
_NONE = Wanted("≤", 0, "0")
_NOT_IDENTIFIED = Wanted("≤", 0.03, "≤ 3 %")
_COSINE = Wanted("≥", 0.99, "≥ 0.99")
_OPEN_SET = (20, 100, 150)
"""Sizes of galleries for which a figure is wanted."""


def chains(report: Report) -> list[str]:
    """The precisions that were measured, the one of the settings first."""
    return list(report["about"]["models"])


def figures_of(report: Report, chain: str) -> Report:
    """What was measured of one of them."""
    found: Report = report if chain == chains(report)[0] else report[chain]
    return found


def table(report: Report) -> list[Row]:
    """All figures, one row each; a figure that one chain has and the other lacks is a dash there."""
    columns = [{figure.what: figure for figure in _figures(figures_of(report, chain))} for chain in chains(report)]
    rows = []
    for what in dict.fromkeys(what for column in columns for what in column):
        found = [column.get(what) for column in columns]
        wanted = next((figure.wanted for figure in found if figure), None)
        met = tuple(wanted.met(figure.value) if wanted and figure else None for figure in found)
        rows.append(
            Row(what, wanted.text if wanted else "", met, tuple(figure.text if figure else "-" for figure in found))
        )
    return rows + [_between(report, figure) for figure in _agreement(report.get("agreement"))]


def open_set_rows(report: Report, chain: str) -> list[tuple[str, ...]]:
    """What `OPEN_SET_HEADS` says, for each gallery."""
    return [
        (
            str(gallery["people"]),
            str(gallery["samples"]),
            percent(gallery["shipped"]["fpir"]),
            bounded(gallery["shipped"]["fnir"], gallery["shipped"]["fnir_bounds"]),
            *(_at_rate(gallery["at_fpir"].get(rate)) for rate in ("0.01", "0.001")),
        )
        for gallery in figures_of(report, chain).get("open_set", ())
    ]


OPEN_SET_HEADS = (
    "people",
    "pictures each",
    "strangers named",
    "residents missed",
    "missed at FPIR 1 % (threshold)",
    "missed at FPIR 0.1 % (threshold)",
)


def closest_rows(report: Report) -> list[tuple[str, ...]]:
    """What `CLOSEST_HEADS` says, for the closest pairs of people."""
    found = report.get("likeness", {"pairs": (), "inseparable": ()})
    return [
        (f"{a} and {b}", f"{similarity:.3f}", "no" if [a, b] in found["inseparable"] else "yes")
        for a, b, similarity in found["pairs"]
    ]


CLOSEST_HEADS = ("people, by number", "similarity", "can be told apart")


def percent(part: float) -> str:
    """As a text with two decimals, or two digits where it is tiny."""
    return f"{100 * part:.2f} %" if part == 0 or abs(part) >= 1e-3 else f"{100 * part:.2g} %"  # noqa: PLR2004


def short_percent(part: float) -> str:
    """Without zeros after the point."""
    return f"{100 * part:.6f}".rstrip("0").rstrip(".") + " %"


def bounded(part: float, bounds: Sequence[float]) -> str:
    """With its 95 % bounds."""
    return f"{100 * part:.2f} % ({100 * bounds[0]:.2f} to {100 * bounds[1]:.2f})"


def _at_rate(point: Report | None) -> str:
    return f"{bounded(point['fnir'], point['fnir_bounds'])} at {point['threshold']:.3f}" if point else "-"


def _figures(found: Report) -> Iterator[Figure]:
    if "accuracy" in found:
        yield from _verification(found)
    if "comparisons" in found:
        yield from _comparisons(found["comparisons"])
    if found.get("faces"):
        yield from _recall(found)
    if "false_faces" in found:
        yield from _false_faces(found["false_faces"])
    for gallery in found.get("open_set", ()):
        if gallery["people"] in _OPEN_SET and gallery["samples"] == SHOWN_SAMPLES and "0.001" in gallery["at_fpir"]:
            yield _identification(gallery)


def _verification(found: Report) -> Iterator[Figure]:
    accuracy = f"{100 * found['accuracy']:.2f} ± {100 * found['accuracy_std']:.2f} %"
    what = f"verification, {found['pairs']:,} pairs in {found['folds']} folds"
    yield Figure(what, found["accuracy"], accuracy, _ACCURACY)
    missed = f"{percent(found['missed_rate'])} ({found['missed']:,} of {found['pictures']:,})"
    yield Figure("pictures without a found face", found["missed_rate"], missed, _MISSED)
    for rate, value in found["tmr_at_fmr"].items():
        yield Figure(f"true matches at a false-match rate of {short_percent(float(rate))}", value, percent(value))


def _comparisons(found: Report) -> Iterator[Figure]:
    at = f"at the threshold of {found['threshold']:g}"
    wanted = _FALSE_MATCHES if found["different"] >= _ENOUGH_COMPARISONS else None
    for what, rate, count, limit in (
        ("false matches", found["fmr"], found["different"], wanted),
        ("false non-matches", found["fnmr"], found["same"], None),
    ):
        yield Figure(f"{what} {at}", rate, f"{percent(rate)} of {count:,}", limit)


def _recall(found: Report) -> Iterator[Figure]:
    for width, value in found["recall_by_width_px"].items():
        text = bounded(value, found["recall_bounds"][width])
        yield Figure(
            f"faces of {width} px found, {found['faces']} frames of 640 x 480", value, text, _RECALL.get(width)
        )


def _false_faces(found: Report) -> Iterator[Figure]:
    if frames := found["placed_frames"]:
        stray = found["stray_boxes"]
        yield Figure(f"boxes on no known face, {frames:,} frames (cut-off bystanders too)", stray, f"{stray:,}")
    if pictures := found["pictures_without_people"]:
        seen = found["seen_in_those"]
        yield Figure(f"faces seen in {pictures:,} pictures without people", seen, f"{seen:,}", _NONE)


def _identification(gallery: Report) -> Figure:
    point = gallery["at_fpir"]["0.001"]
    what = f"residents missed at FPIR 0.1 %, {gallery['people']} people with {gallery['samples']} pictures"
    return Figure(what, point["fnir"], bounded(point["fnir"], point["fnir_bounds"]), _NOT_IDENTIFIED)


def _agreement(found: Report | None) -> Iterator[Figure]:
    if found:
        crops, own = found["same_crops"], found["own_detections"]["mean"]
        text = f"{crops['mean']:.4f} (1 in 100 below {crops['p1']:.3f})"
        yield Figure("cosine of int8 to float, same crops", crops["mean"], text, _COSINE)
        yield Figure("cosine of int8 to float, own detections", own, f"{own:.4f}")


def _between(report: Report, figure: Figure) -> Row:
    """A figure of both chains stands in the first column."""
    rest = len(chains(report)) - 1
    met = figure.wanted.met(figure.value) if figure.wanted else None
    return Row(
        figure.what, figure.wanted.text if figure.wanted else "", (met, *(None,) * rest), (figure.text, *("",) * rest)
    )
