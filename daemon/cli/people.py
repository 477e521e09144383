# SPDX-License-Identifier: Apache-2.0
"""Commands about people."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from daemon.cli.files import PATH, check, check_folder, one_line, pictures, read_small, watched
from daemon.errors import DuplicatePhoto, InputError, NoSuchPath

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from daemon.cli.context import Context
    from daemon.service import PeopleApi

_person = click.argument("person", metavar="NAME")
_UNCHANGED = "unchanged"
_force = click.option("--force", is_flag=True, help="Whatever the faces are like.")


@click.command()
@click.argument("name")
@click.argument("images", nargs=-1, required=True, metavar="IMAGE…", type=PATH)
@_force
@click.pass_obj
def enrol(context: Context, name: str, images: tuple[Path, ...], *, force: bool) -> None:
    """Teach whod a person: all pictures are taken, or none; each must show one face."""
    check(images)
    photos = [read_small(path) for path in images]
    with context.people() as api:
        done = api.enrol(name, photos, "cli", force=force)
    count = len(done.sample_ids)
    aside = f", {done.set_aside} set aside" if done.set_aside else ""
    click.echo(f"{done.person.name} {done.change}: {count} picture{'s' * (count != 1)}{aside} ({done.person.id})")


@click.command("import")
@click.argument("folder", type=PATH)
@_force
@click.option("--json", "as_json", is_flag=True, help="One JSON object a file.")
@click.pass_obj
def import_(context: Context, folder: Path, *, force: bool, as_json: bool) -> None:
    """Enrol many people from a folder for each, FOLDER/NAME/PICTURE; goes on past pictures that are refused."""
    check_folder(folder)
    results: Counter[str] = Counter()
    with context.people() as api:
        for name, path in watched(_by_person(folder)):
            record = _imported(api, name, path, force=force)
            results[record["change"] or "refused"] += 1
            click.echo(json.dumps(record, ensure_ascii=False) if as_json else _line(record))
    done, known = results["created"] + results["updated"], results[_UNCHANGED]
    click.echo(f"{done} enrolled, {known} known already, {results['refused']} refused", err=True)
    if not done and not known:
        raise NoSuchPath(f"Nothing in {folder} could be enrolled: put the pictures in a folder for each person.")


def _by_person(folder: Path) -> Iterator[tuple[str, Path]]:
    for person in sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith(".")):
        for path in pictures([person]):
            yield person.name, path


def _imported(api: PeopleApi, name: str, path: Path, *, force: bool) -> dict[str, Any]:
    record = {"path": str(path), "name": name, "change": None, "person_id": None, "error": None}
    try:
        done = api.enrol(name, [read_small(path)], "import", force=force)
    except DuplicatePhoto:
        return {**record, "change": _UNCHANGED}
    except InputError as error:
        return {**record, "error": str(error)}
    return {**record, "name": done.person.name, "change": done.change, "person_id": done.person.id}


def _line(record: dict[str, Any]) -> str:
    return one_line(f"{record['path']}: {record['error'] or record['change']}")


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
        kept = api.merge(person, into)
    click.echo(f"{kept.name} ({kept.id})")


@click.command()
@_person
@click.pass_obj
def forget(context: Context, person: str) -> None:
    """Remove a person and everything known of them."""
    with context.people() as api:
        gone = api.forget(person)
    click.echo(f"{gone.name} is forgotten ({gone.id})")
