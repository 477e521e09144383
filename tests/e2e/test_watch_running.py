# SPDX-License-Identifier: Apache-2.0
"""What the running daemon says of its picture and of people whom it recognises less and less."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from support_broker import wait_until
from support_daemon import EILEEN, broker_settings

from daemon.camera.pictures import read_picture
from daemon.clock import FakeClock
from daemon.config import load
from daemon.events_db import open_event_store
from daemon.gallery import Gallery
from daemon.types import Best, Outcome, Person, Sighting
from daemon.vision import Vision, models_folder

SETTINGS = load().settings


def enrolled_long_ago(state):
    """The person of a gallery whose picture is 60 days old."""
    vision = Vision.load(models_folder(), SETTINGS)
    clock = FakeClock(datetime.now(UTC) - timedelta(days=60))
    gallery = Gallery.open(state / "gallery.db", vision.model_id, SETTINGS.gallery, clock)
    gallery.enrol("Eileen", vision.analyse(read_picture(EILEEN)), "test")
    (person,) = gallery.people()
    gallery.close()
    return Person(person.id, person.name)


def visited(state, person, days_ago, similarity):
    """Keep a visit."""
    ended_at = datetime.now(UTC) - timedelta(days=days_ago)
    store, _ = open_event_store(state, FakeClock())
    best = Best(similarity, 0.3, 0.9)
    store.record(
        Sighting(
            f"{days_ago}", "main", person, Outcome.IDENTIFIED, ended_at, ended_at, 9, best,
            clock_synced=True, simulated=False,
        )
    )  # fmt: skip
    store.close()


def parts(daemon):
    return {part["name"]: part for part in daemon.health()["parts"]}


@pytest.mark.slow
@pytest.mark.mqtt
def test_who_is_recognised_less_well_is_told_by_id_and_on_the_page_by_name(daemon, broker):
    subscriber = broker.subscriber()
    daemon.state.mkdir(mode=0o700)
    person = enrolled_long_ago(daemon.state)
    for day in range(28, 0, -1):
        visited(daemon.state, person, day, (0.6 if day <= 10 else 0.72) + day / 1000)
    daemon.start("camera.source=demo", *broker_settings(broker.port))
    wait_until(lambda: parts(daemon)["people"]["state"] == "degraded", timeout_s=30)
    health = daemon.health()
    assert health["ok"]
    assert f"Person {person.id} is recognised less well" in health["problem"]
    assert b"Eileen is recognised less well" in daemon.get("/")[1]
    told = wait_until(lambda: [m.payload for m in subscriber.on("whod/door/status") if b"Person" in m.payload])
    assert json.loads(told[0])["problem"] == health["problem"]
    assert "Eileen" not in daemon.log.read_text()


def test_the_picture_is_watched_or_not(daemon):
    daemon.start("camera.source=demo")
    assert parts(daemon)["picture"]["state"] == "ok"
    assert daemon.end() == 0
    daemon.start("camera.source=demo", "camera.watch=false")
    assert parts(daemon)["picture"]["state"] == "off"
    assert daemon.health()["ok"]
