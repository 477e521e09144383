# SPDX-License-Identifier: Apache-2.0
"""docs/soak.md and its plots, from what a soak has left."""

from __future__ import annotations

import json
import platform
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.etree.ElementTree import tostring

from support_soak_figures import PER, Sample, read, trend, warm

from daemon.evaluation.svg import Axis, Series, line_chart, tag

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

_POINTS = 240
"""Of a line, at most."""
_STYLE = """
text { fill: #5b6675; font: 13px system-ui, sans-serif; }
.tick.x, .label { text-anchor: middle; } .tick.y { text-anchor: end; }
.grid { stroke: #d9dee5; fill: none; } .axis { stroke: #5b6675; fill: none; }
.line { stroke: #1f6fb2; stroke-width: 2; stroke-linejoin: round; fill: none; } .second { stroke: #c8501e; }
@media (prefers-color-scheme: dark) {
  text { fill: #9aa5b3; } .grid { stroke: #323a44; } .axis { stroke: #9aa5b3; }
  .line { stroke: #6db3ee; } .second { stroke: #f0925f; }
}
"""
_INTRO = """<!-- SPDX-License-Identifier: Apache-2.0 -->
# The soak: does it grow over the months?

Written by `.venv/bin/python tests/bench/soak.py --frames {wanted}`; not on a Raspberry Pi: {machine}.

A whod with {samples} samples and a mosquitto looked at {frames} frames of 640 x 480 in {hours:.1f} hours, {rate:.0f}
a second (120 may be set at most). A minute was ten hours by its date: {days:.0f} days went by, and the visits of
{days_kept} were kept. Beside the frames:

{deeds}

| what | wanted | measured |
|---|---|---|
{rows}

The first fifth of the frames is warm-up, and in no figure. A slope is that of a straight line through the means of
twenty blocks of samples, with 95 % bounds. Descriptors and threads come and go with requests: the least of the first
quarter and of the last are compared.
"""


class Figure(NamedTuple):
    """A row of the table."""

    what: str
    wanted: str
    measured: str
    good: bool | None = None
    """None: nothing is asked."""


def write(folder: Path, docs: Path) -> int:
    """Write soak.md and its plots; gives the exit code: 0 if all is as wanted."""
    samples = read(folder / "samples.jsonl")
    about = (
        json.loads((folder / "about.json").read_text(encoding="utf-8")) if (folder / "about.json").exists() else {}
    )
    found = figures(samples, about)
    (docs / "img").mkdir(parents=True, exist_ok=True)
    (docs / "soak.md").write_text(_page(samples, about, found), encoding="utf-8")
    for name, (_, drawing) in _plots(samples).items():
        (docs / "img" / f"soak-{name}.svg").write_text(drawing, encoding="utf-8")
    for figure in found:
        print(f"{'' if figure.good is None else 'ok  ' if figure.good else 'NOT ':4}{figure.what}: {figure.measured}")  # noqa: T201
    return 0 if all(figure.good is not False for figure in found) else 1


def figures(samples: Sequence[Sample], about: dict[str, Any]) -> list[Figure]:
    """What was wanted of the run, and whether it is so."""
    later, second = warm(samples), samples[len(samples) // 2 :]
    highest = max(sample.memory for sample in later)
    failed = sum(about.get("failed", {}).values())
    return [
        _growth("resident memory", later, lambda sample: sample.memory, "MB", most=1.0),
        _growth("of that, what is in no file", later, lambda sample: sample.own, "MB", most=1.0),
        Figure("resident memory, at most", "≤ 150 MB", f"{highest:.0f} MB", highest <= 150),
        _constant("file descriptors", later, lambda sample: sample.descriptors),
        _constant("threads", later, lambda sample: sample.threads),
        _flat("events.db, over the second half", second, lambda sample: sample.events_db),
        _flat("gallery.db, over the second half", second, lambda sample: sample.gallery_db),
        _flat("other files of the state folder", second, lambda sample: sample.other_files),
        Figure(
            "visits", "", f"{about.get('visits', '?')}, of which {about.get('visits_kept', '?')} were kept at the end"
        ),
        Figure("processor", "", f"{100 * later[-1].cpu_s / later[-1].at_s:.0f} % of a core"),
        Figure("what was done beside the frames and failed", "0", str(failed), failed == 0),
        Figure("end at SIGTERM", "exit 0", f"exit {about.get('exit_code', '?')}", about.get("exit_code") == 0),
    ]


def _growth(what: str, samples: Sequence[Sample], value: Callable[[Sample], float], unit: str, most: float) -> Figure:
    found = trend([sample.frames for sample in samples], [value(sample) for sample in samples])
    text = f"{found.slope:+.2f} {unit} ({found.low:+.2f} to {found.high:+.2f})"
    return Figure(f"{what}, growth in {PER:,} frames", f"< {most:g} {unit}", text, found.slope < most)


def _constant(what: str, samples: Sequence[Sample], value: Callable[[Sample], int]) -> Figure:
    """The least of the last quarter is no more than that of the first."""
    values = [value(sample) for sample in samples]
    quarter = max(len(values) // 4, 1)
    first, last = min(values[:quarter]), min(values[-quarter:])
    text = f"{first} at first, {last} at the end (at most {max(values)})"
    return Figure(what, "constant", text, last <= first)


def _flat(what: str, samples: Sequence[Sample], value: Callable[[Sample], float]) -> Figure:
    """What is largest in the last third is within a tenth of what was largest in the first, or 0.2 MB."""
    values = [value(sample) for sample in samples]
    third = max(len(values) // 3, 1)
    before, last = max(values[:third]), max(values[-third:])
    return Figure(what, "flat", f"at most {before:.1f} MB, then {last:.1f} MB", last <= before * 1.1 + 0.2)


def _page(samples: Sequence[Sample], about: dict[str, Any], found: list[Figure]) -> str:
    last = samples[-1]
    deeds = "\n".join(f"- {count:,} x {name}" for name, count in about.get("done", {}).items())
    rows = "\n".join(f"| {figure.what} | {figure.wanted} | {figure.measured}{_mark(figure)} |" for figure in found)
    text = _INTRO.format(
        wanted=about.get("wanted", last.frames),
        machine=f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        samples=about.get("samples", "?"),
        frames=f"{last.frames:,}",
        hours=last.at_s / 3600,
        rate=last.frames / last.at_s,
        days=last.at_s / 60 * 10 / 24,
        days_kept=about.get("days_kept", "?"),
        deeds=deeds,
        rows=rows,
    )
    plots = "\n".join(f"\n{title}\n\n![{title}](img/soak-{name}.svg)" for name, (title, _) in _plots(samples).items())
    return text + plots + "\n"


def _mark(figure: Figure) -> str:
    return ": **not reached**" if figure.good is False else ""


def _plots(samples: Sequence[Sample]) -> dict[str, tuple[str, str]]:
    """Name of the file, title and drawing."""
    thin = samples[:: -(-len(samples) // _POINTS)]
    memory = ("MB", (lambda s: s.memory, "first"), (lambda s: s.own, "second"))
    handles = ("", (lambda s: s.threads, "first"), (lambda s: s.descriptors, "second"))
    files = ("MB", (lambda s: s.gallery_db, "first"), (lambda s: s.events_db, "second"))
    return {
        "memory": ("Resident memory (upper line), and what of it is in no file", _drawing(thin, *memory)),
        "handles": ("Threads (upper line) and file descriptors", _drawing(thin, *handles)),
        "files": ("Size of gallery.db (upper line) and events.db", _drawing(thin, *files)),
    }


def _drawing(samples: Sequence[Sample], unit: str, *lines: tuple[Callable[[Sample], float], str]) -> str:
    series = [Series("", style, [(s.frames / 1000, value(s)) for s in samples]) for value, style in lines]
    highest = max(y for one in series for _, y in one.points)
    x, y = _axis("thousand frames", samples[-1].frames / 1000), _axis(unit, highest * 1.1)
    drawing = line_chart(unit or "count", x, y, series)
    drawing.set("xmlns", "http://www.w3.org/2000/svg")
    drawing.insert(0, tag("style", _STYLE))
    return "<!-- SPDX-License-Identifier: Apache-2.0 -->\n" + tostring(drawing, encoding="unicode") + "\n"


def _axis(label: str, top: float) -> Axis:
    steps = (part * 10.0**power for power in range(-1, 6) for part in (1, 2, 5))
    step = next(step for step in steps if top / step <= 6)
    return Axis(label, 0, top, [i * step for i in range(int(top / step) + 1)], lambda v: f"{v:g}")
