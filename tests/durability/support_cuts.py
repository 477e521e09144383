# SPDX-License-Identifier: Apache-2.0
"""Each way in which whod writes a gallery, with the power cut at random moments of it."""

from __future__ import annotations

import contextlib
import random
import shutil
import sqlite3
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from support_backup import Backup
from support_changes import FILE, Enrol, Forget, Merge, Rename, Restore, opened, put
from support_disk import Deleted, Disk
from support_gallery import MODEL
from support_tape import Tape, taped

from daemon.errors import StorageError
from daemon.gallery.schema import MIGRATIONS
from daemon.gallery.store import Store
from daemon.storage import open_precious
from daemon.types import RestoreMode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from support_changes import Change
    from support_disk import Operation

Rows = dict[str, list[tuple[object, ...]]]
"""Everything in a file, by table."""


@dataclass
class Tally:
    """How many cuts there were, and what went wrong after how many of them."""

    cuts: int = 0
    lost: int = 0
    """Something that had been acknowledged was not there."""
    torn: int = 0
    """What was there was never whole."""
    unopenable: int = 0

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.torn or self.unopenable)


@dataclass(frozen=True)
class WritePath:
    """What is written: `run` yields whenever something has been acknowledged."""

    prepare: Callable[[Path], None]
    run: Callable[[Path], Iterator[None]]


@dataclass(frozen=True)
class Recording:
    before: dict[str, bytes]
    operations: list[Operation]
    acknowledged: list[tuple[int, Rows]]
    """After how many operations, and what the file then held; the first is before all of them."""


def record(path: WritePath, folder: Path) -> Recording:
    """Let a path write, and note what it does to the disk."""
    work, copy = put({}, folder / "work"), folder / "copy"
    path.prepare(work)
    tape = Tape(work)
    acknowledged = [(0, _rows_of(tape.before, copy))]
    with taped(tape):
        for _ in path.run(work):
            files = tape.disk.files()
            assert files == {file.name: file.read_bytes() for file in work.iterdir() if file.is_file()}
            acknowledged.append((len(tape.operations), files))
    told = [acknowledged[0], *((position, _rows_of(files, copy)) for position, files in acknowledged[1:])]
    return Recording(tape.before, tape.operations, told)


def cut(recording: Recording, folder: Path, cuts: int, seed: int) -> Tally:
    """Cut the power at so many random moments, each time opening what is left."""
    rng = random.Random(seed)
    moments = sorted(rng.randrange(len(recording.operations) + 1) for _ in range(cuts))
    disk, position, tally = Disk(recording.before), 0, Tally()
    for moment in moments:
        for operation in recording.operations[position:moment]:
            disk.apply(operation)
        position = moment
        judge(recording, moment, disk.cut(rng), folder / "left", tally)
    return tally


def judge(recording: Recording, moment: int, files: dict[str, bytes], folder: Path, tally: Tally) -> None:
    """Open what a cut has left."""
    tally.cuts += 1
    done = sum(position <= moment for position, _ in recording.acknowledged)
    states = [rows for _, rows in recording.acknowledged]
    try:
        rows = _rows_of(files, folder)
    except StorageError:
        tally.unopenable += 1
    else:
        if rows not in states[done - 1 : done + 1]:
            tally.lost += rows in states
            tally.torn += rows not in states


def _rows_of(files: dict[str, bytes], folder: Path) -> Rows:
    """What a gallery of these files holds, once it was opened by whod. Raises StorageError."""
    opened(put(files, folder)).close()
    with contextlib.closing(sqlite3.connect(folder / FILE)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        return {name: sorted(connection.execute(f"SELECT * FROM {name}"), key=repr) for (name,) in tables}


# The ways


def _changed(*changes: Change) -> Callable[[Path], Iterator[None]]:
    def run(folder: Path) -> Iterator[None]:
        with contextlib.closing(opened(folder)) as gallery:
            for change in changes:
                change.do(gallery)
                yield

    return run


def _with(*changes: Change) -> Callable[[Path], None]:
    def prepare(folder: Path) -> None:
        for _ in _changed(*changes)(folder):
            pass

    return prepare


def _backed_up(folder: Path) -> Iterator[None]:
    with contextlib.closing(opened(folder)) as gallery:
        backup = Backup.of(gallery, folder)
        for change in (Forget("Ann"), Enrol("Flo", 7), backup.restored(RestoreMode.MERGE), backup.restored()):
            change.do(gallery)
            yield


def _of_schema(version: int) -> Callable[[Path], None]:
    """A gallery as the whod of that schema wrote it."""

    def prepare(folder: Path) -> None:
        made = folder / "made"
        made.mkdir()
        _with(Enrol("Ann", 1), Enrol("Bo", 2))(made)
        with contextlib.closing(Store(made / FILE)) as store:
            contents = store.load()
        shutil.rmtree(made)
        database = open_precious(folder / FILE, MIGRATIONS[:version])
        with database.transaction() as transaction:
            for person in contents.people:
                values = (person.id, person.name, person.key, person.created_at, person.updated_at, person.checksum)
                transaction.execute(
                    "INSERT INTO person (id, name, name_key, created_at, updated_at, checksum) "
                    "VALUES (?, ?, ?, ?, ?, ?)",
                    values,
                )
            for sample in contents.samples:
                values = (sample.id, sample.person_id, sample.kind, MODEL, sample.vector, sample.quality)
                transaction.execute(
                    "INSERT INTO sample "
                    "(id, person_id, kind, model_id, vector, quality, source, created_at, checksum) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (*values, sample.source, sample.created_at, sample.checksum),
                )
        database.close()

    return prepare


def _half_committed(folder: Path) -> None:
    """What is left by a cut within a commit that had written all to the database, its journal being there still."""
    _with(Enrol("Ann", 1), Enrol("Bo", 2))(folder)
    tape = Tape(folder)
    with taped(tape):
        for _ in _changed(Enrol("Cy", 3))(folder):
            pass
    disk = Disk(tape.before)
    last = max(n for n, operation in enumerate(tape.operations) if isinstance(operation, Deleted))
    for operation in tape.operations[:last]:
        disk.apply(operation)
    put(disk.files(), folder)
    assert (folder / f"{FILE}-journal").stat().st_size


_OLD = [Enrol(name, number) for number, name in enumerate(("Ann", "Bo", "Cy", "Dee"), 1)]
PATHS = {
    "first start": WritePath(lambda _: None, _changed(Enrol("Ann", 1))),
    "enrol": WritePath(_with(), _changed(*[Enrol(name, n) for n, name in enumerate(("Ann", "Bo", "Ann", "Cy"), 1)])),
    "forget": WritePath(_with(*_OLD), _changed(Forget("Bo"), Forget("Ann"), Forget("Dee"))),
    "rename and merge": WritePath(
        _with(*_OLD), _changed(Rename("Ann", "Eli"), Merge("Bo", "Cy"), Merge("Dee", "Eli"))
    ),
    "migration from 1": WritePath(_of_schema(1), _changed()),
    "migration from 2": WritePath(_of_schema(2), _changed()),
    "restore": WritePath(_with(*_OLD), _changed(Restore("Flo", 7), Enrol("Ann", 8), Restore("Eli", 9))),
    "restore of a backup": WritePath(_with(*_OLD), _backed_up),
    "recovery": WritePath(_half_committed, _changed()),
}


def seed_of(name: str) -> int:
    """A number that is the same in each run."""
    return zlib.crc32(name.encode())
