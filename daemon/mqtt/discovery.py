# SPDX-License-Identifier: Apache-2.0
"""How whod describes itself to Home Assistant: one device message. Values in, JSON out; docs/home-assistant.md.

Home Assistant drops what it does not know without a word: tests/mqtt/test_discovery_lint.py holds this to what it
knows.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from daemon.config import SLUG
from daemon.mqtt import messages
from daemon.mqtt.discovery_cameras import of_cameras
from daemon.mqtt.discovery_components import PLATFORMS, About, of_people, of_the_device, triggers_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from daemon.mqtt.topics import Topics
    from daemon.types import Person

__all__ = ["About", "device_message", "fitting", "read_back", "reduced", "topic"]

_HEADER_BYTES = 1024
"""Of a packet, beside its payload: the topic, which has a prefix of the user's, and properties."""


def topic(prefix: str, topics: Topics) -> str:
    """Where the device message of this node is kept; retained."""
    return f"{prefix}/device/whod_{topics.node}/config"


def device_message(
    about: About, people: Iterable[Person], *, triggers: bool = True, presence: bool = True
) -> dict[str, Any]:
    """The device with everything that Home Assistant can show and ask of it.

    Args:
        about: what is told of this device.
        people: who is enrolled. Familiar ones are shown, but trigger nothing.
        triggers: with a trigger for each resident.
        presence: with whether each person is in view.
    """
    people = sorted(people, key=lambda person: person.id)
    components = of_the_device(about) | of_cameras(about)
    if presence:
        components |= of_people(about, people)
    if triggers:
        components |= triggers_of(about, people)
    device: dict[str, Any] = {
        "ids": [about.id],
        "name": about.name,
        "mf": "whod",
        "mdl": "Face identification",
        "sw": about.version,
    }
    origin = {"name": "whod", "sw": about.version}
    if about.page_url is not None:
        device["cu"] = origin["url"] = about.page_url
    return {
        "dev": device,
        "o": origin,
        "avty_t": about.topics.availability,
        "cmps": components,
    }


def fitting(
    about: About, people: Iterable[Person], most_bytes: int | None
) -> tuple[dict[str, Any] | None, str | None]:
    """The device message for a broker that takes packets of `most_bytes` at most, or any (None).

    Returns:
        The message, and a sentence on what was left out of it. Triggers go first, then the presence of people; None
        for the message if nothing is left to leave out.
    """
    people = list(people)
    whole = device_message(about, people)
    if most_bytes is None or _bytes(whole) <= most_bytes:
        return whole, None
    why = (
        f"Home Assistant is told of whod only in part: the broker takes messages of {most_bytes:,} bytes at most, "
        f"and with {len(people)} people {_bytes(whole):,} are needed. Raise its limit (mosquitto: max_packet_size); "
        "until then"
    )
    for presence, left_out in (
        (True, "the triggers are left out."),
        (False, "the triggers and the presence of each person are left out."),
    ):
        message = device_message(about, people, triggers=False, presence=presence)
        if _bytes(message) <= most_bytes:
            return message, f"{why} {left_out}"
    return None, f"{why} nothing is told."


def reduced(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any] | None:
    """What is to be told between the device messages `before` and `now`, so that what goes leaves nothing behind.

    Home Assistant removes a component when it is reduced to its platform; one that is merely left out stays. A
    trigger whose person has another name goes, too, and comes back: Home Assistant does not give a trigger a name
    that another one had before. For the same reason nothing new stands in it. None if nothing goes.
    """
    old, new = _components(before), _components(now)
    stay = {key: new[key] for key in old if key in new and _identity(old[key]) == _identity(new[key])}
    gone = {key: {"p": component["p"]} for key, component in old.items() if key not in stay}
    return {**now, "cmps": gone | stay} if gone else None


def both(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """A device message with the components of two; where they differ, as in the `other`."""
    return {**other, "cmps": {**_components(one), **_components(other)}}


def read_back(payload: bytes) -> dict[str, Any]:
    """The device message that a broker kept; an empty one for anything else."""
    try:
        message = json.loads(payload)
    except (ValueError, RecursionError):
        return {}
    return message if isinstance(message, dict) else {}


def _components(message: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Those that can be ours."""
    components = message.get("cmps")
    if not isinstance(components, dict):
        return {}
    return {key: part for key, part in components.items() if SLUG.fullmatch(key) and _platform(part) in PLATFORMS}


def _platform(component: object) -> str:
    platform = component.get("p") if isinstance(component, dict) else None
    return platform if isinstance(platform, str) else ""


def _identity(component: Mapping[str, Any]) -> tuple[object, object]:
    """What Home Assistant does not change in a component that it has."""
    return component["p"], component.get("stype")


def _bytes(message: Mapping[str, Any]) -> int:
    return len(messages.as_bytes(message)) + _HEADER_BYTES
