# SPDX-License-Identifier: Apache-2.0
"""A door with a publisher, and what happens at it."""

from __future__ import annotations

import json
import threading
import time
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from support_people import explained

from daemon import config
from daemon.clock import SystemClock
from daemon.events_db import open_event_store
from daemon.mqtt import discovery, messages
from daemon.mqtt.mailbox import NO_PICTURES, Pictures
from daemon.mqtt.publisher import Publisher
from daemon.mqtt.topics import Topics
from daemon.types import Best, Box, DecisionEvent, EventType, Outcome, Person, Sighting

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from support_broker import Subscriber

    from daemon.clock import Clock
    from daemon.types import Command

ALICE = Person("6f1f2a0e-5c1d-4c39-9a55-0c9ad6a5d2f1", "Alice")
BOB = Person("0b5a7e6c-93f4-4f0e-8d2f-2f4f3b1f7c11", "Bob Ångström")
BOOT_ID = "3c9f2f1e-1d5c-4d0b-8f59-53c2f0b7f0aa"


def a_decision(person: Person | None = ALICE, age_s: float = 0.0, **changes) -> DecisionEvent:
    """A decision whose frame was captured `age_s` ago."""
    values = {
        "event_type": EventType.IDENTIFIED if person else EventType.UNKNOWN,
        "event_id": str(uuid.uuid4()),
        "sighting_id": "d4a3b1f0-2c5e-4a7b-8b0c-9e1f2a3b4c5d",
        "camera": "main",
        "simulated": False,
        "person": person,
        "similarity": 0.714_285,
        "margin": 0.291_234_5,
        "votes": (5, 6),
        "quality": 0.82,
        "box": Box(0.41, 0.223_456, 0.12, 0.19),
        "captured_at": datetime(2026, 11, 21, 19, 30, 2, 113_000, tzinfo=UTC),
        "captured_monotonic_s": time.monotonic() - age_s,
        "why": explained(),
    }
    return DecisionEvent(**(values | changes))


def a_visit(person: Person | None = ALICE, **changes) -> Sighting:
    """A visit that has ended."""
    values = {
        "sighting_id": str(uuid.uuid4()),
        "camera": "main",
        "person": person,
        "outcome": Outcome.IDENTIFIED if person else Outcome.UNKNOWN,
        "started_at": datetime(2026, 11, 21, 19, 30, 1, 900_000, tzinfo=UTC),
        "ended_at": datetime(2026, 11, 21, 19, 30, 9, 250_000, tzinfo=UTC),
        "frames": 74,
        "best": Best(0.741_234_5, 0.302_222_2, 0.86),
        "clock_synced": True,
        "simulated": False,
    }
    return Sighting(**(values | changes))


class Door:
    """A publisher with a thread that drives it, its event store, the people who are known, and what it was asked.

    It describes itself to Home Assistant if it is `described`, with `cameras` beside the first. Other settings are
    those of [mqtt].
    """

    def __init__(
        self,
        folder: Path,
        port: int,
        password: str | None = None,
        *,
        clock: Clock | None = None,
        described: bool = False,
        pictures: Pictures = NO_PICTURES,
        cameras: Iterable[str] = (),
        **settings: object,
    ) -> None:
        overrides = {"host": "127.0.0.1", "port": port, "node": "door", **settings}
        clock = clock or SystemClock()
        self.settings = config.load(
            overrides=[f"mqtt.{key}={value}" for key, value in overrides.items()]
        ).settings.mqtt
        self.topics = Topics(self.settings.base, self.settings.node)
        self.people = {ALICE, BOB}
        self.commands: list[Command] = []
        self.events, _ = open_event_store(folder, clock, messages.sighting)
        self._pictures = pictures
        self._cameras = tuple(cameras)
        self.publisher = Publisher(
            self.settings,
            password,
            self.events.outbox,
            lambda: sorted(self.people, key=lambda person: person.id),
            boot_id=BOOT_ID,
            clock=clock,
            about=self._about if described else None,
            pictures=pictures,
            on_command=self.commands.append,
        )
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run)

    @property
    def device_topic(self) -> str:
        """Where it describes itself."""
        return discovery.topic(self.settings.discovery_prefix, self.topics)

    def device(self, listener: Subscriber) -> dict[str, Any]:
        """The description that was told last."""
        return json.loads(listener.on(self.device_topic)[-1].payload)

    def set_pictures(self, pictures: Pictures) -> None:
        """Another [privacy]."""
        self._pictures = pictures
        self.publisher.set_pictures(pictures)

    def start(self) -> Door:
        """Begin to publish."""
        self._thread.start()
        return self

    def leave(self, sighting: Sighting) -> None:
        """A visit ends."""
        self.events.record(sighting)
        self.publisher.wake()

    def stop(self, *, for_good: bool = False) -> None:
        """End in good order."""
        self._for_good = for_good
        if self._thread.is_alive():
            self._stopping.set()
            self._thread.join()
        self.events.close()

    def _about(self) -> discovery.About:
        allowed, pictures = self.settings.commands, self._pictures.publish
        return discovery.About(self.topics, "0.1.0", allowed, pictures, cameras=self._cameras)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self.publisher.step(0.05)
        self.publisher.close(5.0, for_good=self._for_good)
