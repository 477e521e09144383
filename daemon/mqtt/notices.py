# SPDX-License-Identifier: Apache-2.0
"""What a connection to a broker tells of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from daemon.mqtt.problems import Problem


@dataclass(frozen=True, slots=True)
class Up:
    """The broker has accepted us."""

    receive_maximum: int
    """How many QoS 1 messages it takes before it has acknowledged one."""
    maximum_packet_bytes: int | None
    """The longest packet that it takes; None if it does not say."""
    mqtt5: bool
    """Whether it speaks MQTT 5; else 3.1.1."""


@dataclass(frozen=True, slots=True)
class Acked:
    """The broker has answered a QoS 1 message, a subscription or a question."""

    mid: int
    code: int
    """The MQTT 5 reason code."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A message came: a retained one that was there before us, or a live one on a topic of `Link.hear`."""

    topic: str
    payload: bytes
    """Its first bytes, as many as `Link.subscribe` was told."""
    retained: bool = True
    correlation: bytes | None = None
    """MQTT 5 correlation data."""
    response_topic: str | None = None
    """Where an answer is wanted, by MQTT 5."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The connection is over, or was never made; the last notice."""

    problem: Problem | None
    """Why; None if we left."""


Notice = Up | Acked | Heard | Ended
