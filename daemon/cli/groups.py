# SPDX-License-Identifier: Apache-2.0
"""Commands about groups of people."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from daemon.cli.context import Context
    from daemon.types import Group

_group = click.argument("group", metavar="GROUP")
_people = click.argument("people", nargs=-1, required=True, metavar="NAME…")


@click.group(invoke_without_command=True, subcommand_metavar="[COMMAND…]")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def groups(ctx: click.Context, *, as_json: bool) -> None:
    """List groups of people, or change them. A camera (camera.groups) or a call may be limited to some."""
    if not ctx.invoked_subcommand:
        ctx.invoke(list_, as_json=as_json)


@groups.command("list")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def list_(context: Context, *, as_json: bool) -> None:
    """List the groups and their people."""
    with context.people() as api:
        found = api.groups.all()
    if as_json:
        click.echo(json.dumps([group.as_json() for group in found], ensure_ascii=False, indent=1))
        return
    for group in found:
        click.echo(_line(group))
    if not found:
        click.echo('There are no groups yet: whod groups create "GROUP"', err=True)


@groups.command()
@_group
@click.argument("people", nargs=-1, metavar="[NAME…]")
@click.pass_obj
def create(context: Context, group: str, people: tuple[str, ...]) -> None:
    """Make a group, of these people."""
    with context.people() as api:
        click.echo(_line(api.groups.create(group, people)))


@groups.command()
@_group
@click.argument("new_name")
@click.pass_obj
def rename(context: Context, group: str, new_name: str) -> None:
    """Give a group another name."""
    with context.people() as api:
        click.echo(_line(api.groups.change(group, name=new_name)))


@groups.command()
@_group
@click.pass_obj
def delete(context: Context, group: str) -> None:
    """Remove a group; its people stay."""
    with context.people() as api:
        gone = api.groups.delete(group)
    click.echo(f"{gone.name} is no group any more ({gone.id})")


@groups.command()
@_group
@_people
@click.pass_obj
def add(context: Context, group: str, people: tuple[str, ...]) -> None:
    """Put people into a group."""
    with context.people() as api:
        click.echo(_line(api.groups.change(group, add=people)))


@groups.command()
@_group
@_people
@click.pass_obj
def remove(context: Context, group: str, people: tuple[str, ...]) -> None:
    """Take people out of a group."""
    with context.people() as api:
        click.echo(_line(api.groups.change(group, remove=people)))


def _line(group: Group) -> str:
    names = ", ".join(person.name for person in group.people) or "nobody"
    return f"{group.name}: {names} ({group.id})"
