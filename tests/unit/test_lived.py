# SPDX-License-Identifier: Apache-2.0
"""What is kept for days goes after these, and not before, where the clock is wrong, jumps, or is never set."""

from __future__ import annotations

import contextlib
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
from support_visits import NOW, around, face, visit

from daemon.clock import FakeClock
from daemon.events_db import FILE, MIGRATIONS, open_event_store
from daemon.history import COLUMNS, History

MONTH, WEEK, DAY, HOUR = timedelta(days=30), timedelta(days=7), timedelta(days=1), timedelta(hours=1)
THE_SEVENTIES = datetime(1970, 1, 1, tzinfo=UTC)
STRANGER = face([around(2, i) for i in range(3)])


class Wall(FakeClock):
    """A clock that can be set."""

    def __init__(self, start, *, synced):
        super().__init__(start)
        self.is_synced = synced

    def synced(self):
        return self.is_synced

    def set(self, moment):
        self._start += moment - self.now()


class House:
    """A machine with whod on it, which looks for what is too old every 20 minutes, as the recorder does."""

    def __init__(self, folder):
        self._folder = folder
        self._store = None

    def start(self, moment=NOW, *, synced=True):
        self.clock = Wall(moment, synced=synced)
        self.close()
        self._store, _ = open_event_store(self._folder, self.clock)
        self.look()

    def close(self):
        if self._store:
            self._store.close()
            self._store = None

    def run(self, span):
        """Let so much go by; in strides, as nothing happens but this."""
        for _ in range(int(span / (4 * HOUR))):
            self.clock.advance((4 * HOUR).total_seconds())
            self.look()

    def comes(self):
        now = self.clock.now()
        seen = visit(None, now, face=STRANGER, clock_synced=self.clock.synced())
        self._store.record(seen)
        return seen.sighting_id

    @property
    def visits(self):
        return [seen.sighting_id for seen in self._store.history.recent(999)][::-1]

    @property
    def faces(self):
        return [seen.sighting_id for seen in self._store.faces.recent(999)][::-1]

    def look(self):
        """For what is too old."""
        self._store.prune(MONTH, WEEK)


@pytest.fixture
def house(tmp_path):
    with contextlib.closing(House(tmp_path)) as house:
        yield house


def test_where_the_clock_is_never_set_days_of_running_count(house):
    house.start(THE_SEVENTIES, synced=False)
    first = house.comes()
    house.run(WEEK - DAY)
    second = house.comes()
    assert house.faces == [first, second]
    house.run(DAY + 4 * HOUR)
    assert house.faces == [second]
    assert house.visits == [first, second]
    house.run(MONTH - WEEK)
    assert house.visits == [second]


def test_they_are_counted_over_starts_that_all_begin_in_1970(house):
    house.start(THE_SEVENTIES, synced=False)
    first = house.comes()
    for _ in range(28):
        house.run(DAY)
        house.start(THE_SEVENTIES, synced=False)
    assert house.visits == [first]
    for _ in range(4):
        house.run(DAY)
        house.start(THE_SEVENTIES, synced=False)
    assert house.visits == []


def test_the_time_without_power_does_not_count_as_long_as_no_clock_tells_it(house):
    house.start(synced=False)
    first = house.comes()
    house.run(DAY)
    house.start(NOW + 3 * MONTH, synced=False)
    house.run(WEEK)
    assert house.visits == [first]


@pytest.mark.parametrize("years", [-10, 10])
def test_a_clock_that_is_set_wrong_for_hours_takes_nothing(house, years):
    house.start()
    house.run(2 * DAY)
    first = house.comes()
    house.run(DAY)
    right = house.clock.now()
    house.clock.set(right + years * 365 * DAY)
    second = house.comes()
    house.run(DAY / 2)
    house.clock.set(right + DAY / 2)
    third = house.comes()
    house.run(WEEK - 2 * DAY)
    assert house.visits == house.faces == [first, second, third]


def test_nor_does_one_that_is_years_ahead_after_a_start(house):
    house.start()
    house.run(2 * DAY)
    first = house.comes()
    house.start(NOW + 3650 * DAY)
    house.run(DAY / 2)
    assert house.visits == house.faces == [first]


def test_the_network_sets_it_a_minute_after_the_start(house):
    """Off for two months, it goes on where it was switched off, and is then right."""
    house.start()
    house.run(2 * DAY)
    old = house.comes()
    house.run(DAY)
    house.start(house.clock.now(), synced=False)
    new = house.comes()
    house.clock.set(house.clock.now() + 2 * MONTH)
    house.clock.is_synced = True
    house.run(DAY / 2)
    assert house.visits == [old, new]
    newest = house.comes()
    house.run(DAY)
    assert house.visits == [new, newest]  # by the dates, a day after the clock was set
    house.run(MONTH - 2 * DAY)
    assert house.visits == [new, newest]
    house.run(DAY)
    assert house.visits == []


def test_a_clock_that_was_behind_for_days_and_is_set_right_takes_nothing(house):
    """No timesyncd says that it was never set."""
    house.start(NOW - 90 * DAY)
    house.run(2 * DAY)
    seen = [house.comes()]
    house.run(2 * DAY)
    house.clock.set(NOW)
    seen.append(house.comes())
    house.run(3 * DAY)
    assert house.visits == house.faces == seen
    house.run(MONTH)
    assert house.visits == []


def test_a_machine_that_is_off_at_night_keeps_to_the_dates(house):
    house.start()
    house.run(2 * DAY)
    moment = house.clock.now()
    first = house.comes()
    for _ in range(31):
        house.run(DAY / 2)
        moment += DAY
        house.start(moment)
        house.comes()
    house.run(DAY / 2)
    assert first not in house.visits  # after 32 days, half of which it ran
    assert len(house.visits) >= 30


def test_what_was_kept_before_the_days_were_counted_goes_by_its_date(tmp_path, house):
    with contextlib.closing(sqlite3.connect(tmp_path / FILE)) as old:
        old.executescript(f"BEGIN; {';'.join(MIGRATIONS[:3])}; PRAGMA user_version=3; COMMIT;")
        for number, days in enumerate([40, 10]):
            date = f"{NOW - days * DAY:%Y-%m-%dT%H:%M:%S.000Z}"
            row = (str(number), "main", None, None, "unknown", date, date)
            old.execute(f"INSERT INTO visit ({COLUMNS}) VALUES (?,?,?,?,?,?,?,9,0.1,0.1,0.8,1,0)", row)
        old.commit()
    house.start()
    assert house.visits == ["0", "1"]
    house.run(DAY)
    assert house.visits == ["1"]


def test_what_could_not_be_written_is_counted_all_the_same(house, monkeypatch):
    """A count that was rolled back is no jump, and a jump that was is seen again."""
    house.start()
    house.run(2 * DAY)
    first = house.comes()
    house.clock.set(house.clock.now() + 3650 * DAY)
    with monkeypatch.context() as patch:
        patch.setattr(History, "prune", full)
        with pytest.raises(OSError, match="full"):
            house.look()
    house.run(DAY / 2)
    assert house.visits == [first]
    house.clock.set(house.clock.now() - 3650 * DAY)
    house.run(WEEK - DAY)
    assert house.faces == [first]


def full(*_):
    raise OSError("full")
