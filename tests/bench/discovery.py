# SPDX-License-Identifier: Apache-2.0
"""How long it takes to describe a house full of people to Home Assistant, and how large that is.

    .venv/bin/python tests/bench/discovery.py [--people 500] [--rounds 9]

With a mosquitto of its own. Prints the size of the device message with short and with the longest names, and in ms,
the median and the largest: making the message; from the start of a publisher until a subscriber has it, with nothing
retained and with the same retained there; from the change until it has it after somebody was enrolled, and after
somebody was forgotten (two messages).
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "mqtt"))

from support_broker import Broker, Received, Subscriber, wait_until
from support_door import Door

from daemon.config import COMMANDS
from daemon.mqtt import discovery, messages
from daemon.mqtt.device import EVERY_S
from daemon.mqtt.topics import Topics
from daemon.types import Person

if TYPE_CHECKING:
    from collections.abc import Callable


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=9)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        broker = Broker(Path(folder))
        broker.start()
        try:
            measure(broker, Path(folder), given.people, given.rounds)
        finally:
            broker.close()


def measure(broker: Broker, folder: Path, count: int, rounds: int) -> None:
    """All of it, and print it."""
    times: dict[str, list[float]] = {}
    for turn in range(rounds):
        place = folder / str(turn)
        place.mkdir()
        for what, ms in one_round(broker, place, village(count), f"door-{turn}").items():
            times.setdefault(what, []).append(ms)
    about = discovery.About(Topics("whod", "front-door"), "0.1.0", COMMANDS, pictures=True)
    for name in ("Person {}", "\N{LATIN SMALL LETTER A WITH DIAERESIS}" * 96 + " {}"):
        size = len(messages.as_bytes(discovery.device_message(about, village(count, name))))
        print(f"{count} people, names of {len(name.format(1))} characters: {size:,} bytes")
    for what, each in times.items():
        print(f"{what}: p50 {statistics.median(each):.0f} ms, most {max(each):.0f}")


def one_round(broker: Broker, folder: Path, people: list[Person], node: str) -> dict[str, float]:
    """In ms."""
    listener = broker.subscriber()
    times = {}
    began = time.perf_counter()
    about = discovery.About(Topics("whod", node), "0.1.0", COMMANDS, pictures=True)
    messages.as_bytes(discovery.device_message(about, people))
    times["making it"] = 1000 * (time.perf_counter() - began)

    def told(what: str, people: list[Person], act: Callable[[], object]) -> None:
        """How long after `act` it is known who is enrolled, and nobody else."""
        wanted = {f"{person.id}_present" for person in people}
        began = time.monotonic()
        act()
        message = wait_until(lambda: last_of(listener, door.device_topic, began, wanted), what, 30.0)
        times[what] = 1000 * (message.at - began)

    for what in ("start, nothing retained", "start, the same retained"):
        (place := folder / what).mkdir()
        door = Door(place, broker.port, node=node, described=True)
        door.people = set(people)
        told(what, people, door.start)
        if what != "start, nothing retained":
            time.sleep(2 * EVERY_S)
            door.people = set(people[1:])
            told("one forgotten", people[1:], door.publisher.people_changed)
            time.sleep(2 * EVERY_S)
            door.people = set(people)
            told("one enrolled", people, door.publisher.people_changed)
        door.stop()
    listener.close()
    return times


def last_of(listener: Subscriber, topic: str, since: float, wanted: set[str]) -> Received | None:
    """The device message that came `since` then and has exactly those whose presence is `wanted`."""
    for message in reversed(listener.on(topic)):
        if message.at >= since and message.payload:
            components = json.loads(message.payload)["cmps"]
            if wanted == {key for key, part in components.items() if key.endswith("_present") and len(part) > 1}:
                whole = all(len(part) > 1 for part in components.values())
                return message if whole else None
    return None


def village(count: int, name: str = "Person {}") -> list[Person]:
    """So many people."""
    return [Person(str(uuid.UUID(int=i)), name.format(i)) for i in range(count)]


if __name__ == "__main__":
    main()
