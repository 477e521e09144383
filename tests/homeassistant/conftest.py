# SPDX-License-Identifier: Apache-2.0
"""A house with whod in it, and a Home Assistant that is real: its core, its MQTT client, its registries."""

from __future__ import annotations

import contextlib
import importlib.util
import logging
from typing import TYPE_CHECKING, NoReturn
from unittest.mock import patch

import pytest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from homeassistant.core import HomeAssistant
    from support_core import Core, House

HAS_IT = importlib.util.find_spec("pytest_homeassistant_custom_component") is not None
HOW = "needs Home Assistant's code: tests/homeassistant/run.sh makes an environment that has it, and runs this there"


class Elsewhere(pytest.Module):
    """A module of tests that cannot run here."""

    def collect(self) -> NoReturn:
        pytest.skip(HOW, allow_module_level=True)


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    return None if HAS_IT else Elsewhere.from_parent(parent, path=module_path)


@pytest.fixture
def expected_lingering_timers() -> bool:
    """Its MQTT client leaves one behind where it unsubscribes from much."""
    return True


@pytest.fixture
def house(tmp_path: Path, socket_enabled: None) -> Iterator[House]:
    """A broker, and whod when it is told to."""
    from support_core import House  # noqa: PLC0415 - the normal run has no Home Assistant

    with contextlib.closing(House(tmp_path)) as house:
        yield house


@pytest.fixture
async def core(
    hass: HomeAssistant, house: House, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[Core]:
    """Home Assistant, connected to the house's broker, with nothing to complain of at the end.

    It does not wait 5 s for others before it says that it is there.
    """
    from support_core import Core  # noqa: PLC0415

    with patch("homeassistant.components.mqtt.client.DISCOVERY_COOLDOWN", 0.1):
        core = await Core(hass, house, tmp_path).start()
        yield core
        complaints = [record.getMessage() for record in caplog.get_records("call") if complains(record)]
        await core.stop()
    assert complaints == []


def complains(record: logging.LogRecord) -> bool:
    """Whether Home Assistant finds fault with what it was told."""
    not_of_us = (
        "Disconnected from MQTT",
        "Failed to connect to MQTT",
        "Error talking to MQTT",
        "No ACK from MQTT server",
        "Error returned from MQTT server: The connection was lost",
        "Detected code that calls async_forward_entry_setups for integration mqtt",  # by its own discovery
    )
    return (
        record.levelno >= logging.WARNING
        and record.name.startswith("homeassistant.")
        and not record.getMessage().startswith(not_of_us)
    )
