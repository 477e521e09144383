# SPDX-License-Identifier: Apache-2.0
"""What is kept of visits beside them: faces, decisions, reasons; and that it goes when it must."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support_visits import ALICE, BOB, NOW, around, event, face, visit, why

from daemon import decisions, history
from daemon.clock import FakeClock
from daemon.decisions import explanation
from daemon.events_db import FILE, MIGRATIONS, open_event_store
from daemon.faces import store as face_store
from daemon.faces.store import _face, _packed
from daemon.history import COLUMNS
from daemon.types import Outcome, Person, Photo
from daemon.vision import decode

MONTH, DAY = timedelta(days=30), timedelta(days=1)
STRANGER = face([around(2, i) for i in range(15)])


@pytest.fixture
def clock():
    return FakeClock(NOW)


@pytest.fixture
def store(tmp_path, clock):
    store, _ = open_event_store(tmp_path, clock)
    yield store
    store.close()


def record(store, person=None, **changes):
    seen = visit(person, face=STRANGER, **changes)
    store.record(seen, max_unknowns=500)
    return seen.sighting_id


def faces(store):
    return [seen.sighting_id for seen in store.faces.recent(99)]


class TestMigration:
    def test_an_old_file_keeps_its_visits(self, tmp_path, clock):
        old = sqlite3.connect(tmp_path / FILE)
        old.executescript(f"BEGIN; {MIGRATIONS[0]}; PRAGMA user_version=1; COMMIT;")
        row = ("5e1", "main", "a", "Alice", "identified", "2026-11-21T19:30:02.113Z", "2026-11-21T19:30:08.113Z")
        old.execute(f"INSERT INTO visit ({COLUMNS}) VALUES (?,?,?,?,?,?,?,70,0.7,0.3,0.8,1,0)", row)
        old.commit()
        old.close()
        store, aside = open_event_store(tmp_path, clock)
        assert aside is None
        (kept,) = store.history.recent(9)
        assert (kept.sighting_id, kept.person) == ("5e1", ALICE)
        assert store.history.find("5e1") == (kept, None)
        assert store.faces.find("5e1") is None
        record(store)
        assert len(store.history.recent(9)) == 2
        store.close()


class TestFaces:
    def test_a_face_comes_back_nearly_as_it_was(self, store):
        sighting_id = record(store)
        kept = store.faces.find(sighting_id)
        assert kept.model_id == STRANGER.model_id
        for then, now in zip(STRANGER.moments, kept.moments, strict=True):
            assert now.after_s == pytest.approx(then.after_s)
            assert now.quality == pytest.approx(then.quality)
            assert np.linalg.norm(now.vector) == pytest.approx(1, abs=1e-6)
            assert float(now.vector @ then.vector) > 0.9998

    def test_the_crop_of_a_stranger_is_a_picture(self, store):
        pixels = decode(Photo("crop", store.faces.crop(record(store))))
        assert pixels.shape == (112, 112, 3)
        assert np.abs(pixels.astype(int) - STRANGER.crop).mean() < 12

    def test_there_is_no_crop_of_who_is_known(self, store):
        sighting_id = record(store, ALICE)
        assert store.faces.crop(sighting_id) is None
        assert store.faces.find(sighting_id) is not None

    def test_a_visit_without_a_face_is_kept_without(self, store):
        store.record(visit(None), max_unknowns=500)
        assert faces(store) == []
        assert len(store.history.recent(9)) == 1

    def test_they_are_listed_newest_first_and_by_outcome(self, store):
        known, unknown = record(store, ALICE), record(store)
        assert faces(store) == [unknown, known]
        assert [seen.sighting_id for seen in store.faces.recent(9, Outcome.UNKNOWN)] == [unknown]
        assert store.faces.recent(1)[0].face is not None

    def test_of_too_many_strangers_the_oldest_go_and_the_visits_stay(self, store):
        known = record(store, ALICE)
        visits = [visit(None, face=STRANGER) for _ in range(5)]
        for each in visits:
            store.record(each, max_unknowns=3)
        assert faces(store) == [*(each.sighting_id for each in visits[:1:-1]), known]
        assert len(store.history.recent(99)) == 6

    def test_of_too_many_known_visits_the_oldest_go(self, store, monkeypatch):
        monkeypatch.setattr(face_store, "KEPT_KNOWN", 2)
        unknown = record(store)
        known = [record(store, ALICE) for _ in range(4)]
        assert faces(store) == [known[3], known[2], unknown]

    def test_a_visit_that_was_named_has_no_crop_any_more(self, store):
        sighting_id = record(store)
        store.assign([sighting_id], ALICE)
        (kept,) = store.history.recent(9)
        assert (kept.person, kept.outcome) == (ALICE, Outcome.IDENTIFIED)
        assert store.faces.crop(sighting_id) is None
        assert store.faces.find(sighting_id) is not None

    def test_a_visit_may_become_unknown(self, store):
        sighting_id = record(store, ALICE)
        store.assign([sighting_id], None)
        (kept,) = store.history.recent(9)
        assert (kept.person, kept.outcome) == (None, Outcome.UNKNOWN)

    @given(st.binary(max_size=64), st.integers(0, 3))
    def test_what_the_disk_changed_is_no_face_or_one_of_unit_vectors(self, data, count):
        found = _face("test-1", count, data)
        for moment in found.moments if found else ():
            assert np.linalg.norm(moment.vector) == pytest.approx(1, abs=1e-5)

    @given(st.integers(0, 15 * (8 + 32) * 8 - 1))
    def test_a_flipped_bit_is_no_error(self, bit):
        packed = bytearray(_packed(STRANGER.moments))
        packed[bit // 8] ^= 1 << bit % 8
        found = _face("test-1", 15, bytes(packed))
        assert found is None or len(found.moments) == 15

    def test_the_byte_changes_similarities_by_little(self):
        random = np.random.default_rng(5)
        vectors = random.normal(size=(15, 192)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        kept = np.array([moment.vector for moment in _face("m", 15, _packed(face(vectors).moments)).moments])
        assert np.abs(kept @ vectors.T - vectors @ vectors.T).max() < 0.003


class TestPrivacy:
    def test_faces_go_sooner_than_visits(self, store, clock):
        for _ in range(5):
            record(store, ended_at=clock.now())
            clock.advance(DAY.total_seconds())
        assert store.prune(MONTH, timedelta(days=2.5)) == 0
        assert len(faces(store)) == 2
        assert len(store.history.recent(9)) == 5

    def test_switched_off_all_faces_go_also_without_a_clock(self, store, clock, monkeypatch):
        record(store)
        record(store, ALICE)
        monkeypatch.setattr(clock, "synced", lambda: False)
        store.prune(MONTH, timedelta(0))
        assert faces(store) == []
        assert len(store.history.recent(9)) == 2

    def test_faces_go_with_their_visits(self, store, clock):
        record(store)
        clock.advance(MONTH.total_seconds() + 60)
        assert store.prune(MONTH, timedelta(days=60)) == 1
        assert faces(store) == []

    def test_nothing_of_a_forgotten_person_is_left_in_the_files(self, store, tmp_path):
        vectors = [around(5, i) for i in range(15)]
        mark = "7d9f3c52-aaaa-4bbb-8ccc-1234567890ab"
        carol = Person(mark, "Carol Unheard-of")
        other = event(ALICE, why=why(ALICE, carol))
        for number in range(20):
            seen = visit(carol, face=face(vectors), why=why(carol, ALICE))
            store.record(seen, max_unknowns=9)
            store.decide(event(carol, sighting_id=seen.sighting_id))
            store.decide(replace(other, event_id=f"e{number}"))
        needle = _packed(face(vectors).moments)[-32:]
        before = b"".join(path.read_bytes() for path in tmp_path.iterdir())
        assert needle in before
        store.forget(mark)
        after = b"".join(path.read_bytes() for path in tmp_path.iterdir())
        assert needle not in after
        assert mark.encode() not in after
        assert b"Unheard-of" not in after
        assert store.decisions.find("e3").why.identification.candidates[1].person.id == ""

    def test_nothing_of_a_face_that_was_forgotten_is_left_in_the_files(self, store, tmp_path):
        sighting_id = record(store)
        crop = store.faces.crop(sighting_id)
        needle = _packed(STRANGER.moments)[-32:]
        store.forget_faces([sighting_id])
        left = b"".join(path.read_bytes() for path in tmp_path.iterdir())
        assert needle not in left
        assert crop[200:300] not in left
        assert len(store.history.recent(9)) == 1

    def test_who_was_forgotten_before_the_visit_was_written_leaves_no_face(self, store):
        store.record(visit(ALICE, face=STRANGER, why=why(ALICE)), lambda _: None, 500)
        store.decide(event(ALICE, event_id="e1"), lambda _: None)
        ((seen, reasons),) = [store.history.find(kept.sighting_id) for kept in store.history.recent(9)]
        assert (seen.person, reasons) == (None, None)
        assert faces(store) == []
        assert store.decisions.find("e1") is None

    def test_who_was_forgotten_while_in_view_leaves_no_face(self, store):
        # The visitor was told to be Alice; since she was forgotten, the visit is nobody's.
        ended = visit(None, face=face([around(1)]), why=why(ALICE))
        store.record(ended, lambda _: None)
        assert store.history.find(ended.sighting_id)[1] is None
        assert store.faces.find(ended.sighting_id) is None

    def test_who_was_forgotten_before_it_was_written_is_in_no_reasons(self, store):
        now = {"a": ALICE}.get
        seen = visit(ALICE, why=why(ALICE, BOB))
        store.record(seen, now)
        kept = explanation(store.history.find(seen.sighting_id)[1])
        assert [match.person.id for match in kept.identification.candidates] == ["a", ""]


class TestDecisions:
    def test_they_come_back_as_they_were(self, store):
        told = event(BOB, sighting_id="5e1", retracts="e0")
        store.decide(told)
        (kept,) = store.decisions.of("5e1")
        assert kept == store.decisions.find(told.event_id)
        assert (kept.event_type, kept.person_id, kept.votes) == (told.event_type, "b", (3, 3))
        assert (kept.captured_at, kept.retracts, kept.similarity) == (NOW, "e0", 0.71)
        assert kept.why.rule is told.why.rule
        assert kept.why.observations == told.why.observations
        assert [match.required for match in kept.why.identification.candidates] == [0.58, 0.58]

    def test_there_are_never_more_than_a_bound(self, store, monkeypatch):
        monkeypatch.setattr(decisions, "KEPT", 3)
        for number in range(5):
            store.decide(event(event_id=f"e{number}"))
        store.prune(MONTH, MONTH)
        assert [bool(store.decisions.find(f"e{number}")) for number in range(5)] == [False, False, True, True, True]

    def test_they_go_with_their_visits(self, store, clock):
        for number, days in enumerate([0, 20, 11]):
            seen = visit(None, clock.now())
            store.decide(event(None, event_id=f"e{number}", sighting_id=seen.sighting_id))
            store.record(seen)
            clock.advance(timedelta(days=days).total_seconds())
        assert store.prune(MONTH, DAY) == 2
        assert [bool(store.decisions.find(f"e{number}")) for number in range(3)] == [False, False, True]

    def test_a_merge_is_followed_everywhere(self, store):
        told = event(ALICE, why=why(ALICE, BOB))
        store.decide(told)
        seen = visit(ALICE, why=why(ALICE, BOB))
        store.record(seen)
        store.relabel("a", Person("c", "Carol"))
        kept = store.decisions.find(told.event_id)
        assert kept.person_id == "c"
        for reasons in (kept.why, explanation(store.history.find(seen.sighting_id)[1])):
            assert [match.person.id for match in reasons.identification.candidates] == ["c", "b"]
            assert {noted.person_id for noted in reasons.observations} == {"c"}

    def test_a_forgotten_persons_are_gone_also_what_was_told_before(self, store):
        seen = visit(ALICE)
        store.decide(event(None, event_id="e1", sighting_id=seen.sighting_id))
        store.decide(event(ALICE, event_id="e2", sighting_id=seen.sighting_id))
        store.decide(event(None, event_id="e3", why=why(ALICE, reason="below_threshold")))
        store.record(seen)
        store.forget("a")
        assert store.decisions.find("e1") is None
        assert store.decisions.find("e2") is None
        assert store.decisions.find("e3").why.identification.candidates[0].person.id == ""


class TestReasons:
    def test_of_a_visit_they_come_back(self, store):
        seen = visit(ALICE, why=why(ALICE, BOB))
        store.record(seen)
        kept, reasons = store.history.find(seen.sighting_id)
        assert kept == seen
        assert explanation(reasons).observations == seen.why.observations

    def test_only_so_many_are_kept(self, store, monkeypatch):
        monkeypatch.setattr(history, "EXPLAINED", 2)
        visits = [visit(None, why=why(ALICE, reason="below_threshold")) for _ in range(4)]
        for each in visits:
            store.record(each)
        store.prune(MONTH, MONTH)
        assert [store.history.find(each.sighting_id)[1] is None for each in visits] == [True, True, False, False]


def test_visits_can_be_chosen(store):
    for person in (ALICE, None, BOB, ALICE, Person("c", "Postman", familiar=True)):
        store.record(visit(person))
    recent = store.history.recent
    assert [seen.person for seen in recent(9, person_id="a")] == [ALICE, ALICE]
    assert [seen.person for seen in recent(9, outcome=Outcome.FAMILIAR)] == [Person("c", "Postman", familiar=True)]
    assert [seen.person for seen in recent(9, outcome=Outcome.UNKNOWN)] == [None]
    assert len(recent(9, before=recent(9)[1].sighting_id, person_id="a")) == 1


def test_a_merge_into_somebody_familiar_makes_the_visits_so(store):
    store.record(visit(ALICE))
    store.relabel("a", Person("c", "Postman", familiar=True))
    assert store.history.recent(9)[0].outcome is Outcome.FAMILIAR
