# SPDX-License-Identifier: Apache-2.0
"""Commands about unknown visitors."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from daemon.cli.files import PATH
from daemon.errors import NoSuchPath

if TYPE_CHECKING:
    from pathlib import Path

    from daemon.cli.context import Context
    from daemon.types import Unknown

_visitor = click.argument("visitor", metavar="ID")


@click.group(invoke_without_command=True, subcommand_metavar="[COMMAND…]")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def unknowns(ctx: click.Context, *, as_json: bool) -> None:
    """List unknown visitors, grouped by likeness; name them, or forget their faces.

    An ID is that of the group, or of any visit.
    """
    if ctx.invoked_subcommand:
        return
    context: Context = ctx.obj
    with context.people() as api:
        found = api.unknowns.all()
    if as_json:
        click.echo(json.dumps([unknown.as_json() for unknown in found], ensure_ascii=False, indent=1))
        return
    for unknown in found:
        click.echo(_line(unknown))
    if not found:
        click.echo("No unknown visitor's face is kept.", err=True)


@unknowns.command()
@_visitor
@click.argument("name", required=False)
@click.option("--familiar", is_flag=True, help="Without a name: somebody who comes often, as the postman.")
@click.pass_obj
def assign(context: Context, visitor: str, name: str | None, *, familiar: bool) -> None:
    """Say who an unknown visitor is: enrols the best looks, and makes all visits theirs that were."""
    if (name is None) != familiar:
        raise click.UsageError("Give a NAME, or --familiar.")
    with context.people() as api:
        done = api.unknowns.assign(visitor, name)
    visits = len(done.sighting_ids)
    click.echo(
        f"{done.person.name} {done.change}: {done.samples} sample{'s' * (done.samples != 1)}, "
        f"{visits} visit{'s' * (visits != 1)} ({done.person.id})"
    )


@unknowns.command()
@_visitor
@click.argument("path", type=PATH)
@click.pass_obj
def crop(context: Context, visitor: str, path: Path) -> None:
    """Write the best picture of a face to a new file, as JPEG."""
    with context.people() as api:
        jpeg = api.unknowns.crop(visitor)
    try:
        with path.open("xb") as file:
            file.write(jpeg)
    except OSError as error:
        raise NoSuchPath(f"{path} cannot be written ({error.strerror}): name another file.") from error


@unknowns.command()
@_visitor
@click.pass_obj
def forget(context: Context, visitor: str) -> None:
    """Keep nothing more of an unknown visitor's face; the visits stay."""
    with context.people() as api:
        gone = api.unknowns.forget(visitor)
    visits = len(gone.sighting_ids)
    click.echo(f"the face of {visits} visit{'s' * (visits != 1)} is forgotten ({gone.id})")


def _line(unknown: Unknown) -> str:
    visits = len(unknown.sighting_ids)
    last = f"{unknown.last_seen_at.astimezone():%Y-%m-%d %H:%M}"
    nearest = f"most like {unknown.nearest.name}, {unknown.similarity:.2f}" if unknown.nearest else ""
    mark = "  simulated" if unknown.simulated else ""
    return f"{visits:>4} visit{'s' if visits != 1 else ' '}  last {last}  {unknown.id}  {nearest}".rstrip() + mark
