# SPDX-License-Identifier: Apache-2.0
"""What a broker sees when settings change while whod runs."""

from __future__ import annotations

import json
import threading

import pytest
from support_broker import wait_until
from support_door import ALICE, BOB, BOOT_ID, a_decision

from daemon import config
from daemon.clock import SystemClock
from daemon.events_db import open_event_store
from daemon.mqtt import device, messages
from daemon.pipeline import Result
from daemon.speaker import Speaker
from daemon.types import InView, Snapshot
from daemon.workers import PublisherWorker, Pulse

pytestmark = pytest.mark.mqtt

DEVICE = "homeassistant/device/whod_door/config"
AVAILABILITY, SNAPSHOT = "whod/door/availability", "whod/door/snapshot"


class People:
    """A gallery of two."""

    def person_ids(self):
        return {ALICE.id, BOB.id, "gone-since"}

    def person(self, person_id):
        return {ALICE.id: ALICE, BOB.id: BOB}.get(person_id)


class Is:
    """A status."""

    def as_json(self):
        return {"camera": {}, "cameras": {}}


class Running:
    """A speaker with its worker, and settings that can be changed as `daemon.rewiring` does."""

    def __init__(self, folder, port):
        self._always = ["mqtt.host=127.0.0.1", f"mqtt.port={port}", "mqtt.node=door"]
        self._current = config.Current(config.load(None, self._always).settings)
        clock = SystemClock()
        self.events, _ = open_event_store(folder, clock, messages.sighting)
        self.commands = []
        self.speaker = Speaker(
            self._current, People(), self.events.outbox, clock, boot_id=BOOT_ID, on_command=self.commands.append
        )
        self.pulse = Pulse(clock)
        worker = PublisherWorker(lambda: self.speaker.now, Is, clock)
        self._thread = threading.Thread(target=worker.run, args=(self.pulse,))
        self._thread.start()

    def change(self, *overrides):
        old, new = self._current.now, config.load(None, [*self._always, *overrides]).settings
        take_over = self.speaker.prepare(new.mqtt) if new.mqtt != old.mqtt else None
        self._current.now = new
        if take_over:
            take_over()
        self.speaker.privacy_changed(new.privacy)

    def end(self):
        self.pulse.stop()
        self._thread.join(10)
        self.events.close()


@pytest.fixture
def running(broker, tmp_path, monkeypatch):
    monkeypatch.setattr(device, "EVERY_S", 0.2)
    running = Running(tmp_path, broker.port)
    yield running
    running.end()


@pytest.fixture
def listener(broker, running):
    listener = broker.subscriber()
    listener.wait_for(DEVICE)
    return listener


def platforms(message):
    return {component["p"] for component in json.loads(message.payload)["cmps"].values()}


def test_a_command_is_heard_and_described_from_when_it_is_allowed(listener, running):
    assert "switch" not in platforms(listener.on(DEVICE)[-1])
    running.change('mqtt.commands=["pause"]')
    wait_until(lambda: "switch" in platforms(listener.on(DEVICE)[-1]), "the switch")
    listener.publish("whod/door/command/pause", b"ON")
    wait_until(lambda: running.commands, "the command")

    running.change("mqtt.commands=[]")
    wait_until(lambda: "switch" not in platforms(listener.on(DEVICE)[-1]), "its end")
    reduced = json.loads(listener.on(DEVICE)[-2].payload)
    assert {"p": "switch"} in reduced["cmps"].values()
    listener.publish("whod/door/command/pause", b"OFF")
    assert len(running.commands) == 1
    assert DEVICE not in {message.topic for message in listener.messages if not message.payload}


def test_another_place_for_devices_is_told_and_the_old_one_left_empty(broker, listener, running):
    running.change("mqtt.discovery_prefix=ha/devices")
    listener.wait_for("ha/devices/device/whod_door/config")
    assert listener.on(DEVICE)[-1].payload == b""
    running.change("mqtt.discovery_prefix=")
    listener.wait_for("ha/devices/device/whod_door/config", b"")
    listener.wait_for(AVAILABILITY, b"online", count=2)
    late = broker.subscriber()
    late.wait_for(AVAILABILITY)
    assert not [message.topic for message in late.messages if message.topic.endswith("/config")]


def test_pictures_follow_privacy_without_another_connection(broker, listener, running):
    picture = Snapshot(b"\xff\xd8picture", ALICE.id)
    running.change("privacy.publish_snapshots=true", "privacy.retain_snapshots=true")
    wait_until(lambda: "image" in platforms(listener.on(DEVICE)[-1]), "the image")
    running.speaker.show(picture)
    listener.wait_for(SNAPSHOT, picture.jpeg)
    running.change()
    listener.wait_for(SNAPSHOT, b"")
    wait_until(lambda: "image" not in platforms(listener.on(DEVICE)[-1]), "its end")
    assert [message.payload for message in listener.on(AVAILABILITY) if not message.retain] in ([], [b"online"])


def test_a_frame_leads_to_a_decision_and_to_who_is_in_view_told_once(listener, running):
    result = Result(events=(a_decision(),), view=InView(frozenset({ALICE}), 1))
    running.speaker.tell(result)
    for _ in range(20):
        running.speaker.tell(Result(view=result.view))
    listener.wait_for("whod/door/identified")
    listener.wait_for(f"whod/door/person/{ALICE.id}/present", b"ON")
    there = messages.as_bytes(messages.presence([ALICE], 1))
    listener.wait_for("whod/door/presence", there)
    running.speaker.tell(Result())
    listener.wait_for("whod/door/presence", messages.as_bytes(messages.presence([], 0)))
    assert len([message for message in listener.on("whod/door/presence") if message.payload == there]) == 1


def test_whoever_takes_over_knows_who_is_in_view(listener, running):
    view = InView(frozenset({BOB}))
    running.speaker.tell(Result(view=view))
    listener.wait_for(f"whod/door/person/{BOB.id}/present", b"ON")
    running.change("mqtt.fresh_s=4")
    listener.wait_for(AVAILABILITY, b"offline")
    running.speaker.tell(Result(view=view))
    wait_until(lambda: listener.on(AVAILABILITY)[-1].payload == b"online", "the next one")
    wait_until(lambda: listener.on(f"whod/door/person/{BOB.id}/present")[-1].payload == b"ON", "who is there")
