# SPDX-License-Identifier: Apache-2.0
"""A door with a publisher, and a connection alone."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from support_door import Door
from support_link import NOT_FIVE, Older, Talk

from daemon.mqtt.notices import Up

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from support_broker import Broker


@pytest.fixture
def make_door(tmp_path: Path) -> Iterator[Callable[..., Door]]:
    """Makes doors that are stopped at the end of the test."""
    with contextlib.ExitStack() as opened:

        def make(port: int, password: str | None = None, **settings: object) -> Door:
            door = Door(tmp_path, port, password, **settings)
            opened.callback(door.stop)
            return door

        yield make


@pytest.fixture
def older(broker: Broker) -> Iterator[Callable[..., Older]]:
    """Makes gates before the broker, for MQTT 3.1.1 only."""
    with contextlib.ExitStack() as opened:
        yield lambda answer=NOT_FIVE: opened.enter_context(contextlib.closing(Older(broker.port, answer)))


@pytest.fixture
def talk() -> Iterator[Callable[..., Talk]]:
    """Makes connections that stand."""
    with contextlib.ExitStack() as opened:

        def begin(port: int, **settings: object) -> Talk:
            talk = opened.enter_context(contextlib.closing(Talk(port, **settings)))
            talk.told(Up)
            return talk

        yield begin


@pytest.fixture
def commander(broker: Broker) -> Iterator[Client]:
    """Somebody who writes."""
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    yield client
    client.disconnect()
    client.loop_stop()
