# SPDX-License-Identifier: Apache-2.0
"""Commands about past visits."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from daemon.cli.files import PATH, check, one_line, read_small

if TYPE_CHECKING:
    from pathlib import Path

    from daemon.cli.context import Context
    from daemon.types import Ending, Rerun, Sighting

_OUTCOMES = ("identified", "familiar", "unknown")


@click.command()
@click.option("--last", default=20, type=click.IntRange(1, 1000), metavar="N", help="How many; by default 20.")
@click.option("--before", metavar="ID", help="Go on after this visit.")
@click.option("--person", metavar="NAME", help="Only those of a person.")
@click.option("--outcome", type=click.Choice(_OUTCOMES), help="Only those that ended so.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def visits(
    context: Context, last: int, before: str | None, person: str | None, outcome: str | None, *, as_json: bool
) -> None:
    """List the last visits, newest first."""
    from daemon.types import Outcome  # noqa: PLC0415

    with context.people() as api:
        found = api.visits.recent(last, before, person, Outcome(outcome) if outcome else None)
    if as_json:
        click.echo(json.dumps([visit.as_json() for visit in found], ensure_ascii=False, indent=1))
        return
    for visit in found:
        click.echo(_line(visit))
    if not found:
        click.echo("No such visit is kept.", err=True)


@click.command()
@click.argument("event_id")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def explain(context: Context, event_id: str, *, as_json: bool) -> None:
    """Say why a visitor was decided on as they were; of a visit (sighting_id), all that was decided."""
    with context.people() as api:
        found = api.visits.explain(event_id)
    if as_json:
        click.echo(json.dumps([account.as_json() for account in found], ensure_ascii=False, indent=1))
        return
    for place, account in enumerate(found):
        head, *rest = account.sentences
        click.echo(("\n" if place else "") + one_line(head))
        for sentence in rest:
            click.echo(f"  {one_line(sentence)}")


@click.command()
@click.option(
    "--last", default=200, type=click.IntRange(1, 1000), metavar="N", help="How many visits; by default 200."
)
@click.option("--set", "settings", multiple=True, metavar="SECTION.KEY=VALUE", help="A setting to try.")
@click.option("--sample", "samples", multiple=True, type=(str, PATH), metavar="NAME IMAGE", help="A picture to try.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def replay(
    context: Context, last: int, settings: tuple[str, ...], samples: tuple[tuple[str, Path], ...], *, as_json: bool
) -> None:
    """Say what other settings and more samples would have made of past visits. Changes nothing."""
    from daemon.types import Trial  # noqa: PLC0415

    check(path for _, path in samples)
    trial = Trial(last, settings, tuple((name, read_small(path)) for name, path in samples))
    with context.people() as api:
        done = api.visits.replay(trial)
    if as_json:
        click.echo(json.dumps(done.as_json(), ensure_ascii=False, indent=1))
        return
    for rerun in done.changed:
        click.echo(one_line(_change(rerun)))
    click.echo(f"{_count(done.visits)} weighed again: {len(done.changed)} would end otherwise.", err=True)
    if done.unlike:
        click.echo(
            f"{_count(done.unlike)} would already end otherwise than was recorded, as more is known since.", err=True
        )


def _line(visit: Sighting) -> str:
    who = visit.person.name if visit.person else "unknown"
    started = f"{visit.started_at.astimezone():%Y-%m-%d %H:%M:%S}"
    seconds = (visit.ended_at - visit.started_at).total_seconds()
    familiar = "  familiar" if visit.person and visit.person.familiar else ""
    simulated = "  simulated" if visit.simulated else ""
    return (
        f"{started}  {visit.camera:<8} {seconds:>5.0f} s  {who:<30} {visit.best.similarity:.2f}  {visit.sighting_id}"
        f"{familiar}{simulated}"
    )


def _change(rerun: Rerun) -> str:
    started = f"{rerun.started_at.astimezone():%Y-%m-%d %H:%M:%S}"
    return f"{started}  {_ending(rerun.now)} -> {_ending(rerun.then)}  {rerun.sighting_id}"


def _ending(ending: Ending) -> str:
    who = ending.person.name if ending.person else "unknown"
    return f"{who} ({ending.similarity:.2f} of {ending.required:.2f})"


def _count(number: int) -> str:
    return f"{number} visit{'s' * (number != 1)}"
