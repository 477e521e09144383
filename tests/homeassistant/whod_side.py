# SPDX-License-Identifier: Apache-2.0
"""whod's side of the tests with Home Assistant: a broker and a door, told what to do line by line.

A process of its own, because Home Assistant wants other versions of what both need. A line in is
``["method", {arguments}]``, a line out ``[true, result]`` or ``[false, "what went wrong"]``.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from support_broker import Broker, wait_until
from support_device import STATUS as USUAL
from support_device import TOPICS
from support_door import Door, a_decision, a_visit

from daemon.mqtt import discovery
from daemon.mqtt.mailbox import Pictures
from daemon.types import Answer, EventType, InView, Person, Snapshot

STATUS = replace(USUAL, version="1.2.3", latest_version="1.2.3")


class House:
    """What a test may ask for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "mosquitto").mkdir()
        self._broker = Broker(folder / "mosquitto")
        self._broker.start()
        self._all = self._broker.subscriber()
        self._door: Door | None = None
        self._people: set[Person] = set()

    def close(self) -> None:
        with contextlib.suppress(Exception):
            self.leave()
        self._broker.close()

    def port(self) -> int:
        return self._broker.port

    def lock_up(self, access_list: str, passwords: dict[str, str]) -> None:
        """The broker lets in who has a password, and allows what the access list does; us, everything."""
        folder = self._folder / "mosquitto"
        (folder / "acl").write_text(f"{access_list}\nuser test\ntopic readwrite #\n")
        for user, password in {**passwords, "test": "test"}.items():
            create = [] if (folder / "passwd").exists() else ["-c"]
            subprocess.run(["mosquitto_passwd", "-b", *create, str(folder / "passwd"), user, password], check=True)
        self._broker.stop()
        self._broker.configure(
            "allow_anonymous false", f"password_file {folder / 'passwd'}", f"acl_file {folder / 'acl'}"
        )
        self._broker.start()
        self._all.close()
        self._all = self._broker.subscriber(username="test", password="test")

    def device_message(
        self, people: list[str], commands: list[str], *, pictures: bool, cameras: list[str] = (), **left_out: bool
    ) -> dict:
        """How whod would describe itself."""
        about = discovery.About(TOPICS, "1.2.3", tuple(commands), pictures, "http://192.168.1.5:8737", tuple(cameras))
        known = [Person(str(uuid.uuid5(uuid.NAMESPACE_DNS, name)), name) for name in people]
        return discovery.device_message(about, known, **left_out)

    def device_topic(self) -> str:
        return discovery.topic("homeassistant", TOPICS)

    def reduced(self, before: dict, now: dict) -> dict | None:
        return discovery.reduced(before, now)

    def open(
        self,
        people: list[str],
        commands: list[str] = (),
        forgotten: list[str] = (),
        *,
        pictures: bool = False,
        password: str | None = None,
        **settings: object,
    ) -> None:
        """A door at which these are known begins to publish."""
        for name in forgotten:
            self._people.remove(self._of(name))
        for name in people:
            self._know(name)
        self._door = Door(
            self._folder,
            self._broker.port,
            password,
            described=True,
            pictures=Pictures(publish=pictures),
            node=TOPICS.node,
            commands=json.dumps(list(commands)),
            **settings,
        )
        self._door.people = self._people
        self._door.start()
        self._door.publisher.set_view(InView())
        self.say()
        wait_until(lambda: self._door.publisher.connected, "whod to be connected")

    def leave(self, *, for_good: bool = False) -> None:
        """The door ends."""
        if self._door is not None:
            self._door.stop(for_good=for_good)
            self._door = None

    def know(self, name: str, person_id: str) -> None:
        """Somebody who is enrolled already, with this id."""
        self._people.add(Person(person_id, name))

    def enrol(self, name: str, *, familiar: bool = False) -> str:
        """Somebody is enrolled, and this is their id."""
        person = self._know(name, familiar=familiar)
        self._publisher.people_changed()
        return person.id

    def rename(self, name: str, new: str) -> None:
        person = self._of(name)
        self._people.remove(person)
        self._people.add(replace(person, name=new))
        self._publisher.people_changed()

    def forget(self, name: str) -> None:
        self._people.remove(self._of(name))
        self._publisher.people_changed()

    def id_of(self, name: str) -> str:
        return self._of(name).id

    def decide(self, name: str | None, age_s: float = 0.0, **changes: object) -> str:
        """A decision on a frame `age_s` old; gives the id of its event."""
        person = self._of(name) if name else None
        if "event_type" in changes:
            changes["event_type"] = EventType(changes["event_type"])
        changes = {"event_id": str(uuid.uuid4()), "sighting_id": str(uuid.uuid4()), **changes}
        captured_at = datetime.now(UTC) - timedelta(seconds=age_s)
        decision = a_decision(person, age_s, captured_at=captured_at, **changes)
        self._publisher.offer(decision)
        return decision.event_id

    def decide_all(self, names: list[str]) -> None:
        """Decisions of one frame."""
        for name in names:
            self.decide(name)

    def view(self, people: list[str], strangers: int = 0) -> None:
        """Who is in view."""
        known = frozenset(self._of(name) for name in people)
        self._publisher.set_view(InView(known, strangers))

    def visit_ends(self, name: str | None) -> None:
        """Somebody is gone; waits until the broker has the record of it."""
        before = len(self._all.on(self._door.topics.sighting))
        self._door.leave(a_visit(self._of(name) if name else None))
        self._all.wait_for(self._door.topics.sighting, count=before + 1)

    def picture(self, name: str | None, jpeg: str) -> None:
        """A picture of somebody; `jpeg` in hex."""
        self._publisher.show(Snapshot(bytes.fromhex(jpeg), self._of(name).id if name else None))

    def say(self, **status: object) -> None:
        """How whod is."""
        self._publisher.set_status({**STATUS.as_json(), **status})

    def commands(self) -> list[list[str]]:
        """What was asked of whod: name and payload."""
        return [[command.name, command.payload.decode()] for command in self._door.commands]

    def answer(self, *, ok: bool, sentence: str) -> None:
        """Answer the last command."""
        self._publisher.answer(Answer(self._door.commands[-1], ok, sentence))

    def publish(self, topic: str, payload: str, *, retain: bool = False) -> None:
        """Somebody else says something."""
        self._all.publish(topic, payload.encode(), retain=retain)

    def heard(self, topic: str) -> list[str]:
        """What came on a topic, up to now."""
        return [message.payload.decode() for message in self._all.on(topic)]

    def wait_for(self, topic: str, count: int = 1) -> list[str]:
        """Wait for so many messages on a topic."""
        return [message.payload.decode() for message in self._all.wait_for(topic, count=count)]

    def retained(self) -> dict[str, str]:
        """What the broker keeps for those who come later."""
        late = self._broker.subscriber()
        late.publish("test/end", b"")
        late.wait_for("test/end")
        late.close()
        return {
            message.topic: message.payload.decode(errors="replace") for message in late.messages if message.retain
        }

    def broker_stops(self) -> None:
        self._broker.kill()

    def broker_starts(self) -> None:
        """The broker is there again, and whod with it."""
        self._broker.start()
        if self._door is not None:
            wait_until(lambda: self._door.publisher.connected, "whod to be connected again")

    @property
    def _publisher(self):
        return self._door.publisher

    def _of(self, name: str) -> Person:
        return next(person for person in self._people if person.name == name)

    def _know(self, name: str, *, familiar: bool = False) -> Person:
        person = Person(str(uuid.uuid5(uuid.NAMESPACE_DNS, name)), name, familiar=familiar)
        self._people.add(person)
        return person


def main() -> None:
    house = House(Path(sys.argv[1]))
    try:
        for line in sys.stdin:
            method, arguments = json.loads(line)
            try:
                answer = [True, getattr(house, method)(**arguments)]
            except BaseException as error:  # noqa: BLE001 - the other side fails with it
                answer = [False, f"{method}: {error!r}"]
            print(json.dumps(answer), flush=True)  # noqa: T201 - this is how it answers
    finally:
        house.close()


if __name__ == "__main__":
    main()
