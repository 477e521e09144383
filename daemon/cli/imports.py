# SPDX-License-Identifier: Apache-2.0
"""`whod import`: many people from a folder or an archive."""

from __future__ import annotations

import json
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from daemon.cli.files import PATH, check, check_folder, one_line, pictures, read
from daemon.cli.following import follow
from daemon.errors import BadArchive, NoSuchPath

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from daemon.cli.context import Context
    from daemon.service import JobsApi
    from daemon.service.sources import Item
    from daemon.types import Job


@click.command("import")
@click.argument("path", metavar="PATH", type=PATH)
@click.option("--force", is_flag=True, help="Whatever the faces are like.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a file.")
@click.pass_obj
def import_(context: Context, path: Path, *, force: bool, as_json: bool) -> None:
    """Enrol many people from a folder or a zip with a folder for each: PATH/NAME/PICTURE.

    Goes on past pictures that are refused.
    """
    check([path])
    results: Counter[str] = Counter()

    def tell(record: dict[str, Any]) -> None:
        results[record["change"]] += 1
        click.echo(json.dumps(_for_scripts(record), ensure_ascii=False) if as_json else _line(record))

    with context.people() as api:
        try:
            for job in _begun(api.jobs, path, tell, force=force):
                follow(api.jobs, job, tell)
        finally:
            done, known = results["created"] + results["updated"], results["unchanged"]
            click.echo(f"{done} enrolled, {known} known already, {results['refused']} refused", err=True)
    if not done and not known:
        raise NoSuchPath(f"Nothing in {path} could be enrolled: put the pictures in a folder for each person.")


def _begun(api: JobsApi, path: Path, tell: Callable[[dict[str, Any]], None], *, force: bool) -> Iterator[Job]:
    if path.is_dir():
        check_folder(path)
        yield from api.import_pictures(FolderSource(path), tell, force=force)
        return
    try:
        archive = path.open("rb")
    except OSError as error:
        raise BadArchive(f"{path} cannot be read ({error.strerror}).") from error
    with archive:
        job = api.import_zip(archive, force=force)
    yield job


class FolderSource:
    """`daemon.service.sources.Source` of a folder with a folder for each person."""

    def __init__(self, folder: Path) -> None:
        self._files = [(person, path) for person in _people(folder) for path in pictures([person])]

    def __len__(self) -> int:
        return len(self._files)

    def __iter__(self) -> Iterator[Item]:
        from daemon.service.sources import Item  # noqa: PLC0415
        from daemon.vision import MAX_BYTES  # noqa: PLC0415

        for person, path in self._files:
            yield Item(str(path), person.name, partial(read, path, MAX_BYTES))


def _people(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))


def _for_scripts(record: dict[str, Any]) -> dict[str, Any]:
    refused = record["change"] == "refused"
    return {
        "path": record["path"],
        "name": record["name"],
        "change": None if refused else record["change"],
        "person_id": record["person_id"],
        "error": record["detail"] if refused else None,
        "reason": record["reason"],
    }


def _line(record: dict[str, Any]) -> str:
    return one_line(f"{record['path']}: {record['detail'] or record['change']}")
