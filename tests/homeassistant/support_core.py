# SPDX-License-Identifier: Apache-2.0
"""Home Assistant's own code, for those who have it; see run.sh."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.components import mqtt
from homeassistant.components.device_automation import DeviceAutomationType, async_get_device_automations
from homeassistant.components.mqtt.abbreviations import ABBREVIATIONS
from homeassistant.components.mqtt.config_flow import FlowHandler
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.helpers import device_registry, entity_registry
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

if TYPE_CHECKING:
    from collections.abc import Callable

    from homeassistant.core import HomeAssistant, State

HERE = Path(__file__).parent
PYTHON = os.environ.get("WHOD_PYTHON", str(HERE.parents[1] / ".venv" / "bin" / "python"))
"""The Python that whod runs with."""

NODE = "front-door"
COMMANDS = ["pause", "threshold", "restart", "capture", "enrol"]
BASE = f"whod/{NODE}"
DEVICE = f"homeassistant/device/whod_{NODE}/config"
HAS_OWN_ENTITY_IDS = "def_ent_id" in ABBREVIATIONS
"""Since 2025.10 a device says what its entities' ids are; before, they were made of names."""
PATIENCE_S = 20.0

FOR_THE_DEVICE = {
    "identified": "event.whod_front_door",
    "who": "sensor.whod_front_door_who_is_there",
    "last": "sensor.whod_front_door_last_person",
    "in_view": "sensor.whod_front_door_people_in_view",
    "stranger": "binary_sensor.whod_front_door_stranger_in_view",
    "problem": "binary_sensor.whod_front_door_problem",
    "enrolled": "sensor.whod_front_door_people_enrolled",
    "similarity": "sensor.whod_front_door_similarity",
    "latency": "sensor.whod_front_door_latency",
    "latency_p95": "sensor.whod_front_door_latency_p95",
    "temperature": "sensor.whod_front_door_temperature",
    "frame_rate": "sensor.whod_front_door_frame_rate",
    "disk_free": "sensor.whod_front_door_disk_free",
    "version": "update.whod_front_door_version",
}
BY_COMMANDS = {
    "pause": "switch.whod_front_door_pause",
    "threshold": "number.whod_front_door_threshold",
    "restart": "button.whod_front_door_restart",
    "capture": "button.whod_front_door_capture",
}
WITH_PICTURES = {"picture": "image.whod_front_door_last_face"}
"""Entity ids by what is after ``whod_<node>_`` in their unique ids: those that are always there, and the others."""


class House:
    """A broker and whod, in a process of their own: whod_side.py has what may be asked of them."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [PYTHON, str(HERE / "whod_side.py"), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join((str(HERE.parent), str(HERE.parent / "mqtt")))},
        )

    def call(self, method: str, **arguments: Any) -> Any:
        """Do it, and wait until it is done."""
        print(json.dumps([method, arguments]), file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        assert line, f"{method}: whod's side has ended"
        good, result = json.loads(line)
        assert good, result
        return result

    def __getattr__(self, method: str) -> Callable[..., Any]:
        async def call(**arguments: Any) -> Any:
            return await asyncio.get_running_loop().run_in_executor(None, lambda: self.call(method, **arguments))

        return call

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait(PATIENCE_S)
        self._process.stdout.close()


class Core:
    """A Home Assistant that is connected to the broker."""

    def __init__(self, hass: HomeAssistant, house: House, folder: Path, **login: str) -> None:
        self.hass = hass
        self.house = house
        self.folder = folder
        self.entry = MockConfigEntry(
            domain=mqtt.DOMAIN,
            data={"broker": "127.0.0.1", "port": house.call("port"), "protocol": "5", **login},
            version=FlowHandler.VERSION,
            minor_version=FlowHandler.MINOR_VERSION,
        )

    async def start(self) -> Core:
        """Set up and connect."""
        self.hass.config.config_dir = str(self.folder)
        (self.folder / "configuration.yaml").touch()
        assert await async_setup_component(self.hass, "tag", {})  # a part of its default configuration
        self.entry.add_to_hass(self.hass)
        assert await self.hass.config_entries.async_setup(self.entry.entry_id)
        await self.hass.async_block_till_done()
        return self

    async def stop(self) -> None:
        await self.hass.config_entries.async_unload(self.entry.entry_id)
        await self.hass.async_block_till_done()

    async def restart_mqtt(self) -> None:
        """Its integration is loaded anew, as after a change of its settings."""
        await self.hass.config_entries.async_reload(self.entry.entry_id)
        await self.hass.async_block_till_done()

    async def until(self, condition: Callable[[], object], what: str) -> Any:
        """Wait for something to be true."""
        deadline = time.monotonic() + PATIENCE_S
        while not (result := condition()):
            if time.monotonic() > deadline:
                pytest.fail(f"waited {PATIENCE_S:g} s for {what}")
            await asyncio.sleep(0.02)
        return result

    async def settle(self) -> None:
        """Wait until Home Assistant has had everything that the broker was given so far."""
        heard = asyncio.Event()
        unsubscribe = await mqtt.async_subscribe(self.hass, "test/settle", lambda _message: heard.set(), 1)
        while not heard.is_set():
            await self.house.publish(topic="test/settle", payload="now")
            await asyncio.sleep(0.1)
        unsubscribe()
        await asyncio.sleep(0.1)  # what those messages started has begun; it may be a script that takes its time

    def device(self) -> device_registry.DeviceEntry | None:
        """Our device."""
        devices = device_registry.async_entries_for_config_entry(
            device_registry.async_get(self.hass), self.entry.entry_id
        )
        ours = (mqtt.DOMAIN, f"whod_{NODE}")
        return next((device for device in devices if ours in device.identifiers), None)

    def entities(self) -> dict[str, entity_registry.RegistryEntry]:
        """Our entities, by what is after ``whod_<node>_`` in their unique ids."""
        entries = entity_registry.async_entries_for_config_entry(
            entity_registry.async_get(self.hass), self.entry.entry_id
        )
        return {entry.unique_id.removeprefix(f"whod_{NODE}_"): entry for entry in entries}

    def state(self, what: str) -> State | None:
        """The state of one of them."""
        entry = self.entities().get(what)
        return entry and self.hass.states.get(entry.entity_id)

    async def until_state(self, what: str, value: str) -> State:
        """Wait for a state."""
        await self.until(lambda: (state := self.state(what)) and state.state == value, f"{what} to be {value}")
        return self.state(what)

    async def open(self, people: list[str], **how: Any) -> dict[str, str]:
        """The door opens; gives the ids of the entities that appear."""
        await self.house.open(people=people, **how)
        await self.until(lambda: len(self.entities()) >= len(FOR_THE_DEVICE) + len(people), "the entities")
        await self.until(lambda: self.state("who").state != STATE_UNAVAILABLE, "whod to be online")
        return {what: entry.entity_id for what, entry in self.entities().items()}

    async def triggers(self) -> list[tuple[str, str]]:
        """Type and subtype of the device's triggers."""
        device = self.device()
        found = await async_get_device_automations(self.hass, DeviceAutomationType.TRIGGER, [device.id])
        return sorted((t["type"], t["subtype"]) for t in found[device.id] if t["domain"] == mqtt.DOMAIN)

    async def automate(self, *automations: dict[str, Any]) -> None:
        """Load automations, and wait until their triggers listen."""
        assert await async_setup_component(self.hass, "automation", {"automation": list(automations)})
        await self.hass.async_block_till_done()
        await self.settle()


def a_jpeg(size: int) -> bytes:
    """So many bytes that begin and end as a JPEG does."""
    return b"\xff\xd8\xff\xe0" + bytes(size - 6) + b"\xff\xd9"
