# SPDX-License-Identifier: Apache-2.0
"""What others say to us: commands, and that Home Assistant has started."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING

from daemon.mqtt.messages import ONLINE
from daemon.types import Command

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from daemon.clock import Clock
    from daemon.mqtt.notices import Heard
    from daemon.mqtt.topics import Topics

BIRTH_AFTER_S = 0.5, 3.0
"""Others describe themselves too when Home Assistant has started, so not all at once."""
BIRTH_EVERY_S = 10.0


class Ears:
    """Heeds live messages on `topics`, and no others; what a broker retained there is of the past.

    `commands` are the names of those that may be given to `on_command`; an empty `birth_topic` is not listened to.
    """

    def __init__(
        self,
        topics: Topics,
        birth_topic: str,
        commands: Sequence[str],
        on_command: Callable[[Command], None] | None,
        clock: Clock,
    ) -> None:
        self._topics = topics
        self._birth_topic = birth_topic
        self._on_command = on_command
        self._commands = {topics.command(name): name for name in commands} if on_command else {}
        self._clock = clock
        self._due_s = math.inf
        self._again_s = -math.inf

    @property
    def topics(self) -> tuple[str, ...]:
        """Where to listen."""
        return (*self._commands, *filter(None, [self._birth_topic]))

    def heard(self, heard: Heard) -> None:
        """A live message came."""
        if heard.topic in self._commands and self._on_command:
            to = heard.response_topic
            answer_to = to if to and self._topics.is_response(to) else None
            name = self._commands[heard.topic]
            self._on_command(Command(name, heard.payload, heard.correlation, answer_to))
        elif heard.topic == self._birth_topic and heard.payload == ONLINE:
            after_s = random.uniform(*BIRTH_AFTER_S)  # noqa: S311 - jitter is no secret
            self._due_s = min(self._due_s, max(self._again_s, self._clock.monotonic() + after_s))

    def birth(self) -> bool:
        """Whether it is time to tell Home Assistant everything anew; says so once, and not often."""
        now = self._clock.monotonic()
        if now < self._due_s:
            return False
        self._due_s, self._again_s = math.inf, now + BIRTH_EVERY_S
        return True
