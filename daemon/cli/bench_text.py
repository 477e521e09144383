# SPDX-License-Identifier: Apache-2.0
"""What `whod bench` found, for a terminal of 80 columns."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from daemon.benchmark import Advice, FramePath, Report, Spread

_WORDS = {
    "decode": "decode a JPEG of 640 x 480",
    "resize": "resize the frame",
    "detector_1": "detector, whole frame",
    "detector_2": "detector, each face from near",
    "alignment": "align and judge a face",
    "quality": "  of which judge",
    "embedder": "embedder",
    "track": "follow and decide",
    "search": "search among 3 people",
    "publish": "publish, to a subscriber",
    "still": "nobody, nothing changes",
    "nobody": "nobody, looked for",
    "deciding": "a face to decide on",
    "known": "a face with its name",
}
_WIDTH = 80
_BAR = 30
_LABEL = 29
_COLUMNS = (8, 8, 10, 6, 9)


def as_text(report: Report, config: Path, encoding: str) -> str:
    """The whole report; bars are of blocks where `encoding` has them."""
    bars = _Bars(encoding)
    sections = [
        _machine(report),
        _stages(report),
        _frame_path(report.frame_path, report.frame_to_mqtt, bars),
        _models(report, bars),
        _search(report, bars),
        (_wrapped(f"Not measured: {item.what}: {item.why}.") for item in report.left_out),
        (click.style(_wrapped(f"Careful: {warning}"), fg="yellow") for warning in report.warnings),
        _advice(report, config),
    ]
    text = "\n\n".join(block for section in sections if (block := "\n".join(section)))
    return text.encode(encoding, "replace").decode(encoding)


class _Bars:
    """Bars of text: a full part, and a lighter one after it."""

    def __init__(self, encoding: str) -> None:
        try:
            "█░".encode(encoding)
        except UnicodeEncodeError:
            self._full, self._light = "#", "-"
        else:
            self._full, self._light = "█", "░"

    def bar(self, value: float, most: float, full: float | None = None) -> str:
        """Of a length in proportion to `most`; the part `full` of it is drawn full, or all of it."""
        length = max(1, round(_BAR * value / most))
        filled = length if full is None else round(length * min(full / value, 1))
        return click.style(self._full * filled, fg="green") + self._light * (length - filled)


def _machine(report: Report) -> Iterator[str]:
    host, versions = report.host, report.host.versions
    memory = "" if host.memory_mb is None else f", {host.memory_mb:,} MB"
    yield _title(f"whod {versions['whod']} on {host.processor}, {host.cores} cores{memory}")
    libraries = f"numpy {versions['numpy']}, OpenCV {versions['opencv']}, {versions['runtime']}"
    yield f"Python {versions['python']}, {libraries}"
    heat = "temperature not told" if host.temperature_c is None else f"{host.temperature_c} °C"
    others = "" if report.others_cores is None else f"; others used {report.others_cores:g} cores meanwhile"
    yield f"load {host.load:g} before{others}; {heat}"


def _stages(report: Report) -> Iterator[str]:
    yield _title(_line("Stage, in ms", "median", "p95", "in models", "runs"))
    for stage in report.stages:
        models = "" if stage.models_ms is None else _ms(stage.models_ms)
        yield _line(_WORDS[stage.name], *_cells(stage.spread), models, str(stage.spread.runs))


def _frame_path(paths: Sequence[FramePath], to_mqtt: Spread | None, bars: _Bars) -> Iterator[str]:
    yield _title(_line("A frame of 640 x 480, in ms", "median", "p95", "in models", "x", "frames/s"))
    for path in paths:
        over = "" if path.over_models is None else f"{path.over_models:.2f}"
        cells = *_cells(path.spread), _ms(path.models_ms), over, f"{path.frames_per_s:.0f}"
        yield _line(_WORDS[path.shows], *cells)
    if to_mqtt:
        yield _line("deciding frame to subscriber", *_cells(to_mqtt))
    yield "x: the whole, in times of what the models take of it\n"
    most = max(path.spread.median_ms for path in paths)
    for path in paths:
        yield f"{_WORDS[path.shows]:<{_LABEL}} {bars.bar(path.spread.median_ms, most, path.models_ms)}"


def _models(report: Report, bars: _Bars) -> Iterator[str]:
    yield _title(_line("Model alone, in ms", "median", "p95"))
    most = max(speed.spread.median_ms for speed in report.models)
    for speed in report.models:
        threads = "1 thread" if speed.threads == 1 else f"{speed.threads} threads"
        label = f"{speed.model} {speed.precision}, {threads}{' *' if speed in report.set_as else ''}"
        yield f"{_line(label, *_cells(speed.spread))} {bars.bar(speed.spread.median_ms, most)}"
    yield "* as it is set"


def _search(report: Report, bars: _Bars) -> Iterator[str]:
    if not report.search:
        return
    yield _title(_line("Search, in ms", "median", "p95"))
    most = max(search.spread.median_ms for search in report.search)
    for search in report.search:
        cells = _cells(search.spread)
        yield f"{_line(f'{search.samples:>9,} samples', *cells)} {bars.bar(search.spread.median_ms, most)}"


def _advice(report: Report, config: Path) -> Iterator[str]:
    if not report.advice:
        if len({speed.precision for speed in report.models}) > 1:
            yield _title("This machine is well off with the precision and the threads that are set.")
        else:
            yield _title("This machine is well off with the threads that are set.")
        return
    for model in dict.fromkeys(advice.setting.partition(".")[0] for advice in report.advice):
        advised = [advice for advice in report.advice if advice.setting.startswith(f"{model}.")]
        yield _title(f"The {model} is {advised[0].faster:.2g} times as fast with other settings:")
        yield f"  [{model}]"
        yield from (f"  {_assignment(advice)}" for advice in advised)
    yield f"They go into {config}"
    yield "Then restart the daemon: sudo systemctl restart whod"


def _assignment(advice: Advice) -> str:
    value = f'"{advice.value}"' if isinstance(advice.value, str) else advice.value
    return f"{advice.setting.partition('.')[2]} = {value}"


def _line(label: str, *cells: str) -> str:
    columns = (f"{cell:>{width}}" for cell, width in zip(cells, _COLUMNS, strict=False))
    return " ".join((f"{label:<{_LABEL}}", *columns))


def _cells(spread: Spread) -> tuple[str, str]:
    return _ms(spread.median_ms), _ms(spread.p95_ms)


def _ms(value: float) -> str:
    return f"{value:.3f}" if value < 10 else f"{value:.1f}"  # noqa: PLR2004


def _wrapped(text: str) -> str:
    return textwrap.fill(text, _WIDTH, subsequent_indent="  ")


def _title(text: str) -> str:
    return click.style(text, bold=True)
