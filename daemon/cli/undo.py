# SPDX-License-Identifier: Apache-2.0
"""The command that undoes others."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from uuid import UUID

    from daemon.cli.context import Context
    from daemon.types import Undo


@click.command()
@click.argument("undo_id", required=False, type=click.UUID, metavar="[ID]")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def undo(context: Context, undo_id: UUID | None, *, as_json: bool) -> None:
    """Undo the deletion of a sample or a merge; without an ID, list what can be undone (gallery.undo_hours)."""
    with context.people() as api:
        if undo_id is not None:
            person = api.undos.undo(str(undo_id))
            click.echo(f"undone: {person.name} ({person.id})")
            return
        found = api.undos.all()
    if as_json:
        click.echo(json.dumps([each.as_json() for each in found], ensure_ascii=False, indent=1))
        return
    for each in found:
        click.echo(f"{each.id}  {said(each)}")
    if not found:
        click.echo("There is nothing to undo.", err=True)


def say_undo(change: Undo | None) -> None:
    """Say on stderr how a change can be undone, if it can be."""
    if change:
        click.echo(f"To undo it, until {change.until.astimezone():%Y-%m-%d %H:%M}: whod undo {change.id}", err=True)


def said(change: Undo) -> str:
    """What was done, and until when it can be undone."""
    from daemon.types import UndoKind  # noqa: PLC0415

    until = f"until {change.until.astimezone():%Y-%m-%d %H:%M}"
    if change.kind is UndoKind.MERGE:
        return f"{change.gone} merged into {change.person.name}, {until}"
    return f"sample {change.gone} of {change.person.name} deleted, {until}"
