# SPDX-License-Identifier: Apache-2.0
"""Deleted samples and merges are undone, as if they had never been."""

import contextlib
import sqlite3
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support_samples import ANN, BO, CY, NEGATIVE, SETTINGS, aside, counts, enrol, picture, pictures, view

from daemon.clock import FakeClock
from daemon.errors import LastSample, NameTaken, NoSuchUndo, StorageError
from daemon.gallery import Gallery, Traces
from daemon.types import RequestKey, UndoKind


@pytest.fixture
def gallery_settings():
    return SETTINGS


def undo(gallery, undo_id, follow=lambda *_: None):
    return gallery.undo(undo_id, follow)


def shown(gallery):
    """What people see of a gallery, but for when something was changed last."""
    people = [
        (p.id, p.name, p.familiar, p.groups, p.samples, p.negatives, p.created_at, gallery.samples(p.id))
        for p in gallery.people()
    ]
    return people, sorted(view(gallery)[1]), gallery.groups()


def test_a_deleted_sample_comes_back_with_its_picture(open_gallery, path):
    gallery = open_gallery()
    done = gallery.enrol("Ann", pictures(ANN, 2), "upload", titles=["a", "b"], pictures=[b"one", b"two"])
    before = shown(gallery)
    removal = gallery.delete_sample("Ann", done.sample_ids[0])
    assert removal.person == done.person
    assert removal.undo.until - removal.undo.made_at == timedelta(hours=24)
    assert counts(gallery) == {"Ann": (1, 0)}
    assert gallery.undos() == open_gallery().undos() == [removal.undo]
    assert (removal.undo.kind, removal.undo.gone) == (UndoKind.SAMPLE, done.sample_ids[0])
    assert undo(gallery, removal.undo.id) == done.person
    assert sorted(before[0][0][-1], key=lambda s: s.id) == sorted(gallery.samples("Ann"), key=lambda s: s.id)
    assert shown(gallery)[1:] == before[1:]
    assert gallery.picture("Ann", done.sample_ids[0]) == b"one"
    assert gallery.undos() == []
    with pytest.raises(NoSuchUndo):
        undo(gallery, removal.undo.id)
    assert view(open_gallery()) == view(gallery)


def test_a_counter_example_and_one_that_was_set_aside_come_back_as_they_were(open_gallery):
    gallery = open_gallery()
    enrol(gallery, "Ann", *pictures(ANN, 7))
    (negative,) = gallery.add_samples("Ann", NEGATIVE, [picture(BO)], "upload").sample_ids
    kept_aside = min(aside(gallery))
    before = shown(gallery)
    for sample_id in (negative, kept_aside):
        undo(gallery, gallery.delete_sample("Ann", sample_id).undo.id)
    assert aside(gallery) == {s.id for s in before[0][0][-1] if s.set_aside_at}
    assert counts(gallery) == {"Ann": (5, 1)}
    assert view(open_gallery()) == view(gallery)


def merged(gallery):
    """Ann and Bo, who have all that a person can have, made one; gives what was before, and the merge."""
    enrol(gallery, "Ann", *pictures(ANN, 4))
    gallery.enrol("Bo", pictures(BO, 4), "upload", pictures=[b"%d" % n for n in range(4)], force=True)
    # One that is a copy of the other's sample is deleted by the merge, the other is not.
    gallery.add_samples("Ann", NEGATIVE, [picture(BO, 1), picture(CY)], "upload", force=True)
    gallery.set_familiar("Bo", familiar=True)
    gallery.create_group("Family", ["Ann", "Bo"])
    gallery.create_group("Cleaners", ["Bo"])
    gallery.create_group("Ours", ["Ann"])
    before = shown(gallery)
    return before, gallery.merge("Bo", "Ann").undo


def test_a_merge_gives_back_all_that_was_there(open_gallery):
    gallery = open_gallery()
    before, merge = merged(gallery)
    assert (merge.kind, merge.gone, merge.person.name) == (UndoKind.MERGE, "Bo", "Ann")
    assert counts(gallery) == {"Ann": (5, 1)}
    (bo,) = (person for person in before[0] if person[1] == "Bo")
    told = []
    assert undo(gallery, merge.id, lambda *what: told.append(what)).id == bo[0]
    assert [(back.name, kept.name, traces) for back, kept, traces in told] == [("Bo", "Ann", Traces())]
    assert shown(gallery)[1:] == before[1:]
    for was, now in zip(before[0], shown(gallery)[0], strict=True):
        assert was[:-1] == now[:-1]
        assert sorted(was[-1], key=lambda s: s.id) == sorted(now[-1], key=lambda s: s.id)
    assert gallery.person(bo[0]).name == "Bo"
    assert gallery.identify(picture(BO, 2).embedding).person.name == "Bo"
    assert view(open_gallery()) == view(gallery)


def test_if_the_history_cannot_be_given_back_nothing_is(open_gallery):
    gallery = open_gallery()
    _, merge = merged(gallery)
    before = shown(gallery)

    def fails(*_):
        raise StorageError("the disk is full")

    with pytest.raises(StorageError):
        undo(gallery, merge.id, fails)
    assert shown(gallery) == shown(open_gallery()) == before
    assert undo(gallery, merge.id).name == "Bo"


def test_a_name_that_was_given_away_is_said(open_gallery):
    gallery = open_gallery()
    _, merge = merged(gallery)
    enrol(gallery, "BO", picture(CY, 3))
    with pytest.raises(
        NameTaken, match='There is another "BO" by now: rename that person first, then undo the merge'
    ):
        undo(gallery, merge.id)
    gallery.rename("BO", "Cy")
    assert undo(gallery, merge.id).name == "Bo"
    assert counts(gallery) == {"Ann": (4, 2), "Bo": (4, 0), "Cy": (1, 0)}


def test_what_was_enrolled_since_stays_with_the_other(open_gallery):
    gallery = open_gallery()
    _, merge = merged(gallery)
    (new,) = enrol(gallery, "Ann", picture(ANN, 20)).sample_ids
    undo(gallery, merge.id)
    assert counts(gallery) == {"Ann": (5, 2), "Bo": (4, 0)}
    assert new in {sample.id for sample in gallery.samples("Ann")}


def test_chains_are_undone_in_any_order(open_gallery):
    gallery = open_gallery()
    for name, who in (("Ann", ANN), ("Bo", BO), ("Cy", CY)):
        gallery.enrol(name, pictures(who, 2), "upload", request=RequestKey(name, "f"))
    sample_id = gallery.samples("Ann")[0].id
    deleted = gallery.delete_sample("Ann", sample_id).undo
    first = gallery.merge("Ann", "Bo").undo
    second = gallery.merge("Bo", "Cy").undo
    assert [each.id for each in gallery.undos()] == [second.id, first.id, deleted.id]
    assert undo(gallery, first.id).name == "Ann"
    assert counts(gallery) == {"Ann": (1, 0), "Cy": (4, 0)}
    assert undo(gallery, deleted.id).name == "Ann"
    assert undo(gallery, second.id).name == "Bo"
    assert counts(gallery) == {"Ann": (2, 0), "Bo": (2, 0), "Cy": (2, 0)}
    gallery.forget("Cy")
    for name in ("Ann", "Bo"):
        assert gallery.answered(RequestKey(name, "f")).person.name == name
    assert view(open_gallery()) == view(gallery)


def test_a_sample_that_was_deleted_after_a_merge_goes_back_to_whose_it_was(open_gallery):
    gallery = open_gallery()
    enrol(gallery, "Ann", *pictures(ANN, 2))
    theirs = enrol(gallery, "Bo", *pictures(BO, 2)).sample_ids
    merge = gallery.merge("Bo", "Ann").undo
    deleted = gallery.delete_sample("Ann", theirs[0]).undo
    undo(gallery, merge.id)
    assert undo(gallery, deleted.id).name == "Bo"
    assert counts(gallery) == {"Ann": (2, 0), "Bo": (2, 0)}


def test_when_the_time_is_over_nothing_is_left_to_undo(open_gallery, clock, path):
    gallery = open_gallery()
    first, _ = enrol(gallery, "Ann", *pictures(ANN, 2)).sample_ids
    removal = gallery.delete_sample("Ann", first)
    secret = first.encode()
    assert secret in path.read_bytes()
    clock.advance(24 * 3600 + 1)
    assert gallery.undos() == []
    with pytest.raises(NoSuchUndo):
        undo(gallery, removal.undo.id)
    gallery.create_group("Any")
    assert secret not in path.read_bytes()


def test_what_is_too_old_goes_at_the_next_start(open_gallery, clock, path):
    gallery = open_gallery()
    first, _ = enrol(gallery, "Ann", *pictures(ANN, 2)).sample_ids
    gallery.delete_sample("Ann", first)
    gallery.close()
    clock.advance(24 * 3600 + 1)
    open_gallery().close()
    assert first.encode() not in path.read_bytes()


class Wrong(FakeClock):
    """A clock that is not to be trusted."""

    def synced(self):
        return False


def test_a_wrong_clock_takes_nothing(open_gallery, path):
    gallery = open_gallery()
    first, _ = enrol(gallery, "Ann", *pictures(ANN, 2)).sample_ids
    removal = gallery.delete_sample("Ann", first)
    gallery.close()
    wrong = Wrong()
    wrong.advance(10**8)
    with contextlib.closing(Gallery.open(path, "test-model-1", SETTINGS, wrong)) as again:
        assert again.undos() == [removal.undo]
        assert undo(again, removal.undo.id).name == "Ann"


def test_where_the_clock_is_never_set_it_goes_after_so_many_hours_of_running(path):
    clock = Wrong()
    with contextlib.closing(Gallery.open(path, "test-model-1", SETTINGS, clock)) as gallery:
        enrol(gallery, "Ann", *pictures(ANN, 3), request=RequestKey("key-1", "print-1"))
        first, second = (sample.id for sample in gallery.samples("Ann")[:2])
        gallery.delete_sample("Ann", first)
        clock.advance(12 * 3600)
        removal = gallery.delete_sample("Ann", second)
        clock.advance(12 * 3600)
        assert gallery.undos() == [removal.undo]
        assert first.encode() in path.read_bytes()
        gallery.rename("Ann", "Anna")
        assert [each.id for each in gallery.undos()] == [removal.undo.id]
    left = path.read_bytes()
    assert first.encode() not in left
    assert b"key-1" not in left
    assert second.encode() in left


def test_where_nothing_is_to_be_undone_nothing_is_kept(open_gallery, path):
    gallery = open_gallery(undo_hours=0)
    _, merge = merged(gallery)
    assert merge is None
    assert gallery.undos() == []
    sample_id = gallery.samples("Ann")[0].id
    assert gallery.delete_sample("Ann", sample_id).undo is None
    assert sample_id.encode() not in path.read_bytes()


def test_a_disk_that_cannot_be_written_does_not_keep_it_from_opening(open_gallery, path, monkeypatch, caplog):
    gallery = open_gallery()
    enrol(gallery, "Ann", picture(ANN))
    monkeypatch.setattr("daemon.storage.database._BUSY_MS", 20)
    with contextlib.closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert counts(open_gallery()) == {"Ann": (1, 0)}
    assert "stays until the gallery can be written" in caplog.text


STEPS = st.lists(
    st.sampled_from(["enrol Ann", "enrol Bo", "not Ann", "delete Ann", "group", "familiar", "rename"]), max_size=8
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_whatever_was_before_a_merge_is_there_again(tmp_path_factory, steps):
    path = tmp_path_factory.mktemp("undo") / "gallery.db"
    clock = FakeClock()
    with contextlib.closing(Gallery.open(path, "test-model-1", SETTINGS, clock)) as gallery:
        enrol(gallery, "Ann", *pictures(ANN, 2))
        gallery.enrol("Bo", pictures(BO, 2), "upload")
        for number, step in enumerate(steps):
            clock.advance(1)
            take(gallery, step, number)
        before = shown(gallery)
        clock.advance(1)
        gone, kept = (person.id for person in gallery.people())
        undo(gallery, gallery.merge(gone, kept).undo.id)
        after = shown(gallery)
        assert [person[:-1] for person in after[0]] == [person[:-1] for person in before[0]]
        for was, now in zip(before[0], after[0], strict=True):
            assert {sample.id: sample for sample in was[-1]} == {sample.id: sample for sample in now[-1]}
        assert after[1:] == before[1:]


def take(gallery, step, number):
    names = [person.name for person in gallery.people()]
    match step.split():
        case ["enrol", "Ann"]:
            enrol(gallery, names[0], *pictures(ANN, 2, first=10 + 2 * number), force=True)
        case ["enrol", "Bo"]:
            enrol(gallery, names[1], *pictures(BO, 2, first=10 + 2 * number), force=True)
        case ["not", _]:
            gallery.add_samples(names[0], NEGATIVE, [picture(BO, 30 + number)], "upload", force=True)
        case ["delete", _]:
            with contextlib.suppress(LastSample):
                gallery.delete_sample(names[0], gallery.samples(names[0])[-1].id)
        case ["group"]:
            gallery.create_group(f"Group {number}", names[number % 2 :])
        case ["familiar"]:
            gallery.set_familiar(names[1], familiar=True)
        case ["rename"]:
            gallery.rename(names[0], f"A{number}")
