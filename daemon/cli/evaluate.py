# SPDX-License-Identifier: Apache-2.0
"""`whod evaluate`: how good the models are on a folder of people."""

from __future__ import annotations

import itertools
import json
import sys
from typing import TYPE_CHECKING, Any

import click

from daemon.cli.files import PATH, check_folder, one_line, pictures, read
from daemon.errors import InputError, NoSuchPath

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from daemon.cli.context import Context
    from daemon.evaluation import DetectionReport, Pair, VerificationReport
    from daemon.types import Embedding, Pixels
    from daemon.vision import Vision

_DETECTION_PICTURES = 400


@click.command()
@click.argument("folder", type=PATH)
@click.option(
    "--pairs",
    type=PATH,
    help="Tab-separated fold, same, a, b: measure verification.",
)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def evaluate(context: Context, folder: Path, pairs: Path | None, *, as_json: bool) -> None:
    """Measure on FOLDER/PERSON/PICTURE: verification on pairs, or which part of the faces is found by their width."""
    check_folder(folder)
    from daemon.evaluation import read_pairs  # noqa: PLC0415

    if pairs:
        report: Any = _verification(context.vision, folder, read_pairs(pairs))
        table = _verification_table(report)
    else:
        report = _detection(context.vision, folder)
        if not report.faces:
            raise NoSuchPath(f"There is no picture of a face in {folder}: put some in a folder for each person.")
        table = _detection_table(report)
    click.echo(json.dumps(report.as_json(), indent=1) if as_json else table)


def _verification(vision: Vision, folder: Path, pairs: list[Pair]) -> VerificationReport:
    from daemon.evaluation import evaluate_verification, subject  # noqa: PLC0415
    from daemon.vision import MAX_BYTES, decode  # noqa: PLC0415

    def embed(path: str) -> Embedding | None:
        try:
            pixels = decode(read(folder / path, MAX_BYTES))
        except InputError as error:
            click.echo(f"whod: {one_line(str(error))}", err=True)
            return None
        faces = vision.analyse(pixels)
        chosen = subject([face.detection for face in faces], pixels)
        return None if chosen is None else faces[chosen].embedding

    total = len({path for pair in pairs for path in (pair.a, pair.b)})
    with click.progressbar(
        length=total, label="Pictures", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as progress:
        return evaluate_verification(pairs, embed, lambda: progress.update(1))


def _detection(vision: Vision, folder: Path) -> DetectionReport:
    from daemon.evaluation import evaluate_detection  # noqa: PLC0415

    return evaluate_detection(_readable(folder), vision.detect)


def _readable(folder: Path) -> Iterator[Pixels]:
    """The first picture of each person, spread evenly over the folder."""
    from daemon.vision import MAX_BYTES, decode  # noqa: PLC0415

    people = sorted(p for p in folder.iterdir() if p.is_dir()) or [folder]
    firsts = [path for person in people for path in itertools.islice(pictures([person]), 1)]
    step = max(1, len(firsts) // _DETECTION_PICTURES)
    for path in firsts[::step][:_DETECTION_PICTURES]:
        try:
            yield decode(read(path, MAX_BYTES))
        except InputError as error:
            click.echo(f"whod: {one_line(str(error))}", err=True)


def _verification_table(report: VerificationReport) -> str:
    rates = "\n".join(f"true matches at FMR {rate}: {value:8.2%}" for rate, value in report.tmr_at_fmr.items())
    return (
        f"{report.pairs} pairs in {report.folds} folds, {report.pictures} pictures\n"
        f"accuracy:  {report.accuracy:.2%} ± {report.accuracy_std:.2%} at similarity {report.threshold:.3f}\n"
        f"{rates}\n"
        f"no face:   {len(report.missed)} pictures ({len(report.missed) / max(report.pictures, 1):.2%})"
    )


def _detection_table(report: DetectionReport) -> str:
    rows = "\n".join(f"{width:>6} px {recall:9.2%}" for width, recall in report.recall.items())
    return f"{report.faces} faces in frames of 640 x 480, found by width of the face:\n{rows}"
