# SPDX-License-Identifier: Apache-2.0
"""Commands about people."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from daemon.cli.at_door import enrol_at_door
from daemon.cli.files import PATH, check, read_small
from daemon.cli.pointing import region_at, several
from daemon.cli.undo import say_undo
from daemon.errors import FaceCountError

if TYPE_CHECKING:
    from pathlib import Path

    from daemon.cli.context import Context

_person = click.argument("person", metavar="NAME")
_UNCHANGED = "unchanged"
_force = click.option("--force", is_flag=True, help="Whatever the faces are like.")


@click.command()
@click.argument("name")
@click.argument("images", nargs=-1, metavar="[IMAGE…]", type=PATH)
@_force
@click.option(
    "--at",
    nargs=2,
    type=click.IntRange(min=0),
    metavar="X Y",
    help="Of several faces, the one at this place of the picture, in pixels.",
)
@click.option("--door", is_flag=True, help="Whoever stands at the camera: it takes the pictures.")
@click.option("--camera", default="", metavar="NAME", help="Which, with --door. [default: the first]")
@click.pass_obj
def enrol(
    context: Context,
    name: str,
    images: tuple[Path, ...],
    *,
    force: bool,
    at: tuple[int, int] | None,
    door: bool,
    camera: str,
) -> None:
    """Teach whod a person: all pictures are taken, or none; each must show one face."""
    if door == bool(images):
        raise click.UsageError("Give pictures, or --door to have the camera take them.")
    if camera and not door:
        raise click.UsageError("--camera says where somebody stands: it goes with --door.")
    if door:
        enrol_at_door(context.socket, name, force=force, camera=camera)
        return
    check(images)
    photos = [read_small(path) for path in images]
    if at and len(photos) > 1:
        raise click.UsageError("--at is a place of one picture: give a single one.")
    with context.people() as api:
        if at:
            done = api.photos.label(region_at(api, photos[0], at).id, name, source="cli", force=force)
        else:
            try:
                done = api.enrol(name, photos, "cli", force=force)
            except FaceCountError as error:
                raise several(api, photos, error) from error
    count = len(done.sample_ids)
    aside = f", {done.set_aside} set aside" if done.set_aside else ""
    click.echo(f"{done.person.name} {done.change}: {count} picture{'s' * (count != 1)}{aside} ({done.person.id})")


@click.command()
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def people(context: Context, *, as_json: bool) -> None:
    """List who is enrolled."""
    with context.people() as api:
        found = api.people()
    if as_json:
        click.echo(json.dumps([person.as_json() for person in found], ensure_ascii=False, indent=1))
        return
    for person in found:
        seen = f"{person.last_seen_at.astimezone():%Y-%m-%d %H:%M}" if person.last_seen_at else "never seen"
        familiar = "  familiar" if person.familiar else ""
        click.echo(f"{person.name:<30} {person.samples:>4} samples  {seen:<16}  {person.id}{familiar}")
    if not found:
        click.echo('Nobody is enrolled yet: whod enrol "NAME" PICTURE.jpg', err=True)


@click.command()
@_person
@click.argument("new_name")
@click.pass_obj
def rename(context: Context, person: str, new_name: str) -> None:
    """Give a person (name or id) another name."""
    with context.people() as api:
        renamed = api.rename(person, new_name)
    click.echo(f"{renamed.name} ({renamed.id})")


@click.command()
@_person
@click.argument("into")
@click.pass_obj
def merge(context: Context, person: str, into: str) -> None:
    """Two entries are one person: give all samples of the first to the second."""
    with context.people() as api:
        done = api.merge(person, into)
    click.echo(f"{done.person.name} ({done.person.id})")
    say_undo(done.undo)


@click.command()
@click.argument("person", metavar="NAME", required=False)
@click.option("--all", "everybody", is_flag=True, help="Everybody, with all visits, jobs and local backups.")
@click.option("--yes", is_flag=True, help="With --all: do not ask.")
@click.pass_obj
def forget(context: Context, person: str | None, *, everybody: bool, yes: bool) -> None:
    """Remove a person, or everybody, with everything known of them."""
    if everybody == (person is not None):
        raise click.UsageError("Name one person, or give --all.")
    if person is None:
        _forget_all(context, sure=yes)
        return
    with context.people() as api:
        gone = api.forget(person)
    click.echo(
        f"{gone.person.name} is forgotten, for good: {gone.samples} samples, {gone.pictures} pictures, "
        f"{gone.visits} visits; {gone.snapshots} snapshots written anew ({gone.person.id})"
    )


def _forget_all(context: Context, *, sure: bool) -> None:
    with context.people() as api:
        count = len(api.people())
        if not sure:
            if not sys.stdin.isatty():
                raise click.UsageError("There is no terminal to ask on: add --yes if everybody is to be forgotten.")
            what = "with all samples, visits, unknown visitors, jobs and backups on this machine"
            click.confirm(f"Forget all {count} people for good, {what}?", abort=True, err=True)
        gone = api.forget_all()
    click.echo(
        f"Everybody is forgotten, for good: {gone.people} people, {gone.samples} samples, {gone.pictures} pictures, "
        f"{gone.visits} visits; {gone.backups} backups deleted"
    )
