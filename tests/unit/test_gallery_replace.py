# SPDX-License-Identifier: Apache-2.0
"""Another gallery in the place of the one in use, as a restore puts it."""

import contextlib
import threading

import pytest
from support_gallery import axis, contents, embedding, names, seen

from daemon.errors import StorageCorrupt, StorageError
from daemon.gallery.store import Store
from daemon.gallery.stored import Sample, StoredGroup, StoredPerson
from daemon.storage import database, files

AT = "2026-11-21T19:30:02.113Z"
ZOE = StoredPerson("zoe-id", "Zoe", "zoe", AT, AT)


def zoes(axis_number=7, person=ZOE):
    """A build of a gallery of one person."""

    def build(path, _):
        with contextlib.closing(Store(path)) as store, store.transaction() as writer:
            writer.save_person(person)
            vector = axis(axis_number).astype("<f4").tobytes()
            writer.add_samples([Sample("z1", person.id, "positive", "test-model-1", vector, 0.8, "upload", AT)])
            writer.save_group(StoredGroup("g1", "Cats", "cats", AT, frozenset({person.id})))

    return build


def left(path):
    return sorted(name.name for name in path.parent.iterdir())


@pytest.fixture
def gallery(open_gallery):
    gallery = open_gallery()
    gallery.enrol("Alice", [seen(1)], "upload")
    return gallery


def test_the_new_gallery_is_there_for_readers_writers_and_the_next_start(gallery, open_gallery, path):
    gallery.replace(zoes())
    assert names(gallery) == ["Zoe"]
    assert gallery.identify(embedding(7)).person.name == "Zoe"
    assert gallery.identify(embedding(1)).person is None
    gallery.enrol("Bob", [seen(2)], "upload")
    assert names(gallery) == ["Bob", "Zoe"]
    assert path.stat().st_mode & 0o777 == 0o600
    assert left(path) == ["gallery.db"]
    gallery.close()
    assert contents(open_gallery()) == contents(gallery)


def test_it_is_handed_what_the_gallery_holds(gallery):
    held = []
    gallery.replace(lambda path, now: (held.append(now.load()), zoes()(path, now)))
    assert [person.name for person in held[0].people] == ["Alice"]
    assert [sample.person_id for sample in held[0].samples] == [held[0].people[0].id]


def test_readers_go_on_and_an_enrolment_waits(gallery):
    building, go_on = threading.Event(), threading.Event()

    def build(path, now):
        building.set()
        assert go_on.wait(10)
        zoes()(path, now)

    replacing = threading.Thread(target=gallery.replace, args=[build])
    enrolling = threading.Thread(target=gallery.enrol, args=["Bob", [seen(2)], "upload"])
    replacing.start()
    assert building.wait(10)
    enrolling.start()
    assert gallery.identify(embedding(1)).person.name == "Alice"
    assert names(gallery) == ["Alice"]
    go_on.set()
    for thread in (replacing, enrolling):
        thread.join(10)
    assert names(gallery) == ["Bob", "Zoe"]
    assert gallery.identify(embedding(2)).person.name == "Bob"


class Whim(Exception):
    """A builder that gives up."""


def half(path, _):
    with contextlib.closing(Store(path)) as store, store.transaction() as writer:
        writer.save_person(ZOE)
        raise Whim


def damaged(path, now):
    zoes()(path, now)
    data = bytearray(path.read_bytes())
    data[data.index(b"zoe-id")] ^= 1
    path.write_bytes(data)


def no_gallery(path, _):
    path.write_bytes(b"not a database")


@pytest.mark.parametrize(
    ("build", "error"),
    [
        (half, Whim),
        (damaged, StorageCorrupt),
        (no_gallery, StorageCorrupt),
    ],
)
def test_one_that_cannot_be_right_changes_nothing(gallery, open_gallery, path, build, error):
    before = path.read_bytes(), contents(gallery)
    with pytest.raises(error):
        gallery.replace(build)
    assert (path.read_bytes(), contents(gallery)) == before
    assert left(path) == ["gallery.db"]
    gallery.enrol("Bob", [seen(2)], "upload")
    assert contents(open_gallery()) == contents(gallery)


def failing(monkeypatch, when):
    """A disk that cannot sync what `when` says."""
    synced = files._sync

    def sync(path):
        if when(path):
            raise OSError(5, "Input/output error")
        synced(path)

    monkeypatch.setattr(files, "_sync", sync)


def test_a_disk_that_cannot_rename_changes_nothing(gallery, open_gallery, path, monkeypatch):
    before = contents(gallery)
    with monkeypatch.context() as patch:
        failing(patch, lambda synced: synced.name == "gallery.db.new")
        with pytest.raises(StorageError, match="cannot be replaced"):
            gallery.replace(zoes())
    assert contents(gallery) == before
    gallery.enrol("Bob", [seen(2)], "upload")
    assert names(gallery) == ["Alice", "Bob"]
    assert left(path) == ["gallery.db"]
    assert contents(open_gallery()) == contents(gallery)


def test_where_it_was_renamed_all_the_same_the_file_is_right(gallery, open_gallery, path, monkeypatch):
    with monkeypatch.context() as patch:
        failing(patch, lambda synced: synced.is_dir() and left(path) == ["gallery.db"])
        with pytest.raises(StorageError):
            gallery.replace(zoes())
    gallery.enrol("Bob", [seen(2)], "upload")
    assert names(gallery) == ["Bob", "Zoe"]
    assert contents(open_gallery()) == contents(gallery)


def test_a_file_that_could_not_be_opened_again_is_when_it_can(gallery, monkeypatch):
    opened = database.Database._open

    def fails(self):
        if self.path.name == "gallery.db":
            raise StorageError("too many open files")
        opened(self)

    with monkeypatch.context() as patch:
        patch.setattr(database.Database, "_open", fails)
        with pytest.raises(StorageError, match="too many open files"):
            gallery.replace(zoes())
        with pytest.raises(StorageError, match="too many open files"):
            gallery.enrol("Bob", [seen(2)], "upload")
        assert gallery.identify(embedding(1)).person.name == "Alice"
    gallery.enrol("Bob", [seen(2)], "upload")
    assert names(gallery) == ["Bob", "Zoe"]


def test_what_a_power_cut_left_of_it_is_gone_at_the_next_start(open_gallery, path):
    beside = path.with_name("gallery.db.new")
    zoes()(beside, None)
    path.with_name("gallery.db.new-journal").write_bytes(b"a half")
    assert names(open_gallery()) == []
    assert left(path) == ["gallery.db"]


def test_who_was_merged_is_still_followed_unless_they_are_there_again(gallery):
    gallery.enrol("Bob", [seen(2)], "upload")
    bob, alice = gallery.find("Bob"), gallery.find("Alice")
    gallery.merge("Bob", "Alice")
    gallery.replace(zoes(1, StoredPerson(alice.id, "Alice", "alice", AT, AT)))
    assert gallery.person(bob.id) == alice
    gallery.replace(zoes(2, StoredPerson(bob.id, "Bob", "bob", AT, AT)))
    assert gallery.person(bob.id) == bob
