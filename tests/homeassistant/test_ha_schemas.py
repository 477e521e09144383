# SPDX-License-Identifier: Apache-2.0
"""The device message, by Home Assistant's own schemas, which drop what they do not know without a word."""

from __future__ import annotations

import copy
import importlib
from typing import TYPE_CHECKING, Any

import pytest
import support_homeassistant_keys as lint
import voluptuous as vol
from homeassistant.components.mqtt import abbreviations, discovery
from homeassistant.components.mqtt.schemas import (
    DEVICE_DISCOVERY_SCHEMA,
    MQTT_ENTITY_DEVICE_INFO_SCHEMA,
    MQTT_ORIGIN_INFO_SCHEMA,
)
from homeassistant.components.sensor.const import DEVICE_CLASS_UNITS
from support_core import COMMANDS, DEVICE, House

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

MERGED = {"device", "origin", "platform"}
"""What Home Assistant itself takes out of a component or puts into it."""
SINCE = {"default_entity_id": "2025.10", "def_ent_id": "2025.10"}
"""Keys that older versions drop, and make do without."""


def schema(platform: str) -> Any:
    module = importlib.import_module(
        f"homeassistant.components.mqtt.{'device_trigger' if platform == 'device_automation' else platform}"
    )
    return module.TRIGGER_DISCOVERY_SCHEMA if platform == "device_automation" else module.DISCOVERY_SCHEMA


def spelt_out(message: dict[str, Any]) -> dict[str, Any]:
    """The message without abbreviations."""
    message = copy.deepcopy(message)
    discovery._replace_all_abbreviations(message)
    return message


def dropped(message: dict[str, Any]) -> dict[str, set[str]]:
    """The keys that Home Assistant drops, of each component; raises what its schemas raise."""
    message = DEVICE_DISCOVERY_SCHEMA(spelt_out(message))
    lost = {}
    for key, component in message["components"].items():
        shared = {option: message[option] for option in discovery.SHARED_OPTIONS if option in message}
        payload = {**shared, **component, "device": message["device"], "origin": message["origin"]}
        platform = payload.pop("platform")
        kept = schema(platform)(payload)
        if missing := set(component) - set(kept) - MERGED - OLD:
            lost[key] = missing
    return lost


def keys_of(platform: str) -> set[str]:
    """What Home Assistant knows of a platform."""
    whole = schema(platform)
    parts = [whole] if isinstance(whole, vol.Schema) else whole.validators
    return {str(key) for part in parts if isinstance(part, vol.Schema) for key in part.schema}


OLD = set(SINCE) - keys_of("event")


@pytest.fixture
def whole(house: House) -> dict[str, Any]:
    """The device with everything that it can have."""
    cameras = ["garden", "0", "a-b_c"]
    return house.call("device_message", people=["Alice", "Bob"], commands=COMMANDS, pictures=True, cameras=cameras)


async def test_no_key_of_ours_is_dropped(hass: HomeAssistant, whole: dict[str, Any]) -> None:
    assert dropped(whole) == {}
    assert len(whole["cmps"]) > 20


@pytest.mark.parametrize(("component", "misspelt"), [("who", "val_template"), ("identified", "object_id_")])
async def test_a_misspelt_key_is_noticed(
    hass: HomeAssistant, whole: dict[str, Any], component: str, misspelt: str
) -> None:
    whole["cmps"][component][misspelt] = "x"

    assert dropped(whole) == {component: {misspelt}}


async def test_every_abbreviation_is_one(whole: dict[str, Any]) -> None:
    """Spelt out, no two keys fall together."""
    for key, component in whole["cmps"].items():
        assert len(spelt_out(whole)["components"][key]) == len(component), key


async def test_what_is_reduced_is_taken_for_a_removal(hass: HomeAssistant, house: House) -> None:
    before = house.call("device_message", people=["Alice", "Bob"], commands=COMMANDS, pictures=True)
    now = house.call("device_message", people=["Bob"], commands=[], pictures=False)

    first = house.call("reduced", before=before, now=now)

    gone = set(before["cmps"]) - set(now["cmps"])
    assert gone
    assert {key for key, component in first["cmps"].items() if len(component) == 1} == gone
    DEVICE_DISCOVERY_SCHEMA(spelt_out(first))


async def test_the_topic_is_one_that_home_assistant_reads(house: House) -> None:
    component, node, key = discovery.TOPIC_MATCHER.match(DEVICE.removeprefix("homeassistant/")).groups()

    assert (component, node, key) == ("device", None, "whod_front-door")
    assert house.call("device_topic") == DEVICE


class TestTheFastLint:
    """tests/mqtt runs without Home Assistant, by tables of what it knows: those are right."""

    def test_keys(self) -> None:
        wrong = {platform: known - keys_of(platform) - OLD for platform, known in lint.KNOWN.items()}
        assert not any(wrong.values()), wrong

    def test_required_keys(self) -> None:
        for platform, required in lint.REQUIRED.items():
            whole = schema(platform)
            parts = [whole] if isinstance(whole, vol.Schema) else whole.validators
            theirs = {
                str(key) for part in parts for key in getattr(part, "schema", ()) if isinstance(key, vol.Required)
            }
            assert theirs - {"device"} <= set(required) <= keys_of(platform), platform

    @pytest.mark.parametrize(
        ("ours", "theirs"),
        [
            (lint.ABBREVIATIONS, abbreviations.ABBREVIATIONS),
            (lint.DEVICE_ABBREVIATIONS, abbreviations.DEVICE_ABBREVIATIONS),
            (lint.ORIGIN_ABBREVIATIONS, abbreviations.ORIGIN_ABBREVIATIONS),
        ],
        ids=["component", "device", "origin"],
    )
    def test_abbreviations(self, ours: dict[str, str], theirs: dict[str, str]) -> None:
        gone_or_not_there_yet = {"obj_id", "def_ent_id"}
        known = {short: long for short, long in ours.items() if short not in gone_or_not_there_yet - set(theirs)}
        assert known.items() <= theirs.items()

    def test_the_device_and_the_origin(self) -> None:
        (device,) = (part for part in MQTT_ENTITY_DEVICE_INFO_SCHEMA.validators if isinstance(part, vol.Schema))
        (origin,) = MQTT_ORIGIN_INFO_SCHEMA.validators
        assert {str(key) for key in device.schema} >= lint.DEVICE_KEYS
        assert {str(key) for key in origin.schema} >= lint.ORIGIN_KEYS
        assert {str(key) for key in DEVICE_DISCOVERY_SCHEMA.schema} >= lint.MESSAGE_KEYS

    def test_device_classes_and_their_units(self) -> None:
        for platform, classes in lint.CLASSES.items():
            for device_class in classes:
                importlib.import_module(f"homeassistant.components.{platform}").DEVICE_CLASSES_SCHEMA(device_class)
        for device_class, units in lint.UNITS.items():
            assert units <= DEVICE_CLASS_UNITS[device_class]
