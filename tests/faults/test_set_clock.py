# SPDX-License-Identifier: Apache-2.0
"""The wall clock is wrong, and is set: by years, and while somebody is there."""

import json
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from support_broker import wait_until
from support_daemon import broker_settings
from support_faults import fed
from support_login import first_login
from support_script import ALICE, Door, Face
from support_set_clock import WallClock

from daemon import clock as clocks
from daemon.clock import SystemClock

YEARS = 3650


@pytest.fixture
def wall(tmp_path, monkeypatch):
    wall = WallClock(tmp_path)
    for name, value in wall.environ.items():
        monkeypatch.setenv(name, value)
    return wall


@pytest.mark.parametrize(("year", "synced"), [(1970, False), (2024, False), (2026, True)])
def test_a_clock_that_was_never_set_is_not_believed_even_without_timesyncd(tmp_path, monkeypatch, year, synced):
    monkeypatch.setattr(clocks, "SYNCHRONIZED", tmp_path / "timesync" / "synchronized")
    monkeypatch.setattr(SystemClock, "now", lambda _: datetime(year, 6, 1, tzinfo=UTC))
    assert SystemClock().synced() is synced


def test_a_visit_that_began_before_the_clock_was_right_does_not_say_that_it_was(tmp_path):
    door = Door(tmp_path)
    frames = door.pipeline.process
    door.enrol("Alice", ALICE)
    door.pipeline.process = lambda frame, **_: frames(replace(frame, clock_synced=False), clock_synced=False)
    door.show(Face(ALICE), frames=5)
    door.pipeline.process = frames
    door.show(Face(ALICE), frames=5)
    door.leave(10)
    door.show(Face(ALICE), frames=10)
    door.finish()
    assert [visit.clock_synced for visit in door.sightings] == [False, True]
    door.gallery.close()


@pytest.mark.slow
@pytest.mark.parametrize("days", [YEARS, -YEARS])
def test_a_clock_that_is_set_by_years_changes_nothing_for_who_is_there(door, broker, wall, days):
    subscriber = broker.subscriber("whod/#")
    door.start(*broker_settings(broker.port), "tracking.sighting_gap_s=8")
    browser = first_login(door.daemon)
    subscriber.wait_for("whod/door/identified")
    sightings = len(subscriber.on("whod/door/sighting"))
    wall.shift(days)
    for _ in range(10):
        assert fed(door.daemon)
        time.sleep(1)
    assert door.daemon.health()["ok"]
    assert len(subscriber.on("whod/door/sighting")) == sightings  # she stands there still
    assert browser.get("/people")[0] == (303 if days > 0 else 200)  # which is 10 years older now
    door.wrong("absent")
    visit = json.loads(wait_until(lambda: subscriber.on("whod/door/sighting")[sightings:], "the visit")[0].payload)
    lasted = datetime.fromisoformat(visit["ended_at"]) - datetime.fromisoformat(visit["started_at"])
    assert 9 < lasted.total_seconds() < 600
    named = door.named()
    door.right()
    wait_until(lambda: door.named() > named, "a name by the new clock")


@pytest.mark.slow
def test_a_start_ten_years_ahead_takes_nothing(door, wall):
    door.start()
    door.wrong("absent")
    kept = wait_until(lambda: visits(door), "the visit")
    named = door.named()
    assert door.daemon.end() == 0
    wall.shift(YEARS)
    door.run()
    door.right()
    wait_until(lambda: door.named() > named, "a name by the new clock")
    door.wrong("absent")
    both = wait_until(lambda: visits(door)[1:] and visits(door), "her second visit")
    assert both[1:] == kept


def visits(door):
    return json.loads(door.daemon.whod("visits", "--json").stdout)


@pytest.mark.slow
def test_a_start_in_1970_is_told_and_the_visit_is_not_dated(door, broker, wall):
    subscriber = broker.subscriber("whod/#")
    wall.set(datetime(1970, 1, 1, 0, 2, tzinfo=UTC))
    door.start(*broker_settings(broker.port))
    (told, *_) = subscriber.wait_for("whod/door/identified")
    event = json.loads(told.payload)
    assert event["captured_at"].startswith("1970-")
    assert not event["clock_synced"]
    wall.shift(0)  # as timesyncd does, some time after the start
    door.wrong("absent")
    (record, *_) = subscriber.wait_for("whod/door/sighting")
    assert not json.loads(record.payload)["clock_synced"]
    named = door.named()
    door.right()
    wait_until(lambda: door.named() > named, "a name by the right clock")


@pytest.mark.slow
def test_the_end_of_summer_time_is_no_hour_in_any_record(door, broker, wall):
    subscriber = broker.subscriber("whod/#")
    wall.set(datetime(2026, 10, 25, 0, 59, 50, tzinfo=UTC))
    door.start(*broker_settings(broker.port), "tracking.sighting_gap_s=8")
    subscriber.wait_for("whod/door/identified")
    time.sleep(12)
    door.wrong("absent")
    visit = json.loads(subscriber.wait_for("whod/door/sighting")[0].payload)
    lasted = datetime.fromisoformat(visit["ended_at"]) - datetime.fromisoformat(visit["started_at"])
    assert 11 < lasted.total_seconds() < 600
    assert visit["ended_at"].startswith("2026-10-25T01:")
