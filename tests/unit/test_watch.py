# SPDX-License-Identifier: Apache-2.0
"""When a sign becomes a trouble, whose scores fall, and the worker that tells of both."""

import itertools
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.clock import FakeClock
from daemon.errors import StorageError
from daemon.types import Frame, PartHealth, State
from daemon.watch import Hold, Lasting, Score, Waning, Windows, waning
from daemon.workers import PictureWatch, WatchWorker
from daemon.workers.picture import HOLDS

HOLD = {"a": Hold(60, 20), "b": Hold(100, 40)}
signs = st.lists(st.tuples(st.sampled_from([None, "a", "b"]), st.integers(1, 30)), max_size=60)
NOW = datetime(2026, 11, 21, 19, 30, tzinfo=UTC)
ALICE, BOB = "6f1f2a0e-5c1d-4c39-9a55-0c9ad6a5d2f1", "0c5f9d6e-9a83-4a3e-8f0d-6f1f6f0f2a77"


def played(looks):
    """What is told after each look, as (time, sign, told)."""
    lasting, now, rows = Lasting(HOLD), 0.0, []
    for sign, seconds in looks:
        now += seconds
        rows.append((now, sign, lasting.see(sign, now)))
    return rows


class TestLasting:
    @given(signs)
    def test_what_is_told_was_seen_all_the_time_before(self, looks):
        rows = played(looks)
        for (_, _, before), (now, _, told) in itertools.pairwise(rows):
            if told and told != before:
                wanted = HOLD[told].tell_after
                assert all(sign for at, sign, _ in rows if now - wanted <= at <= now)
                assert rows[0][0] <= now - wanted

    @given(signs)
    def test_it_is_over_only_after_nothing_was_seen_for_long(self, looks):
        rows = played(looks)
        for (_, _, before), (now, _, told) in itertools.pairwise(rows):
            if before and not told:
                assert not any(sign for at, sign, _ in rows if now - HOLD[before].over_after <= at <= now)

    @given(signs)
    def test_whatever_was_it_ends_well_when_all_is_well(self, looks):
        assert played([*looks, *[(None, 10)] * 6])[-1][2] is None

    @given(signs, st.sampled_from("ab"))
    def test_whatever_was_what_lasts_is_told(self, looks, sign):
        assert played([*looks, *[(sign, 10)] * 11])[-1][2] == sign

    def test_signs_of_two_kinds_by_turns_are_one_trouble(self):
        assert [told for _, _, told in played([("a", 10), ("b", 10)] * 8)][-1] is not None

    def test_what_was_before_a_long_pause_does_not_count(self):
        lasting = Lasting(HOLD)
        lasting.see("a", 0)
        assert lasting.see("a", 1000) is None
        assert lasting.see("a", 1060) == "a"
        assert lasting.told_for_s(1100) == 40


def visits(person_id, days_ago, similarities):
    """One a day, the last of them so many days ago."""
    return [
        Score(person_id, NOW - timedelta(days=days_ago + number), similarity)
        for number, similarity in enumerate(similarities)
    ]


def around(mean, number, spread=0.04):
    return (mean + spread * np.linspace(-1, 1, number)).tolist()


ENROLLED = {ALICE: NOW - timedelta(days=300), BOB: NOW - timedelta(days=300)}


class TestWaning:
    def found(self, scores, changed_at=None):
        return waning(scores, changed_at or ENROLLED, NOW, Windows.of(30))

    def test_windows_follow_what_is_kept(self):
        assert Windows.of(30) == (timedelta(days=10), timedelta(days=30))
        assert Windows.of(3650) == (timedelta(days=14), timedelta(days=70))

    def test_who_has_fallen_is_found_the_worst_first(self):
        scores = visits(BOB, 0, around(0.62, 9)) + visits(BOB, 11, around(0.70, 15))
        scores += visits(ALICE, 0, around(0.55, 9)) + visits(ALICE, 11, around(0.75, 15))
        alice, bob = self.found(scores)
        assert (alice.person_id, bob.person_id) == (ALICE, BOB)
        assert (bob.before, bob.recently) == pytest.approx((0.70, 0.62))

    @pytest.mark.parametrize(
        ("recent", "before"),
        [
            (around(0.66, 9), around(0.70, 15)),  # too little
            (around(0.50, 7), around(0.70, 15)),  # too few visits now
            (around(0.50, 9), around(0.70, 7)),  # too few before
            (around(0.63, 9, 0.2), around(0.70, 15, 0.2)),  # not clear
            (around(0.80, 9), around(0.70, 15)),  # better
            ([0.7] * 9, [0.7] * 15),
        ],
    )
    def test_who_has_not_is_left_alone(self, recent, before):
        assert self.found(visits(ALICE, 0, recent) + visits(ALICE, 11, before)) == []

    def test_a_new_picture_ends_it(self):
        scores = visits(ALICE, 0, around(0.55, 9)) + visits(ALICE, 11, around(0.75, 15))
        assert self.found(scores, {ALICE: NOW - timedelta(days=9)})
        assert self.found(scores, {ALICE: NOW - timedelta(days=4)}) == []

    def test_who_was_forgotten_is_not_spoken_of(self):
        scores = visits(ALICE, 0, around(0.55, 9)) + visits(ALICE, 11, around(0.75, 15))
        assert self.found(scores, {BOB: NOW}) == []

    def test_what_is_too_old_or_to_come_does_not_count(self):
        scores = visits(ALICE, 0, around(0.55, 9)) + visits(ALICE, 31, around(0.75, 15))
        assert self.found(scores) == []
        assert self.found(visits(ALICE, -20, around(0.55, 9)) + visits(ALICE, 11, around(0.75, 15))) == []

    def test_chance_alone_is_hardly_ever_told(self):
        """The same scores now and before, with a spread as wide as that of real visits, 4,000 times."""
        random, alarms = np.random.default_rng(3), 0
        for _ in range(4000):
            scores = visits(ALICE, 0, random.normal(0.65, 0.08, 9)) + visits(ALICE, 11, random.normal(0.65, 0.08, 15))
            alarms += bool(self.found(scores))
        assert alarms <= 8


class Watched:
    """What a watch looks at."""

    def __init__(self, *, picture=True):
        self.clock = FakeClock()
        self.pixels = np.zeros((96, 128, 3), np.uint8)
        self.frames = 0
        self.found = []
        self.broken = False
        self.asked = 0
        self.expired = 0
        self.worker = WatchWorker(self.clock, [PictureWatch(self.newest, watched=picture)], self.waning, self.expire)

    def newest(self):
        return Frame(self.pixels, self.frames, self.clock.monotonic(), NOW) if self.frames else None

    def expire(self):
        self.expired += 1

    def waning(self):
        self.asked += 1
        if self.broken:
            raise StorageError("The disk cannot be read.")
        return self.found

    def go_on(self, seconds, frames=True):
        for _ in range(int(seconds / 5)):
            self.clock.advance(5)
            self.frames += frames
            self.worker.turn()

    @property
    def picture(self):
        return self.worker.parts()[0]

    @property
    def people(self):
        return self.worker.parts()[1]


def test_what_is_too_old_is_forgotten_each_time_with_or_without_a_camera():
    watched = Watched(picture=False)
    watched.go_on(60, frames=False)
    assert watched.expired == 12


def test_before_the_first_frame_there_is_nothing_to_say():
    watched = Watched()
    watched.go_on(600, frames=False)
    assert watched.worker.parts() == (PartHealth("picture", State.OK), PartHealth("people", State.OK))


def test_a_dark_picture_is_told_once_and_withdrawn(caplog):
    watched = Watched()
    watched.go_on(290)
    assert watched.picture.state is State.OK
    watched.go_on(600)
    assert watched.picture.state is State.DEGRADED
    assert "too dark to see faces" in watched.picture.detail
    watched.pixels = np.random.default_rng(1).integers(0, 255, (96, 128, 3), np.uint8)
    watched.go_on(200)
    assert watched.picture == PartHealth("picture", State.OK)
    assert caplog.text.count("too dark") == 1


def test_while_it_is_paused_nothing_is_wrong_and_then_what_was_still_is():
    watched = Watched()
    watched.go_on(900)
    assert watched.picture.state is State.DEGRADED
    frames, watched.frames = watched.frames, 0
    watched.go_on(60, frames=False)
    assert watched.picture == PartHealth("picture", State.OK)
    watched.frames = frames
    watched.go_on(5)
    assert watched.picture.state is State.DEGRADED


def test_a_picture_that_does_not_come_says_nothing_new():
    watched = Watched()
    watched.go_on(100)
    watched.go_on(1000, frames=False)
    assert watched.picture.state is State.OK


def test_who_does_not_want_it_is_not_told():
    watched = Watched(picture=False)
    watched.go_on(1000)
    assert watched.picture == PartHealth("picture", State.OFF)


def test_every_trouble_has_its_sentence_and_a_moved_camera_is_right_after_a_day(monkeypatch):
    watched = Watched()
    for trouble, hold in HOLDS.items():
        monkeypatch.setattr("daemon.vision.Outlook.look", lambda *_, trouble=trouble: trouble)
        watched.go_on(hold.tell_after + 10)
        assert watched.picture.state is State.DEGRADED
        assert watched.picture.detail.endswith(".")
    learnt = []
    monkeypatch.setattr("daemon.vision.Outlook.learn_anew", lambda *_: learnt.append(1))
    watched.go_on(86000)
    assert not learnt
    watched.go_on(600)
    assert learnt


def test_who_is_recognised_less_well_is_told_by_id_and_asked_for_once_a_day(caplog):
    watched = Watched()
    watched.found = [Waning(ALICE, 0.71, 0.6, 2)]
    watched.go_on(86000)
    assert watched.asked == 1
    assert watched.people == PartHealth(
        "people",
        State.DEGRADED,
        f"Person {ALICE} is recognised less well than 2 weeks ago (similarity 0.60, it was 0.71): "
        "enrol a new picture.",
    )
    assert caplog.text.count(ALICE) == 1
    watched.found = []
    watched.worker.people_changed()
    watched.go_on(120)
    assert watched.asked == 2
    assert watched.people.state is State.OK


def test_who_is_changed_while_the_history_is_looked_at_is_looked_at_again(monkeypatch):
    watched = Watched()
    asked = []

    def waning():
        asked.append(1)
        if len(asked) == 1:
            watched.worker.people_changed()
        return []

    monkeypatch.setattr(watched.worker, "_waning", waning)
    watched.go_on(3600)
    assert len(asked) == 2


def test_a_clock_that_is_not_right_yet_is_waited_for(monkeypatch):
    watched = Watched()
    monkeypatch.setattr(watched.clock, "synced", lambda: False)
    watched.go_on(3600)
    assert watched.asked == 0
    monkeypatch.setattr(watched.clock, "synced", lambda: True)
    watched.go_on(700)
    assert watched.asked == 1


def test_a_history_that_cannot_be_read_is_told_and_tried_again():
    watched = Watched()
    watched.broken = True
    watched.go_on(120)
    assert watched.worker.problem == "The disk cannot be read."
    watched.broken = False
    watched.go_on(700)
    assert watched.worker.problem is None
