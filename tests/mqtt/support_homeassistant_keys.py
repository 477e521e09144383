# SPDX-License-Identifier: Apache-2.0
"""What Home Assistant (2026.2) knows in a device message; tests/homeassistant holds this to its own code.

What is not here it drops without a word.
"""

from __future__ import annotations


def _keys(words: str) -> frozenset[str]:
    return frozenset(words.split())


_ENTITY = _keys("""
    availability availability_mode availability_template availability_topic default_entity_id enabled_by_default
    encoding entity_category entity_picture icon json_attributes_template json_attributes_topic name
    payload_available payload_not_available qos unique_id
""")
"""`object_id` is no more since 2026.4."""

KNOWN = {
    "binary_sensor": _ENTITY
    | _keys("device_class expire_after force_update off_delay payload_off payload_on state_topic value_template"),
    "button": _ENTITY | _keys("command_template command_topic device_class payload_press retain"),
    "device_automation": _keys("automation_type encoding payload qos subtype topic type value_template"),
    "event": _ENTITY | _keys("device_class event_types state_topic value_template"),
    "image": _ENTITY | _keys("content_type image_encoding image_topic url_template url_topic"),
    "number": _ENTITY
    | _keys("""
        command_template command_topic device_class max min mode optimistic payload_reset retain state_topic step
        unit_of_measurement value_template
    """),
    "sensor": _ENTITY
    | _keys("""
        device_class expire_after force_update last_reset_value_template options state_class state_topic
        suggested_display_precision unit_of_measurement value_template
    """),
    "switch": _ENTITY
    | _keys("""
        command_template command_topic device_class optimistic payload_off payload_on retain state_off state_on
        state_topic value_template
    """),
    "tag": _keys("encoding qos topic value_template"),
    "update": _ENTITY
    | _keys("""
        command_topic device_class display_precision latest_version_template latest_version_topic payload_install
        release_summary release_url retain state_topic title value_template
    """),
}
"""Of each platform that we use, without abbreviations; `device` and `origin` come from the device message."""

REQUIRED = {
    "binary_sensor": {"state_topic"},
    "button": {"command_topic"},
    "device_automation": {"automation_type", "subtype", "topic", "type"},
    "event": {"event_types", "state_topic"},
    "image": {"image_topic"},
    "number": {"command_topic"},
    "sensor": {"state_topic"},
    "switch": {"command_topic"},
    "tag": {"topic"},
    "update": {"state_topic"},
}

ABBREVIATIONS = {
    "atype": "automation_type",
    "avty_t": "availability_topic",
    "cmd_t": "command_topic",
    "cmps": "components",
    "cont_type": "content_type",
    "def_ent_id": "default_entity_id",
    "dev": "device",
    "dev_cla": "device_class",
    "ent_cat": "entity_category",
    "evt_typ": "event_types",
    "ic": "icon",
    "img_t": "image_topic",
    "json_attr_t": "json_attributes_topic",
    "json_attr_tpl": "json_attributes_template",
    "l_ver_t": "latest_version_topic",
    "l_ver_tpl": "latest_version_template",
    "o": "origin",
    "obj_id": "object_id",
    "p": "platform",
    "pl": "payload",
    "pl_inst": "payload_install",
    "pl_prs": "payload_press",
    "rel_s": "release_summary",
    "stat_cla": "state_class",
    "stat_t": "state_topic",
    "stype": "subtype",
    "sug_dsp_prc": "suggested_display_precision",
    "t": "topic",
    "tit": "title",
    "uniq_id": "unique_id",
    "unit_of_meas": "unit_of_measurement",
    "val_tpl": "value_template",
}
"""Those that we use, or might by mistake."""

DEVICE_ABBREVIATIONS = {
    "cu": "configuration_url",
    "ids": "identifiers",
    "mdl": "model",
    "mf": "manufacturer",
    "sw": "sw_version",
}
DEVICE_KEYS = frozenset({"configuration_url", "identifiers", "manufacturer", "model", "name", "sw_version"})
ORIGIN_ABBREVIATIONS = {"sw": "sw_version", "url": "support_url"}
ORIGIN_KEYS = frozenset({"name", "support_url", "sw_version"})
MESSAGE_KEYS = frozenset({"availability_topic", "components", "device", "origin"})

CLASSES = {
    "binary_sensor": {"occupancy", "problem"},
    "button": {"restart"},
    "sensor": {"data_size", "duration", "temperature"},
}
"""Device classes that we use."""

UNITS = {"data_size": {"GB"}, "duration": {"ms"}, "temperature": {"°C"}}
"""Of a class, those that we use: a sensor with another is refused."""

NOT_CONFIG = {"binary_sensor", "event", "image", "sensor"}
"""Platforms whose entities set nothing: a category `config` is refused, or makes no sense."""

LONGEST_STATE = 255
"""And the longest entity id."""
