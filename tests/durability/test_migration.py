# SPDX-License-Identifier: Apache-2.0
"""A migration that is interrupted leaves the old schema or the new one, whole, and all people."""

import contextlib
import random
import sqlite3

import pytest
from support_changes import FILE, found, opened, put
from support_cuts import PATHS, record
from support_disk import Disk
from support_tape import Tape, taped

from daemon.gallery.schema import MIGRATIONS
from daemon.storage.schema import known_version

VERSIONS = range(len(MIGRATIONS))


def prepare(version, folder):
    if version:
        PATHS[f"migration from {version}"].prepare(folder)


def whole(files, folder):
    """The version of the schema that is left. Raises StorageCorrupt if its tables are not those of the version."""
    with contextlib.closing(sqlite3.connect(put(files, folder) / FILE)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return known_version(connection, folder / FILE, MIGRATIONS)


def steps(version):
    """The schemas that are passed; a new file gets its name once it is complete."""
    return set(range(version, len(MIGRATIONS) + 1)) if version else {0, len(MIGRATIONS)}


def test_there_is_a_way_from_each_schema():
    assert {f"migration from {version}" for version in VERSIONS if version} <= set(PATHS)


@pytest.mark.parametrize("version", VERSIONS)
def test_stopped_at_any_statement_it_is_done_or_not_begun(version, memory):
    prepare(version, put({}, memory / "made"))
    before, reached = {file.name: file.read_bytes() for file in (memory / "made").iterdir()}, set()
    wanted = found(memory / "made")
    for number in range(1, 1000):
        folder = put(before, memory / "state")
        tape = Tape(folder, failing="statement", first=number, last=number)
        with taped(tape):
            try:
                opened(folder).close()
            except sqlite3.OperationalError:
                interrupted = True
            else:
                interrupted = False
        reached.add(whole(tape.disk.files(), memory / "left"))
        assert found(folder) == wanted
        if not interrupted:
            break
    assert number > 10
    assert reached == steps(version)


@pytest.mark.parametrize("version", VERSIONS)
def test_cut_off_after_any_write_it_is_done_or_not_begun(version, memory):
    path = PATHS[f"migration from {version}"] if version else PATHS["first start"]
    recording = record(path, memory)
    disk, rng, reached = Disk(recording.before), random.Random(version), set()
    for operation in recording.operations:
        disk.apply(operation)
        reached |= {whole(disk.cut(rng), memory / "left") for _ in range(5)}
    assert reached == steps(version)
