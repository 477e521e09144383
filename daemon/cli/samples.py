# SPDX-License-Identifier: Apache-2.0
"""Commands about what whod has learned of a person's face."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from daemon.cli.files import PATH, check, one_line, read_small
from daemon.cli.undo import say_undo

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from daemon.cli.context import Context
    from daemon.types import SampleSummary

_person = click.argument("person", metavar="NAME")


@click.command("not")
@_person
@click.argument("images", nargs=-1, metavar="[IMAGE…]", type=PATH)
@click.option("--visit", metavar="ID", help="A visit that was not this person: its id, or that of a decision on it.")
@click.pass_obj
def not_(context: Context, person: str, images: tuple[Path, ...], visit: str | None) -> None:
    """Say that pictures, or a past visit, are not of a person: who is more like these is not that person."""
    from daemon.types import SampleKind  # noqa: PLC0415

    if bool(images) == bool(visit):
        raise click.UsageError("Give pictures, or one --visit.")
    check(images)
    photos = [read_small(path) for path in images]
    with context.people() as api:
        if visit:
            done = api.visits.disown(person, visit)
        else:
            done = api.add_samples(person, SampleKind.NEGATIVE, photos, "cli")
    count = len(done.sample_ids)
    click.echo(f"not {done.person.name}: {count} counter-example{'s' * (count != 1)} ({done.person.id})")


@click.command()
@_person
@click.option("--delete", type=click.UUID, metavar="ID", help="Remove a sample.")
@click.option("--restore", type=click.UUID, metavar="ID", help="Search one again that was set aside.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def samples(context: Context, person: str, delete: UUID | None, restore: UUID | None, *, as_json: bool) -> None:
    """List the samples of a person, after a change if one is asked for."""
    with context.people() as api:
        if delete is not None:
            say_undo(api.delete_sample(person, str(delete)).undo)
        if restore is not None:
            api.restore_sample(person, str(restore))
        found = api.samples(person)
    if as_json:
        click.echo(json.dumps([sample.as_json() for sample in found], ensure_ascii=False, indent=1))
        return
    for sample in found:
        click.echo(_line(sample))


def _line(sample: SampleSummary) -> str:
    at = f"{sample.created_at.astimezone():%Y-%m-%d %H:%M}"
    aside = ", set aside" if sample.set_aside_at else ""
    return one_line(f"{sample.id}  {at}  quality {sample.quality:.2f}  {sample.kind} ({sample.source}){aside}")


@click.command()
@_person
@click.option("--off", is_flag=True, help="The person is a resident.")
@click.pass_obj
def familiar(context: Context, person: str, *, off: bool) -> None:
    """Say that a person comes often but is no resident, as the postman: no longer unknown, but never identified."""
    with context.people() as api:
        changed = api.set_familiar(person, familiar=not off)
    click.echo(f"{changed.name} is {'familiar' if changed.familiar else 'a resident'} ({changed.id})")
