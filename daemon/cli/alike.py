# SPDX-License-Identifier: Apache-2.0
"""`whod alike`: how well the people can be told apart."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from daemon.cli.files import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from daemon.cli.context import Context
    from daemon.types import Advice, AlikeReport, Standing


@click.command()
@click.option("--false-accept", type=float, metavar="RATE", help="The threshold that names so few strangers: 0.001.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def alike(context: Context, false_accept: float | None, *, as_json: bool) -> None:
    """Say who looks like whom, and which samples are doubtful.

    Each sample is looked for in the gallery without it.
    """
    with context.people() as api:
        report = api.alike(false_accept)
    if as_json:
        click.echo(json.dumps(report.as_json(), ensure_ascii=False, indent=1))
        return
    for line in _lines(report):
        click.echo(one_line(line))
    if not report.people:
        click.echo('Nobody is enrolled yet: whod enrol "NAME" PICTURE.jpg', err=True)


def _lines(report: AlikeReport) -> Iterator[str]:
    for standing in report.people:
        yield _line(standing)
    if report.pairs:
        yield "Most alike:"
        for pair in report.pairs:
            yield f"  {pair.similarity:5.2f}  {pair.a.name} and {pair.b.name}"
    for caution in report.cautions:
        yield f"Warning: {caution.text}"
    if report.advice:
        yield _advice(report.advice)


def _line(standing: Standing) -> str:
    lowest = "one sample" if standing.lowest is None else f"lowest {standing.lowest:.2f}"
    missed = f", {standing.missed} missed" if standing.missed else ""
    mistaken = f", {standing.mistaken} mistaken" if standing.mistaken else ""
    like = f", most like {standing.nearest.name} ({standing.similarity:.2f})" if standing.nearest else ""
    name = f"{standing.person.name:<30} {standing.samples:>4} samples  required {standing.required:.2f}"
    return f"{name}  {lowest}{missed}{mistaken}{like}"


def _advice(advice: Advice) -> str:
    own = "your people are too few to tell from" if advice.own is None else f"{advice.own:.3f} by your own people"
    return (
        f"gallery.threshold = {advice.threshold:.3f} names at most {100 * advice.rate:g} % of strangers' pictures "
        f"({advice.measured:.3f} measured on public pictures, {own})."
    )
