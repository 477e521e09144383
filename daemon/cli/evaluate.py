# SPDX-License-Identifier: Apache-2.0
"""`whod evaluate`: how good the models are on a folder of people."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from daemon.cli.files import PATH, check_folder, one_line, pictures, read
from daemon.clock import SystemClock
from daemon.errors import InputError, ModelRefused, NoSuchPath

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from daemon.cli.context import Context
    from daemon.config import Settings
    from daemon.evaluation import Evaluation, Plan
    from daemon.types import Pixels
    from daemon.vision import Vision


class _Wanted(NamedTuple):
    """The command line."""

    folder: Path
    pairs: Path | None
    nobody: Path | None
    report: Path | None
    open_set: bool
    compare: bool
    visits: bool


@click.command()
@click.argument("folder", type=PATH)
@click.option("--pairs", type=PATH, help="Tab-separated fold, same, a, b: measure verification.")
@click.option("--open-set", is_flag=True, help="Search for residents and strangers in galleries of 3 to 150 people.")
@click.option("--visits", is_flag=True, help="Make a visit of ten frames of each person's last picture; decide it.")
@click.option("--nobody", type=PATH, help="Folder of pictures without people: count the faces that are seen there.")
@click.option("--compare", is_flag=True, help="Measure the models in both precisions, int8 and float.")
@click.option("--report", type=PATH, help="Measure all that the folder allows, and write a page (HTML) with plots.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def evaluate(context: Context, /, *, as_json: bool, **wanted: Any) -> None:
    """Measure on FOLDER/PERSON/PICTURE.

    By default: which part of the faces is found, by their width.
    """
    evaluation, report = _evaluate(context, _Wanted(**wanted))
    path: Path | None = wanted["report"]
    if path:
        from daemon.evaluation import page  # noqa: PLC0415

        try:
            path.write_text(page(evaluation, report), encoding="utf-8")
        except OSError as error:
            raise NoSuchPath(f"{path} cannot be written ({error.strerror}): name another file.") from error
    for why in dict.fromkeys(evaluation.left_out.values()):
        click.echo(f"whod: Left out: {one_line(why)}", err=True)
    click.echo(json.dumps(report, indent=1) if as_json else _text(report))


def _evaluate(context: Context, wanted: _Wanted) -> tuple[Evaluation, dict[str, Any]]:
    check_folder(wanted.folder)
    if wanted.report:
        check_folder(wanted.report.absolute().parent)
        if wanted.report.is_file() and wanted.report.suffix.lower() not in {".html", ".htm"}:
            raise InputError(f"{wanted.report} is there already, and no .html file: name another for the report.")
    from daemon.evaluation import about, evaluate  # noqa: PLC0415

    plan, left_out = _plan(wanted)
    settings, chains, single = _chains(context, wanted)
    with click.progressbar(
        length=len(plan.pictures) + 1, label="Pictures", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as progress:
        evaluation = evaluate(
            plan,
            chains,
            context.settings,
            lambda path: _load(wanted.folder / path),
            lambda: progress.update(1),
        )
    evaluation = replace(evaluation, left_out={**left_out, **single, **evaluation.left_out})
    return evaluation, evaluation.as_json() | {
        "about": about(plan, context.vision.manifest, settings, SystemClock().now())
    }


def _plan(wanted: _Wanted) -> tuple[Plan, dict[str, str]]:
    """What to measure, and what a report will lack."""
    from daemon.evaluation import Plan, random_pairs, read_pairs  # noqa: PLC0415

    everything = wanted.report is not None
    folder = wanted.folder
    people = {
        person.name: _relative(pictures([person]), folder)
        for person in sorted(folder.iterdir())
        if person.is_dir() and not person.name.startswith(".")
    } or {"": _relative(pictures([folder]), folder)}
    plan = Plan(
        people,
        open_set=wanted.open_set or everything,
        detection=everything or not (wanted.pairs or wanted.open_set or wanted.visits),
        visits=wanted.visits,
        nobody=_nobody(wanted.nobody),
    )
    if not wanted.pairs and not everything:
        return plan, {}
    try:
        return replace(plan, pairs=read_pairs(wanted.pairs) if wanted.pairs else random_pairs(people)), {}
    except InputError as error:
        if wanted.pairs:
            raise
        return plan, {"verification": str(error)}


def _relative(paths: Iterable[Path], folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in paths]


def _nobody(folder: Path | None) -> Sequence[str]:
    if folder is None:
        return ()
    check_folder(folder)
    found = [str(path.absolute()) for path in pictures([folder])]
    if not found:
        raise NoSuchPath(f"There is no picture in {folder}: name a folder with pictures without people.")
    return found


def _chains(context: Context, wanted: _Wanted) -> tuple[dict[str, Settings], dict[str, Vision], dict[str, str]]:
    """The chain of the settings, and of the other precision if it is wanted; and why it is missing."""
    from daemon.evaluation import chain_name  # noqa: PLC0415
    from daemon.vision import Vision, models_folder  # noqa: PLC0415

    own = context.settings
    settings, chains = {chain_name(own): own}, {chain_name(own): context.vision}
    if not wanted.compare and not wanted.report:
        return settings, chains, {}
    try:
        other = _other_precision(own)
        chains[chain_name(other)] = Vision.load(models_folder(), other)
    except (InputError, ModelRefused):
        if wanted.compare:
            raise
        return settings, chains, {"agreement": "int8 is compared with float where the files of both are there."}
    return {**settings, chain_name(other): other}, chains, {}


def _other_precision(own: Settings) -> Settings:
    if own.detector.precision != own.embedder.precision:
        raise InputError("To compare int8 with float, set detector.precision and embedder.precision to the same.")
    other = "float" if own.detector.precision == "int8" else "int8"
    return own.with_precision(detector=other, embedder=other)


def _load(path: Path) -> Pixels | None:
    from daemon.vision import MAX_BYTES, decode  # noqa: PLC0415

    try:
        return decode(read(path, MAX_BYTES))
    except InputError as error:
        click.echo(f"whod: {one_line(str(error))}", err=True)
        return None


def _text(report: dict[str, Any]) -> str:
    """The figures in columns."""
    from daemon.evaluation import OPEN_SET_HEADS, chains, open_set_rows, table  # noqa: PLC0415

    marks = {True: " ✓", False: " ✗", None: ""}
    rows = [
        (row.what, row.wanted, *(value + marks[met] for value, met in zip(row.values, row.met, strict=True)))
        for row in table(report)
    ]
    searched = {chain: open_set_rows(report, chain) for chain in chains(report)}
    tables = [
        f"Open set, {chain}\n{_columns([OPEN_SET_HEADS, *found])}" for chain, found in searched.items() if found
    ]
    return "\n\n".join([_columns([("what", "wanted", *chains(report)), *rows]), *tables])


def _columns(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
