# SPDX-License-Identifier: Apache-2.0
"""Why there is no connection to the broker, in a sentence that says what to do."""

from __future__ import annotations

import socket
from dataclasses import dataclass

FAILURE = 0x80
"""MQTT 5 reason codes from here on are failures."""
PROTOCOL_ERROR = 0x82
UNSUPPORTED_PROTOCOL = 0x84
BAD_CREDENTIALS = 0x86
NOT_AUTHORISED = 0x87
BANNED = 0x8A
KEEP_ALIVE_TIMEOUT = 0x8D
TAKEN_OVER = 0x8E


@dataclass(frozen=True, slots=True)
class Problem:
    """What keeps us from the broker."""

    sentence: str
    lasting: bool = False
    """Trying again soon would not help: somebody has to change something."""
    kind: str = ""
    """The same in a word, for those who have sentences of their own; see `daemon.types.BrokerTrial`."""


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is, and the sentences about it."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    def failed(self, error: Exception) -> Problem:
        """No connection could be made, or what came over it was no MQTT."""
        match error:
            case socket.gaierror() | UnicodeError():
                return Problem(
                    f"The broker's name {self.host} is not known: check mqtt.host and the network.",
                    kind="unknown-name",
                )
            case ConnectionRefusedError():
                return Problem(
                    f"Nothing listens at {self}: start the broker, or correct mqtt.host and mqtt.port.",
                    kind="refused",
                )
            case TimeoutError():
                return self.silent
            case OSError():
                return Problem(
                    f"The broker at {self} cannot be reached ({error.strerror or error}): check the network.",
                    kind="unreachable",
                )
            case _:
                return self.strange

    def refused(self, code: int, words: str) -> Problem:
        """The broker answered, and does not want us."""
        if code in (BAD_CREDENTIALS, NOT_AUTHORISED, BANNED):
            return Problem(
                f"The broker at {self} does not let us in ({words}): check mqtt.username and its password.",
                lasting=True,
                kind="no-entry",
            )
        if code == UNSUPPORTED_PROTOCOL:
            return Problem(
                f"The broker at {self} does not speak MQTT 5: update it (mosquitto has it since 1.6).",
                lasting=True,
                kind="old",
            )
        return Problem(f"The broker at {self} refuses the connection ({words}): see its log.", kind="closed")

    def dropped(self, code: int) -> Problem:
        """We have ended the connection, because of what came, or did not come."""
        return {KEEP_ALIVE_TIMEOUT: self.silent, PROTOCOL_ERROR: self.strange}.get(code, self.lost)

    def closed(self, code: int, words: str) -> Problem:
        """The broker has ended the connection."""
        if code == TAKEN_OVER:
            return Problem(
                f"Another device at {self} has the name of this one: give each its own mqtt.node.", lasting=True
            )
        return Problem(f"The broker at {self} has closed the connection ({words}): see its log.", kind="closed")

    @property
    def lost(self) -> Problem:
        """The connection ended, nobody said why. mosquitto 2.0 says nothing of a name that is used twice."""
        return Problem(
            f"The connection to the broker at {self} is lost: "
            "see whether it is up, and that no other device has this mqtt.node.",
            kind="lost",
        )

    @property
    def strange(self) -> Problem:
        """Something answers in another language."""
        return Problem(f"What answers at {self} is no MQTT broker: correct mqtt.host and mqtt.port.", kind="strange")

    @property
    def silent(self) -> Problem:
        """Something is there, or on the way to there, and does not answer."""
        return Problem(f"The broker at {self} does not answer: check that it is well, and mqtt.host.", kind="silent")

    def denied(self, doing: str, topic: str) -> str:
        """The broker lets us in, but not to this topic; `doing` is ``write`` or ``read``."""
        return f"The broker at {self} does not let us {doing} {topic}: allow it in its access list (docs/mqtt.md)."
