# SPDX-License-Identifier: Apache-2.0
"""Home Assistant as far as it takes a device message, strict where it is silent."""

from __future__ import annotations

import contextlib
import functools
import json
import re
from datetime import UTC, datetime
from typing import Any

import jinja2
from support_homeassistant_keys import (
    ABBREVIATIONS,
    CLASSES,
    DEVICE_ABBREVIATIONS,
    DEVICE_KEYS,
    KNOWN,
    LONGEST_STATE,
    MESSAGE_KEYS,
    NOT_CONFIG,
    ORIGIN_ABBREVIATIONS,
    ORIGIN_KEYS,
    REQUIRED,
    UNITS,
)

from daemon.types import EventType

_TOPIC = re.compile(r"[^\s+#]+")
_ENTITY_ID = re.compile(r"[a-z_]+\.[a-z0-9]+(_[a-z0-9]+)*")

_strict = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)
_strict.globals["now"] = lambda: datetime.now(UTC)
_strict.globals["as_timestamp"] = lambda time: (
    time if isinstance(time, datetime) else datetime.fromisoformat(time)
).timestamp()


_compiled = functools.cache(_strict.from_string)


def spelt_out(keys: dict[str, Any], abbreviations: dict[str, str] = ABBREVIATIONS) -> dict[str, Any]:
    """Without abbreviations."""
    return {abbreviations.get(key, key): value for key, value in keys.items()}


def complaints(message: dict[str, Any]) -> list[str]:
    """All that Home Assistant would refuse or leave out."""
    whole = spelt_out(message)
    found = _unknown("message", whole, MESSAGE_KEYS)
    found += _unknown("device", spelt_out(whole["device"], DEVICE_ABBREVIATIONS), DEVICE_KEYS)
    found += _unknown("origin", spelt_out(whole["origin"], ORIGIN_ABBREVIATIONS), ORIGIN_KEYS)
    unique: list[str] = []
    for key, short in whole["components"].items():
        component = spelt_out(short)
        if component.keys() == {"platform"}:
            continue  # it is to be removed
        found += [f"{key}: {wrong}" for wrong in _wrong(component, len(short))]
        unique += [component["unique_id"]] if "unique_id" in component else []
        if "availability_topic" not in whole | component:
            found.append(f"{key}: no availability")
    return found + [f"unique id twice: {one}" for one in set(unique) if unique.count(one) > 1]


def states(message: dict[str, Any], topic: str, payload: str) -> dict[str, str]:
    """What each component makes of a payload on `topic`; "" is ignored by all, and "None" is unknown.

    Raises jinja2.UndefinedError for what is not in the payload; Home Assistant makes "" of that.
    """
    listening = {
        key: component
        for key, short in message["cmps"].items()
        if topic in ((component := spelt_out(short)).get("state_topic"), component.get("topic"))
    }
    return {key: render(component.get("value_template"), payload) for key, component in listening.items()}


def attributes(component: dict[str, Any], payload: str) -> dict[str, Any]:
    """What an entity shows beside its state."""
    return json.loads(render(spelt_out(component).get("json_attributes_template"), payload))


def render(template: str | None, payload: str) -> str:
    """As Home Assistant does it with a payload."""
    if template is None:
        return payload
    given: dict[str, Any] = {"value": payload}
    with contextlib.suppress(ValueError):
        given["value_json"] = json.loads(payload)
    return _compiled(template).render(given).strip()


def _wrong(component: dict[str, Any], keys: int) -> list[str]:
    platform = component.pop("platform", None)
    if platform not in KNOWN:
        return [f"no platform: {platform}"]
    if len(component) + 1 != keys:
        return ["one key twice"]
    found = _unknown(platform, component, KNOWN[platform])
    found += [f"no {key}" for key in sorted(REQUIRED[platform] - set(component))]
    if "name" in KNOWN[platform]:
        found += [f"no {key}" for key in ("unique_id", "default_entity_id", "name") if key not in component]
        entity_id = component.get("default_entity_id", "")
        fits = len(entity_id) <= LONGEST_STATE and _ENTITY_ID.fullmatch(entity_id)
        if not (fits and entity_id.startswith(f"{platform}.")):
            found.append(f"no entity id: {entity_id}")
    for key, value in component.items():
        if key.endswith("topic") and not _TOPIC.fullmatch(value):
            found.append(f"no topic: {value}")
        elif key.endswith("template"):
            _compiled(value)
    return found + _wrong_values(platform, component)


def _wrong_values(platform: str, component: dict[str, Any]) -> list[str]:
    found = []
    device_class, unit = component.get("device_class"), component.get("unit_of_measurement")
    if device_class not in {None, *CLASSES.get(platform, ())}:
        found.append(f"device class {device_class}")
    if unit is not None and unit not in UNITS.get(device_class, {unit}):
        found.append(f"{unit} of {device_class}")
    category = component.get("entity_category")
    if category not in {None, "diagnostic", "config"} or (category == "config" and platform in NOT_CONFIG):
        found.append(f"entity category {category}")
    if component.get("state_class") not in {None, "measurement"}:
        found.append(f"state class {component['state_class']}")
    if platform == "event" and (
        missing := {each.value for each in EventType} - set(component.get("event_types", ()))
    ):
        found.append(f"event types that are dropped: {sorted(missing)}")
    if platform == "number" and not component["min"] < component["max"]:
        found.append("an empty range")
    return found


def _unknown(what: str, given: dict[str, Any], known: frozenset[str]) -> list[str]:
    return [f"{what} does not know {key}" for key in sorted(set(given) - known)]
