# SPDX-License-Identifier: Apache-2.0
"""Broker losses, stalls and returns, and what a subscriber beyond them sees: how late, and whether all."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from support_broker import Broker, Subscriber, wait_until
from support_door import BOB, Door, a_decision, a_visit
from support_weather import Weather

from daemon.mqtt import messages
from daemon.mqtt.link import Link
from daemon.mqtt.notices import Acked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from daemon.types import DecisionEvent

CAMERA_S = 0.05
"""What camera and models have taken of a decision's age."""
KEPT = ("persistence true", "autosave_interval 1", "max_queued_messages 0")
"""Of mosquitto: sessions, and what waits in them, outlive it."""
MISFORTUNES = ("cut", "stall", "late stall", "slow", "stop", "restart", "kill")


@dataclass
class Seen:
    """What a subscriber saw of what was said."""

    offered: int
    told: int
    """Decisions that it saw."""
    ages_s: list[float]
    """How old each decision was by then."""
    seqs: list[int]
    """Of the records, as they came."""
    ids: Counter[tuple[int, str]]
    """The records' seq and event_id, and how often each came."""
    recorded: int

    @property
    def in_order(self) -> bool:
        """Whether no record came for the first time after a later one."""
        first_seen = list(dict.fromkeys(self.seqs))
        return first_seen == sorted(first_seen)

    @property
    def lost(self) -> int:
        return self.recorded - len(self.ids)

    def late(self, limit_s: float) -> list[float]:
        return [age_s for age_s in self.ages_s if age_s > limit_s]


@dataclass
class Street:
    """A door, its broker with a subscriber, and the network between door and broker."""

    door: Door
    broker: Broker
    weather: Weather
    listener: Subscriber
    offer: Callable[[DecisionEvent], None]
    captured: dict[str, float] = field(default_factory=dict)
    visits: int = 0

    def suffer(self, misfortune: str, for_s: float) -> None:
        """One misfortune, from its beginning to its end."""
        weather, broker = self.weather, self.broker
        match misfortune:
            case "cut":
                weather.cut()
                time.sleep(for_s)
                weather.clear()
            case "stall":
                weather.stall()
                time.sleep(for_s)
                weather.clear()
            case "late stall":  # nobody comes back to what was held: the network forgot the connection too
                weather.stall()
                time.sleep(for_s)
                weather.cut()
                weather.clear()
            case "slow":
                weather.up_s, weather.down_s = for_s / 4, for_s / 8
                time.sleep(for_s)
                weather.up_s = weather.down_s = 0
            case "stop":
                broker.pause()
                time.sleep(for_s)
                broker.resume()
            case "restart" | "kill":
                broker.stop() if misfortune == "restart" else broker.kill()
                time.sleep(for_s)
                broker.start()

    def wait_for_return(self) -> None:
        """Until decisions pass again."""
        since = time.monotonic()
        wait_until(lambda: self._told_since(since), "a decision to be told", 90)

    @contextlib.contextmanager
    def busy(self, decision_s: float, visit_s: float) -> Iterator[None]:
        """While this lasts, decisions are made and visits end, so often."""
        done = threading.Event()
        threads = [
            threading.Thread(target=_every, args=(done, decision_s, self.decide)),
            threading.Thread(target=_every, args=(done, visit_s, self.leave)),
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            done.set()
            for thread in threads:
                thread.join()

    def decide(self) -> None:
        event = a_decision(BOB, CAMERA_S, captured_at=datetime.now(UTC) - timedelta(seconds=CAMERA_S))
        self.captured[event.event_id] = event.captured_monotonic_s
        self.offer(event)

    def leave(self) -> None:
        self.visits += 1
        self.door.leave(a_visit(BOB))

    def seen(self) -> Seen:
        """Once all records have come, or no more do."""
        wait_until(lambda: not self.door.events.outbox.pending(0, 1), "the outbox to be empty", 60)
        wait_until(self._all_came_or_none_does, "the last records")
        topics = self.door.topics
        decisions = [(json.loads(m.payload)["event_id"], m.at) for m in self.listener.on(topics.identified)]
        records = [json.loads(m.payload) for m in self.listener.on(topics.sighting)]
        return Seen(
            offered=len(self.captured),
            told=len({event_id for event_id, _ in decisions}),
            ages_s=[at - self.captured[event_id] for event_id, at in decisions],
            seqs=[record["seq"] for record in records],
            ids=Counter((record["seq"], record["event_id"]) for record in records),
            recorded=self.visits,
        )

    def _told_since(self, since: float) -> bool:
        time.sleep(0.05)
        told = [json.loads(m.payload)["event_id"] for m in self.listener.on(self.door.topics.identified)[-3:]]
        return any(self.captured[event_id] > since for event_id in told)

    def _all_came_or_none_does(self) -> bool:
        came = self._records()
        if came < self.visits:
            time.sleep(2)
        return came >= self.visits or self._records() == came

    def _records(self) -> int:
        return len({json.loads(m.payload)["seq"] for m in self.listener.on(self.door.topics.sighting)})


@contextlib.contextmanager
def a_street(
    folder: Path, *config: str, naive: bool = False, direct: bool = False, **settings: object
) -> Iterator[Street]:
    """Opens it; `config` is mosquitto's.

    With `naive` decisions go the way that they go in most projects, with `direct` there is no network between.
    """
    (folder / "mosquitto").mkdir(parents=True)
    with contextlib.ExitStack() as opened:
        broker = opened.enter_context(contextlib.closing(Broker(folder / "mosquitto")))
        where = [f"persistence_location {folder}/mosquitto/"] if "persistence true" in config else []
        broker.configure("allow_anonymous true", *config, *where)
        broker.start()
        weather = opened.enter_context(contextlib.closing(Weather(broker.port)))
        door = Door(folder, broker.port if direct else weather.port, **settings)
        opened.callback(door.stop)
        door.start()
        offer = opened.enter_context(_naive(weather.port)) if naive else door.publisher.offer
        street = Street(door, broker, weather, broker.subscriber("whod/#", session="home"), offer)
        wait_until(lambda: door.publisher.connected, "the connection")
        yield street


@contextlib.contextmanager
def _naive(port: int) -> Iterator[Callable[[DecisionEvent], None]]:
    """QoS 1 by a client that reconnects by itself and sends again what was not acknowledged."""
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
    client.connect("127.0.0.1", port, keepalive=10)
    client.loop_start()
    try:
        yield lambda event: client.publish(
            "whod/door/identified", messages.as_bytes({"event_id": event.event_id}), qos=1
        )
    finally:
        client.disconnect()
        client.loop_stop()


@contextlib.contextmanager
def nobody_asks() -> Iterator[None]:
    """Decisions are sent without asking first whether the broker is there."""
    ask = Link.ask
    mids = iter(range(70_000, 10**9))

    def answered_at_once(link: Link) -> int:
        mid = next(mids)
        link._post(link, Acked(mid, 0))
        return mid

    Link.ask = answered_at_once
    try:
        yield
    finally:
        Link.ask = ask


def _every(done: threading.Event, every_s: float, work: Callable[[], None]) -> None:
    while not done.wait(every_s):
        work()
