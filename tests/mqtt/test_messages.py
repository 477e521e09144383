# SPDX-License-Identifier: Apache-2.0
"""What stands in messages. docs/mqtt.md has whole ones, see test_docs_mqtt.py."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support_door import ALICE, BOB, BOOT_ID, a_decision, a_visit

from daemon.mqtt import messages
from daemon.outbox import Record
from daemon.types import Answer, Best, Command, EventType, Person

SAY = {"node": "door", "clock_synced": True}


def test_a_decision_to_act_on_has_an_age_and_one_to_show_has_none():
    acted_on = messages.identified(a_decision(), **SAY, boot_id=BOOT_ID, age_ms=84)
    shown = messages.last(a_decision(), **SAY)
    assert acted_on["age_ms"] == 84
    assert set(acted_on) - set(shown) == {"age_ms", "boot_id"}


def test_figures_are_rounded_to_what_they_are_worth():
    message = messages.last(a_decision(), **SAY)
    assert message["similarity"] == 0.7143
    assert message["margin"] == 0.2912
    assert message["box"] == [0.41, 0.2235, 0.12, 0.19]
    assert messages.sighting(a_visit(best=Best(0.123_456, 1 / 3, 1)))["best"] == {
        "similarity": 0.1235,
        "margin": 0.3333,
        "quality": 1,
    }


def test_a_stranger_has_neither_id_nor_name():
    for message in (messages.last(a_decision(None), **SAY), messages.sighting(a_visit(None))):
        assert message["person_id"] is message["name"] is None


def test_only_a_retraction_retracts():
    assert "retracts" not in messages.last(a_decision(), **SAY)
    retraction = replace(a_decision(), event_type=EventType.RETRACTED, retracts="x")
    assert messages.last(retraction, **SAY)["retracts"] == "x"


def test_a_record_has_what_the_outbox_gave_it():
    record = Record(7, "an-id", messages.sighting(a_visit()))
    message = messages.record(record, node="door")
    assert (message["seq"], message["event_id"], message["node"]) == (7, "an-id", "door")


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_name_comes_through_as_it_is(name):
    payload = messages.as_bytes(messages.last(a_decision(Person("id", name)), **SAY))
    assert json.loads(payload)["name"] == name
    assert b"\n" not in payload


def test_json_is_utf_8_and_short():
    assert messages.as_bytes({"name": "Ångström", "n": [1, 2]}) == '{"name":"Ångström","n":[1,2]}'.encode()


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_json_has_no_nan(number):
    with pytest.raises(ValueError, match="JSON"):
        messages.as_bytes({"fps": number})


def test_the_person_of_a_retained_last_is_found():
    assert messages.person_in(messages.as_bytes(messages.last(a_decision(BOB), **SAY))) == BOB.id
    assert messages.person_in(messages.as_bytes(messages.last(a_decision(None), **SAY))) is None
    assert ALICE.id != BOB.id


@given(
    st.binary() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(lambda v: json.dumps(v).encode())
)
def test_a_last_from_somebody_else_names_nobody(payload):
    assert messages.person_in(payload) is None


def test_who_is_in_view_is_told_by_name_and_number():
    assert messages.presence({BOB, ALICE}, 1) == {
        "people": [{"person_id": ALICE.id, "name": "Alice"}, {"person_id": BOB.id, "name": "Bob Ångström"}],
        "names": "Alice, Bob Ångström",
        "count": 3,
        "unknown": True,
        "strangers": 1,
    }
    assert messages.presence((), 0) == {"people": [], "names": "none", "count": 0, "unknown": False, "strangers": 0}


@given(st.lists(st.text(min_size=1, max_size=100), max_size=40))
def test_the_names_in_view_are_a_state_of_home_assistant(names):
    told = messages.presence([Person(f"id-{i}", name) for i, name in enumerate(names)], 0)
    assert 0 < len(told["names"]) <= 255
    assert len(told["people"]) == len(names)


def test_names_that_do_not_fit_are_counted():
    a, b, c = "a" * 84, "b" * 84, "c" * 83
    assert messages.presence([Person("1", a), Person("2", b), Person("3", c)], 0)["names"] == f"{a}, {b}, {c}"
    assert (
        messages.presence([Person("1", a), Person("2", b), Person("3", f"{c}c")], 0)["names"] == f"{a}, {b}, 1 more"
    )


def test_an_answer_is_what_came_of_the_command():
    answer = Answer(Command("enrol", b"Alice"), ok=True, sentence="Alice has 3 samples.", details={"samples": 3})
    told = {"command": "enrol", "ok": True, "sentence": "Alice has 3 samples.", "samples": 3}
    assert messages.response(answer) == told


def test_details_take_nothing_s_place():
    answer = Answer(
        Command("enrol", b""), ok=False, sentence="No.", details={"ok": True, "command": "x", "sentence": 1}
    )
    assert messages.response(answer) == {"command": "enrol", "ok": False, "sentence": "No."}
