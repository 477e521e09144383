# SPDX-License-Identifier: Apache-2.0
"""Who is in view and pictures of faces, as they come over a real broker: real daemon, real models."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from support_broker import wait_until
from support_daemon import BARACK, EILEEN, JOE, broker_settings, play

from daemon.client import RemoteSettings
from daemon.types import Photo
from daemon.vision import decode

if TYPE_CHECKING:
    from pathlib import Path

    from support_broker import Broker, Received, Subscriber
    from support_daemon import Daemon

pytestmark = pytest.mark.mqtt

SNAPSHOT, PRESENCE = "whod/door/snapshot", "whod/door/presence"
SHORT = ("tracking.sighting_gap_s=0.5", "tracking.decide_s=1.0")


def who(daemon: Daemon, folder: Path, picture: Received) -> list[str | None]:
    """Who is on a snapshot, by whod itself."""
    assert len(picture.payload) <= 100_000
    assert max(decode(Photo("snapshot", picture.payload)).shape) <= 320
    path = folder / "snapshot.jpg"
    path.write_bytes(picture.payload)
    (line,) = daemon.whod("identify", path, "--jsonl").stdout.splitlines()
    return [face["decision"]["name"] for face in json.loads(line)["faces"]]


def told(subscriber: Subscriber) -> list[Any]:
    """What `presence` said, one after the other."""
    return [json.loads(message.payload) for message in subscriber.on(PRESENCE)]


@pytest.fixture
def settings(daemon: Daemon) -> RemoteSettings:
    return RemoteSettings(daemon.state / "whod.sock")


def test_none_leaves_the_house_unless_it_is_asked_for(daemon, broker, tmp_path):
    subscriber = broker.subscriber()
    daemon.whod("enrol", "Eileen", EILEEN)
    daemon.start(*broker_settings(broker.port), *SHORT, play(tmp_path / "day", (None, 20), (EILEEN, 15), (None, 30)))
    subscriber.wait_for("whod/door/identified")
    subscriber.wait_for("whod/door/sighting")
    assert subscriber.on(SNAPSHOT) == []


def test_each_decision_has_a_picture_and_who_is_there_is_told(daemon, broker, tmp_path):
    subscriber = broker.subscriber()
    daemon.whod("enrol", "Eileen", EILEEN)
    scenes = (None, 20), (EILEEN, 15), (None, 20), (JOE, 20), (None, 30)
    daemon.start(
        *broker_settings(broker.port), *SHORT, "privacy.publish_snapshots=true", play(tmp_path / "day", *scenes)
    )
    hers, his = subscriber.wait_for(SNAPSHOT, count=2)
    assert [who(daemon, tmp_path, picture) for picture in (hers, his)] == [["Eileen"], [None]]
    subscriber.wait_for("whod/door/sighting", count=2)
    wait_until(lambda: told(subscriber)[-1]["count"] == 0 and not told(subscriber)[-1]["unknown"], "nobody")
    seen = [(said["names"], said["strangers"]) for said in told(subscriber)]
    assert seen == [("none", 0), ("Eileen", 0), ("none", 0), ("none", 1), ("none", 0)]
    assert len(subscriber.on(SNAPSHOT)) == 2
    late = broker.subscriber()
    late.wait_for("whod/door/availability", b"online")
    assert late.on(SNAPSHOT) == []


def source(folder: Path, *scenes: Any) -> str:
    return play(folder, *scenes).removeprefix("camera.source=")


def held(broker: Broker) -> bytes | None:
    """The picture that the broker retains, if any."""
    late = broker.subscriber()
    late.wait_for("whod/door/availability")
    return next((message.payload for message in late.on(SNAPSHOT)), None)


def test_what_is_retained_goes_with_whoever_is_forgotten_and_with_the_setting(daemon, settings, broker, tmp_path):
    subscriber = broker.subscriber()
    daemon.whod("enrol", "Eileen", EILEEN)
    daemon.whod("enrol", "Joe", JOE)
    day = source(tmp_path / "day", (EILEEN, 15), (None, 12), (BARACK, 15), (None, 12))
    nobody = source(tmp_path / "nobody", (None, 10))

    def play_on() -> None:
        settings.change({"camera.source": day})
        wait_until(lambda: subscriber.on(SNAPSHOT)[-1].payload, "another picture")

    def stop() -> None:
        settings.change({"camera.source": nobody})
        wait_until(lambda: (said := told(subscriber)[-1])["count"] == said["strangers"] == 0, "nobody")
        assert held(broker)

    daemon.start(*broker_settings(broker.port), *SHORT)
    settings.change({"privacy.publish_snapshots": True, "privacy.retain_snapshots": True})
    settings.change({"camera.source": day, "camera.loop": True})
    subscriber.wait_for(SNAPSHOT, count=2)
    assert held(broker)

    stop()
    daemon.whod("forget", "Joe")
    subscriber.wait_for(SNAPSHOT, b"")
    assert held(broker) is None

    play_on()
    stop()
    stranger, *_ = json.loads(daemon.whod("unknowns", "--json").stdout)
    daemon.whod("unknowns", "forget", stranger["id"])
    wait_until(lambda: held(broker) is None, "no picture after a stranger is forgotten")

    # Of a picture that is there from before nobody knows whose it is.
    play_on()
    stop()
    assert daemon.end() == 0
    assert held(broker)
    daemon.start(*broker_settings(broker.port), *SHORT)
    wait_until(lambda: held(broker) is None, "no picture from before")

    play_on()
    settings.change({"privacy.retain_snapshots": False})
    wait_until(lambda: held(broker) is None, "no picture to be retained")
    settings.change({"privacy.publish_snapshots": False})
    visits = len(subscriber.on("whod/door/sighting"))
    subscriber.wait_for("whod/door/sighting", count=visits + 1)
    before = len(subscriber.on(SNAPSHOT))
    subscriber.wait_for("whod/door/sighting", count=visits + 3)
    assert len(subscriber.on(SNAPSHOT)) == before
