# SPDX-License-Identifier: Apache-2.0
import os
import random
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from daemon.errors import CameraError, NoSuchPath, StateFolderBusy, StorageCorrupt, StorageError
from daemon.storage import StateFolder, database, open_disposable, open_precious

NOW = datetime(2026, 11, 21, 19, 30, tzinfo=UTC)
ONE = ("CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT; CREATE INDEX by_text ON note (text)",)
TWO = (*ONE, "ALTER TABLE note ADD COLUMN stars INTEGER NOT NULL DEFAULT 0; INSERT INTO note (text) VALUES ('two')")
ROOT = Path(__file__).parents[2]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "test.db"


@pytest.fixture
def db(path):
    opened = open_precious(path, ONE)
    yield opened
    opened.close()


def add(db, *texts):
    with db.transaction() as tx:
        for text in texts:
            tx.insert("INSERT INTO note (text) VALUES (?)", (text,))


def texts(db):
    return [text for (text,) in db.query("SELECT text FROM note ORDER BY id")]


def written(path, *notes):
    """A database that is closed and holds these."""
    db = open_precious(path, ONE)
    add(db, *notes)
    db.close()
    return path.read_bytes()


def run(script, *arguments, **kwargs):
    """A Python of its own, with whod on its path."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        **kwargs,
    )


# Transactions


def test_what_was_committed_is_there_after_opening_again(path):
    written(path, "a", "b")
    db = open_precious(path, ONE)
    assert texts(db) == ["a", "b"]
    db.close()


def test_a_transaction_tells_rows_and_rowids(db):
    with db.transaction() as tx:
        assert tx.insert("INSERT INTO note (text) VALUES ('a')") == 1
        assert tx.insert("INSERT INTO note (text) VALUES ('b')") == 2
        assert tx.execute("UPDATE note SET text = 'c'") == 2
        assert tx.query("SELECT text FROM note") == [("c",), ("c",)]


def add_and_fail(db, error):
    with db.transaction() as tx:
        tx.insert("INSERT INTO note (text) VALUES ('lost')")
        raise error


@pytest.mark.parametrize("error", [ValueError("a bug"), CameraError("gone"), NoSuchPath("none"), KeyboardInterrupt()])
def test_an_error_in_a_transaction_takes_all_back_and_comes_out_as_it_is(db, error):
    add(db, "kept")
    with pytest.raises(type(error)) as raised:
        add_and_fail(db, error)
    assert raised.value is error
    assert texts(db) == ["kept"]
    add(db, "after")


def test_a_fault_in_our_own_sql_is_a_bug_not_the_worlds(db):
    with pytest.raises(sqlite3.IntegrityError):
        add(db, None)
    with pytest.raises(sqlite3.OperationalError):
        db.query("SELEKT 1")
    db.close()
    with pytest.raises(sqlite3.ProgrammingError):
        db.query("SELECT 1")


def test_threads_take_turns(db):
    threads = [threading.Thread(target=add, args=(db, str(n), str(n))) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = texts(db)
    assert sorted(found) == sorted(2 * [str(n) for n in range(8)])
    assert found[::2] == found[1::2]


def test_nothing_is_for_others_to_read(path, db):
    with db.transaction() as tx:
        tx.insert("INSERT INTO note (text) VALUES ('a')")
        for file in path.parent.iterdir():
            assert file.stat().st_mode & 0o777 == 0o600


def test_little_of_a_file_is_kept_in_memory(db):
    assert db.query("PRAGMA cache_size") == [(-512,)], "in KiB; SQLite's own would be 2000 for each file"


def test_the_precious_are_written_the_safe_way(db):
    pragmas = ("journal_mode", "synchronous", "secure_delete", "foreign_keys")
    assert [db.query(f"PRAGMA {name}")[0][0] for name in pragmas] == ["delete", 3, 1, 1]


def test_what_is_deleted_leaves_no_trace_in_the_file(path, db):
    add(db, "a secret name", "another")
    assert b"a secret name" in path.read_bytes()
    with db.transaction() as tx:
        tx.execute("DELETE FROM note WHERE text = 'a secret name'")
    assert b"a secret name" not in path.read_bytes()


# Schema


def test_migrations_run_once_and_in_order(path):
    written(path, "one")
    for _ in range(2):
        db = open_precious(path, TWO)
        assert db.query("SELECT text, stars FROM note") == [("one", 0), ("two", 0)]
        assert db.query("PRAGMA user_version") == [(2,)]
        db.close()


@pytest.mark.parametrize(
    "fault", ["INSERT INTO note (text) VALUES (NULL)", "INSERT INTO nowhere VALUES (1)", "CREATE TABLE"]
)
def test_a_migration_that_fails_leaves_the_old_schema(path, fault):
    written(path, "one")
    with pytest.raises(sqlite3.DatabaseError):
        open_precious(path, (*ONE, f"ALTER TABLE note ADD COLUMN stars INTEGER; {fault}"))
    db = open_precious(path, ONE)
    assert db.query("SELECT * FROM note") == [(1, "one")]
    assert db.query("PRAGMA user_version") == [(1,)]
    db.close()


@pytest.mark.parametrize("opener", [open_precious, lambda path, migrations: open_disposable(path, migrations, NOW)])
def test_a_newer_schema_is_refused_and_left_alone(path, opener):
    open_precious(path, TWO).close()
    before = path.read_bytes()
    with pytest.raises(StorageError, match=r"newer whod \(schema 2, this one knows 1\): update whod") as refused:
        opener(path, ONE)
    assert not isinstance(refused.value, StorageCorrupt)
    assert path.read_bytes() == before


def test_somebody_elses_database_is_refused_and_left_alone(path):
    theirs = sqlite3.connect(path)
    theirs.execute("CREATE TABLE note (text)")
    theirs.close()
    before = path.read_bytes()
    with pytest.raises(StorageCorrupt, match="tables are not whod's"):
        open_precious(path, ONE)
    assert path.read_bytes() == before


# The world


def test_a_database_locked_by_another_program_says_so_and_keeps_what_it_has(path, db, monkeypatch):
    add(db, "kept")
    db._connection.execute("PRAGMA busy_timeout=20")
    other = sqlite3.connect(path)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StorageError, match="locked by another program: close that and try again"):
        add(db, "refused")
    monkeypatch.setattr(database, "_BUSY_MS", 20)
    with pytest.raises(StorageError, match="locked"):
        open_precious(path, ONE)
    other.close()
    assert texts(db) == ["kept"]
    add(db, "later")


def test_a_reader_that_stands_in_the_way_of_the_commit_takes_all_back(path, db):
    add(db, "kept")
    db._connection.execute("PRAGMA busy_timeout=20")
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM note").fetchall()
    with pytest.raises(StorageError, match="locked"):
        add(db, "refused")
    reader.close()
    assert texts(db) == ["kept"]
    add(db, "later")


def test_a_full_disk_takes_all_back(db):
    add(db, "kept")
    (pages,) = db.query("PRAGMA page_count")[0]
    db.query(f"PRAGMA max_page_count={pages}")
    with pytest.raises(StorageError, match="disk is full: free some space"):
        add(db, "small", "x" * 20_000)
    assert texts(db) == ["kept"]
    db.query(f"PRAGMA max_page_count={pages + 100}")
    add(db, "x" * 20_000)


def test_a_write_that_the_system_refuses_takes_all_back(path):
    before = written(path, "kept")
    script = """
        import resource, sys
        from pathlib import Path
        from daemon.errors import StorageError
        from daemon.storage import open_precious
        path = Path(sys.argv[1])
        db = open_precious(path, eval(sys.argv[2]))
        resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size, resource.RLIM_INFINITY))
        try:
            with db.transaction() as tx:
                tx.insert("INSERT INTO note (text) VALUES (?)", ("x" * 40_000,))
        except StorageError as error:
            print(error)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert db.query("SELECT text FROM note") == [("kept",)]
        db.close()
    """
    done = run(script, path, ONE)
    assert done.returncode == 0, done.stderr
    assert "cannot be written, the disk is full for whod, which may make no larger files: raise" in done.stdout
    assert len(path.read_bytes()) == len(before)
    db = open_precious(path, ONE)
    assert texts(db) == ["kept"]
    db.close()


READ_ONLY = """
    import os, sys, tempfile
    from pathlib import Path
    from daemon.errors import StorageError
    from daemon.storage import open_precious
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "state"
        folder.mkdir()
        path, migrations = folder / "test.db", eval(sys.argv[1])
        if sys.argv[2] == "written":
            open_precious(path, migrations).close()
            before = path.read_bytes()
        os.chmod(name, 0o755)
        os.chmod(folder, 0o000 if sys.argv[2] == "closed" else 0o555)
        if os.geteuid() == 0:
            if path.exists():
                os.chown(path, 65534, 65534)
            os.seteuid(65534)
        try:
            db = open_precious(path, migrations)
            with db.transaction() as tx:
                tx.insert("INSERT INTO note (text) VALUES ('refused')")
        except StorageError as error:
            print(error)
        if os.getuid() == 0:
            os.seteuid(0)
        os.chmod(folder, 0o755)
        if path.exists():
            assert path.read_bytes() == before
"""


@pytest.mark.parametrize("file", ["missing", "written", "closed"])
def test_a_folder_that_may_not_be_written_says_so(file):
    done = run(READ_ONLY, ONE, file)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1
    assert "writable for the user whod runs as" in done.stdout or "check that its folder" in done.stdout


@pytest.mark.parametrize("name", ["missing/test.db", "."])
def test_a_path_that_cannot_be_a_database_says_so(tmp_path, name):
    with pytest.raises(StorageError, match=r"cannot be opened \(.+\): check that its folder is there"):
        open_precious(tmp_path / name, ONE)


# Damage


def flipped(data, bit):
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def header_of_another_page_size(data):
    return data[:16] + b"\x02\x00" + data[18:]


DAMAGE = {
    "random bytes": lambda data: random.Random(1).randbytes(len(data)),
    "text": lambda data: b"this is no database\n" * (len(data) // 20),
    "header": lambda data: flipped(data, 3),
    "page size": header_of_another_page_size,
    "schema format": lambda data: flipped(data, 47 * 8 + 3),
    "schema text": lambda data: data.replace(b"CREATE TABLE note", b"CREATE TABLE n\xffte"),
    "column name": lambda data: data.replace(b"text TEXT", b"test TEXT"),
    "schema version": lambda data: flipped(data, 63 * 8),
    "nothing left": lambda _: b"",
    "cut in half": lambda data: data[: len(data) // 2],
    "cut in a page": lambda data: data[:-100],
    "zeroed page": lambda data: data[:4096] + bytes(4096) + data[8192:],
    "index": lambda data: data[:8192] + data[8192:].replace(b"note 7", b"note !"),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_precious_file_is_refused_and_left_as_it_is(path, damage):
    good = written(path, *(f"note {n}" for n in range(200)))
    bad = damage(good)
    assert bad != good
    path.write_bytes(bad)
    sentence = (
        rf"^{path} is damaged.* It was left as it is; put a backup in its place, or move it away to begin anew.$"
    )
    with pytest.raises(StorageCorrupt, match=sentence):
        open_precious(path, ONE)
    assert path.read_bytes() == bad
    assert list(path.parent.iterdir()) == [path]


def test_a_journal_that_was_left_over_is_not_played_into_a_new_file(path):
    for name in ("test.db-journal", "test.db.new-journal", "test.db.new"):
        path.with_name(name).write_bytes(b"left over")
    db = open_precious(path, ONE)
    assert list(path.parent.iterdir()) == [path]
    db.close()


def test_a_file_that_could_not_be_begun_leaves_nothing(path, monkeypatch):
    def full(*_):
        raise StorageError("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr("daemon.storage.database.put_in_place", full)
        with pytest.raises(StorageError):
            open_precious(path, ONE)
    assert list(path.parent.iterdir()) == []


def test_any_flipped_bit_of_the_header_and_schema_is_found_or_harmless(path):
    good = written(path, "kept")
    used = good[:4096].rstrip(b"\0")
    for bit in random.Random(2).sample([*range(8 * 112), *range(8 * 3800, 8 * len(used))], 200):
        path.write_bytes(flipped(good, bit))
        try:
            db = open_precious(path, ONE)
        except StorageError:
            assert path.read_bytes() == flipped(good, bit), bit
        else:
            assert texts(db) == ["kept"], bit
            db.close()


def test_text_that_is_none_is_damage(path):
    data = written(path, "a note of some length")
    path.write_bytes(data.replace(b"a note of some length", b"a note \xff\xff some length"))
    db = open_precious(path, ONE)
    with pytest.raises(StorageCorrupt, match="damaged"):
        db.query("SELECT text FROM note")
    db.close()


# Disposable databases


def test_a_damaged_disposable_file_is_set_aside_and_begun_again(path):
    bad = random.Random(1).randbytes(20_000)
    path.write_bytes(bad)
    for suffix in ("-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).write_bytes(b"left over")
    db, aside = open_disposable(path, ONE, NOW)
    assert aside == path.with_name("test.db.damaged-20261121T193000")
    assert aside.read_bytes() == bad
    add(db, "new")
    db.close()
    assert sorted(path.parent.iterdir()) == [path, aside]
    db, aside = open_disposable(path, ONE, NOW)
    assert (texts(db), aside) == (["new"], None)
    db.close()


def test_what_cannot_be_set_aside_is_once_that_can_be(path):
    db, _ = open_disposable(path, ONE, NOW)
    add(db, "lost")
    aside = path.with_name("test.db.damaged-20261121T193000")
    (aside / "in the way").mkdir(parents=True)
    with pytest.raises(StorageError, match="is damaged and cannot be set aside"):
        db.begin_anew(NOW)
    assert texts(db) == ["lost"]
    (aside / "in the way").rmdir()
    aside.rmdir()
    assert db.begin_anew(NOW) == aside
    assert texts(db) == []
    db.close()


def test_a_disposable_database_needs_no_shared_memory(path):
    for _ in range(2):
        opened, _ = open_disposable(path, ONE, NOW)
        add(opened, "one")
        assert {file.name for file in path.parent.iterdir()} == {"test.db", "test.db-wal"}
        opened.close()


def test_a_disposable_database_that_is_locked_is_not_set_aside(path, monkeypatch):
    db, _ = open_disposable(path, ONE, NOW)
    add(db, "kept")
    db.close()
    monkeypatch.setattr(database, "_BUSY_MS", 20)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA locking_mode=EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StorageError, match="locked"):
        open_disposable(path, ONE, NOW)
    other.close()
    assert list(path.parent.iterdir()) == [path]


# The state folder


def test_a_state_folder_is_made_private(tmp_path):
    with StateFolder(tmp_path / "a" / "state") as folder:
        assert folder.path.stat().st_mode & 0o777 == 0o700
        assert all(file.stat().st_mode & 0o777 == 0o600 for file in folder.path.iterdir())
        assert folder.socket == folder.path / "whod.sock"


def test_a_state_folder_has_one_owner_at_a_time(tmp_path):
    with StateFolder(tmp_path), pytest.raises(StateFolderBusy, match="in use by another whod: stop that one first"):
        StateFolder(tmp_path)
    StateFolder(tmp_path).close()


OWNER = """
    import sys, time
    from pathlib import Path
    from daemon.storage import StateFolder
    folder = StateFolder(Path(sys.argv[1]))
    print("owned", flush=True)
    time.sleep(30)
"""


def test_a_lock_goes_with_its_process_however_that_ends(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(OWNER), str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout.readline() == "owned\n"
        with pytest.raises(StateFolderBusy):
            StateFolder(tmp_path)
        os.kill(owner.pid, signal.SIGKILL)
    StateFolder(tmp_path).close()


def test_a_state_folder_that_cannot_be_made_says_so(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"cannot be used .*: name another with --state-dir"):
        StateFolder(tmp_path / "file" / "state")


def test_a_path_too_long_for_the_socket_is_refused(tmp_path):
    with pytest.raises(StorageError, match="too long"):
        StateFolder(tmp_path / ("x" * 100))
