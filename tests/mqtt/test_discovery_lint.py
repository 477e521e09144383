# SPDX-License-Identifier: Apache-2.0
"""Nothing of the device message is what Home Assistant refuses, or drops without a word.

What it knows stands in support_homeassistant_keys.py, which tests/homeassistant holds to its own code.
"""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import chain, combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support_device import ALL, LEAST, POSTMAN, STATUSES, TOPICS, described
from support_door import ALICE, BOB, a_decision
from support_homeassistant import complaints, states
from support_homeassistant_keys import LONGEST_STATE
from support_names import HOSTILE_NAMES

from daemon.config import COMMANDS
from daemon.mqtt import discovery, messages
from daemon.types import EventType, Person

SOME_COMMANDS = list(chain.from_iterable(combinations(COMMANDS, n) for n in range(len(COMMANDS) + 1)))


@pytest.mark.parametrize("pictures", [True, False])
@pytest.mark.parametrize("commands", SOME_COMMANDS)
def test_home_assistant_takes_all_of_it(commands, pictures):
    assert complaints(described(about=replace(ALL, commands=commands, pictures=pictures))) == []


@pytest.mark.parametrize("node", ["a", "0", "front_door", "a-b_c-d", "-", "x" * 64])
def test_home_assistant_takes_it_of_any_node(node):
    assert complaints(described(about=replace(ALL, topics=replace(TOPICS, node=node)))) == []


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=100), max_size=5))
def test_home_assistant_takes_it_with_any_names(names):
    assert complaints(described([Person(f"id-{i}", name) for i, name in enumerate(names)])) == []


def test_home_assistant_takes_it_with_hostile_names():
    """The last ones are three times as long in the letters of an entity id."""
    names = (*HOSTILE_NAMES, "a" * 99 + "-b", "\N{LATIN SMALL LIGATURE FFI}" * 100)
    about = replace(ALL, topics=replace(TOPICS, node="x" * 64))
    assert complaints(described([Person(f"id-{i}", name) for i, name in enumerate(names)], about)) == []


def test_home_assistant_takes_what_is_told_before_something_goes():
    assert complaints(discovery.reduced(described(), described((BOB,), LEAST))) == []


@pytest.mark.parametrize(
    ("component", "change", "complaint"),
    [
        ("who", {"val_tp": "x"}, "who: sensor does not know val_tp"),
        ("identified", {"object_id": "x"}, "identified: event does not know object_id"),
        ("identified", {"obj_id": "x"}, "identified: event does not know object_id"),
        ("problem", {"ent_cat": "config"}, "problem: entity category config"),
        ("temperature", {"ent_cat": "config"}, "temperature: entity category config"),
        ("temperature", {"ent_cat": "diagnostics"}, "temperature: entity category diagnostics"),
        ("temperature", {"unit_of_meas": "C"}, "temperature: C of temperature"),
        ("temperature", {"stat_cla": "mesurement"}, "temperature: state class mesurement"),
        ("stranger", {"dev_cla": "ocupancy"}, "stranger: device class ocupancy"),
        ("identified", {"evt_typ": ["identified"]}, "identified: event types that are dropped: "),
        ("pause", {"p": "swich"}, "pause: no platform: swich"),
        ("pause", {"command_topic": "x"}, "pause: one key twice"),
        ("pause", {"stat_t": "whod/+/status"}, "pause: no topic: whod/+/status"),
        ("threshold", {"min": 0.95}, "threshold: an empty range"),
        ("who", {"uniq_id": "whod_front-door_last"}, "unique id twice: whod_front-door_last"),
        ("who", {"def_ent_id": "sensor.Who"}, "who: no entity id: sensor.Who"),
    ],
)
def test_the_lint_sees_what_is_wrong(component, change, complaint):
    message = described()
    message["cmps"][component] |= change
    assert [found[: len(complaint)] for found in complaints(message)] == [complaint]


def test_the_lint_sees_that_nobody_would_know_whether_it_is_available():
    message = described()
    message["av_t"] = message.pop("avty_t")
    found = complaints(message)
    assert "message does not know av_t" in found
    assert "tag: no availability" in found


@pytest.mark.parametrize("component", ["who", "pause", "tag"])
def test_the_lint_sees_a_topic_that_is_missing(component):
    message = described()
    for key in ("stat_t", "cmd_t", "t"):
        message["cmps"][component].pop(key, None)
    assert any(found.startswith(f"{component}: no ") for found in complaints(message))


def all_payloads():
    """Whatever whod says, with long names and without any."""
    long = Person(ALICE.id, "\N{LATIN SMALL LETTER A WITH DIAERESIS}" * 100)
    crowd = [Person(f"id-{i}", f"{i} " + "n" * 95) for i in range(50)]
    for status in STATUSES:
        yield TOPICS.status, status.as_json()
    for people, strangers in ((), 0), ((), 2), ((ALICE, BOB, POSTMAN), 0), ((long,), 1), (crowd, 0):
        yield TOPICS.presence, messages.presence(people, strangers)
    for event_type in EventType:
        for person in (long, ALICE, None):
            event = replace(a_decision(person), event_type=event_type)
            say = {"node": "front-door", "clock_synced": True}
            yield TOPICS.last, messages.last(event, **say)
            yield TOPICS.identified, messages.identified(event, **say, boot_id="b", age_ms=1)


@pytest.mark.parametrize("about", [ALL, LEAST])
def test_each_state_is_one(about):
    """What is read from the messages is in them, and fits."""
    message = described(about=about)
    kinds, told = message["cmps"], set()
    for topic, payload in all_payloads():
        for key, state in states(message, topic, json.dumps(payload)).items():
            told.add(key)
            if kinds[key]["p"] in {"binary_sensor", "switch"}:
                assert state in {"ON", "OFF"}
            elif "stat_cla" in kinds[key] or kinds[key]["p"] == "number":
                assert state == "None" or float(state) < 1_000_000
            elif kinds[key]["p"] != "event":
                assert len(state) <= LONGEST_STATE
    assert told == {
        key for key, kind in kinds.items() if not key.endswith("_present") and {"stat_t", "t"} & set(kind)
    }
