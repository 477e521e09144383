# SPDX-License-Identifier: Apache-2.0
"""Whether a broker can be used: one connection beside the usual one, and what it may read and write."""

from __future__ import annotations

import queue
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

from daemon.mqtt import messages
from daemon.mqtt.link import Link
from daemon.mqtt.notices import Acked, Ended, Heard, Up
from daemon.mqtt.problems import FAILURE, Broker
from daemon.mqtt.topics import Topics
from daemon.types import BrokerTrial

if TYPE_CHECKING:
    from daemon.clock import Clock
    from daemon.config import MqttSettings
    from daemon.mqtt.notices import Notice

LIMIT_S = 8.0
"""For all of it."""
_FAREWELL_S = 1.0


def try_broker(settings: MqttSettings, password: str | None, clock: Clock, limit_s: float = LIMIT_S) -> BrokerTrial:
    """Connect, subscribe and publish as whod would, under a client id of its own; retains nothing there.

    What is published goes to `present` of nobody, and must come back. Waits up to `limit_s`.
    """
    if not settings.host:
        return BrokerTrial(works=False, sentence="No broker is named: fill in mqtt.host.", kind="no-host")
    trial = _Trial(settings, password, clock, limit_s)
    return replace(trial.run(), place=str(trial.broker))


class _Trial:
    def __init__(self, settings: MqttSettings, password: str | None, clock: Clock, limit_s: float) -> None:
        self.broker = Broker(settings.host, settings.port)
        self._topics = Topics(settings.base, settings.node_id)
        self._reads = [self._topics.any_present, self._topics.last]
        self._reads += [self._topics.command(name) for name in settings.commands]
        self._reads += [settings.birth_topic] if settings.birth_topic and settings.discovery_prefix else []
        self._clock = clock
        self._deadline_s = clock.monotonic() + limit_s
        self._notices: queue.SimpleQueue[Notice] = queue.SimpleQueue()
        self._nobody = f"trial-{secrets.token_hex(4)}"
        self._link = Link(
            settings,
            password,
            self._topics,
            lambda _, notice: self._notices.put(notice),
            guest=f"{self._topics.base}-{self._topics.node}-{self._nobody}",
        )

    def run(self) -> BrokerTrial:
        self._link.start()
        try:
            return self._greeting() or self._echo()
        finally:
            self._link.leave()
            self._link.join(_FAREWELL_S)

    def _greeting(self) -> BrokerTrial | None:
        """What keeps us from being let in; None if nothing does."""
        match self._next():
            case Up():
                return None
            case Ended(problem) if problem:
                return BrokerTrial(works=False, sentence=problem.sentence, kind=problem.kind)
            case _:
                return self._silent()

    def _echo(self) -> BrokerTrial:
        """Once it has let us in: what it lets us do."""
        topic = self._topics.present(self._nobody)
        asked = {self._link.subscribe(each): ("read", each) for each in self._reads}
        sent = False
        while (notice := self._next()) is not None:
            match notice:
                case Acked(mid, code) if mid in asked:
                    doing, what = asked.pop(mid)
                    if code >= FAILURE:
                        return self._denied(doing, what)
                    if not asked and not sent:
                        sent = True
                        asked[self._link.publish(topic, messages.OFF, qos=1)] = ("write", topic)
                case Heard(found) if found == topic:
                    return BrokerTrial(
                        works=True,
                        sentence=f"The broker at {self.broker} works: it lets whod in, and a test message went there "
                        "and back.",
                        kind="works",
                    )
                case Ended(problem):
                    said = problem or self.broker.lost
                    return BrokerTrial(works=False, sentence=said.sentence, kind=said.kind or "closed")
                case _:
                    pass
        # Some brokers take a subscription, and then send nothing that it may not read.
        return self._denied("read", self._topics.any_present) if sent and not asked else self._silent()

    def _denied(self, doing: str, topic: str) -> BrokerTrial:
        return BrokerTrial(works=False, sentence=self.broker.denied(doing, topic), kind=f"denied-{doing}")

    def _silent(self) -> BrokerTrial:
        return BrokerTrial(works=False, sentence=self.broker.silent.sentence, kind="silent")

    def _next(self) -> Notice | None:
        """What happens next; None if nothing does in time."""
        try:
            return self._notices.get(timeout=max(0.0, self._deadline_s - self._clock.monotonic()))
        except queue.Empty:
            return None
