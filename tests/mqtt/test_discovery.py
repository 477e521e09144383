# SPDX-License-Identifier: Apache-2.0
"""How whod describes itself to Home Assistant. That Home Assistant takes it: test_discovery_lint.py."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support_device import ALL, LEAST, POSTMAN, STATUS, TOPICS, described
from support_door import ALICE, BOB, a_decision
from support_homeassistant import attributes, complaints, render, spelt_out, states
from support_names import HOSTILE_NAMES

from daemon.config import COMMANDS
from daemon.config.sections import GallerySettings
from daemon.mqtt import discovery, messages
from daemon.types import CameraStatus, EventType, Person, State

ALICE_PRESENT, ALICE_TRIGGER = f"{ALICE.id}_present", f"{ALICE.id}_identified"
MEGABYTE = 1_000_000
"""The least that a common broker takes by default (EMQX)."""


def to_act_on(event, *, clock_synced: bool = True) -> str:
    message = messages.identified(event, node="front-door", boot_id="b", age_ms=84, clock_synced=clock_synced)
    return json.dumps(message)


def to_show(event) -> str:
    return json.dumps(messages.last(event, node="front-door", clock_synced=True))


def presence(people=(), strangers=0) -> str:
    return json.dumps(messages.presence(people, strangers))


def commands_of(message) -> dict[str, str]:
    found = {key: spelt_out(component).get("command_topic") for key, component in message["cmps"].items()}
    return {key: topic for key, topic in found.items() if topic}


def test_it_stands_where_home_assistant_looks():
    assert discovery.topic("homeassistant", TOPICS) == "homeassistant/device/whod_front-door/config"
    assert discovery.topic("a/b", TOPICS) == "a/b/device/whod_front-door/config"


def test_the_page_is_named_where_there_is_one():
    named, bare = described(), discovery.device_message(replace(ALL, page_url=None), [])
    assert named["dev"]["cu"] == named["o"]["url"] == ALL.page_url
    assert not {"cu", "url"} & {*bare["dev"], *bare["o"]}


def test_it_comes_back_from_the_broker_as_it_was():
    assert discovery.read_back(messages.as_bytes(described())) == described()


def test_a_rename_changes_no_id():
    before, after = described([ALICE])["cmps"], described([replace(ALICE, name="Alicia")])["cmps"]
    assert before.keys() == after.keys()
    assert [before[key].get("uniq_id") for key in before] == [after[key].get("uniq_id") for key in before]
    assert (before[ALICE_PRESENT]["name"], after[ALICE_PRESENT]["name"]) == ("Alice", "Alicia")


def test_who_is_familiar_is_shown_and_triggers_nothing():
    components = described([POSTMAN])["cmps"]
    assert [key for key in components if key.startswith(POSTMAN.id)] == [f"{POSTMAN.id}_present"]
    assert [key for key in described([ALICE])["cmps"] if key.startswith(ALICE.id)] == [ALICE_PRESENT, ALICE_TRIGGER]


class TestSeveralCameras:
    TWO = replace(ALL, cameras=("garden",))

    def test_of_one_camera_the_device_itself_tells(self):
        assert described(about=self.TWO)["cmps"].keys() - described()["cmps"].keys() == {
            "camera",
            "camera_garden",
            "frame_rate_garden",
        }

    @pytest.mark.parametrize(
        ("state", "shown"), [(State.OK, "OFF"), (State.PAUSED, "OFF"), (State.WAITING, "ON"), (State.FAILED, "ON")]
    )
    def test_each_tells_whether_it_gives_pictures(self, state, shown):
        garden = CameraStatus("garden", state, "rtsp://cam", 4.96)
        told = replace(STATUS, cameras=(*STATUS.cameras, garden)).as_json()
        found = states(described(about=self.TWO), TOPICS.status, json.dumps(told))
        assert (found["camera"], found["camera_garden"], found["frame_rate_garden"]) == ("OFF", shown, "5.0")

    @pytest.mark.parametrize("with_cameras", [True, False])
    def test_of_one_that_a_status_of_before_does_not_know_nothing_is_said(self, with_cameras):
        told = {key: value for key, value in STATUS.as_json().items() if with_cameras or key != "cameras"}
        found = states(described(about=self.TWO), TOPICS.status, json.dumps(told))
        assert (found["camera_garden"], found["frame_rate_garden"]) == ("None", "None")

    @pytest.mark.parametrize("name", ["a-b", "0", "_", "x" * 100])
    def test_home_assistant_takes_any_name(self, name):
        message = described(about=replace(ALL, cameras=(name,)))
        assert complaints(message) == []
        assert discovery.reduced(message, described()) is not None


def test_nothing_can_be_asked_that_is_not_allowed():
    assert commands_of(described(about=LEAST)) == {}
    for command in COMMANDS:
        asked = commands_of(described(about=replace(ALL, commands=(command,))))
        assert set(asked.values()) <= {TOPICS.command(command)}


def test_what_is_allowed_can_be_asked():
    assert commands_of(described()) == {
        "pause": "whod/front-door/command/pause",
        "threshold": "whod/front-door/command/threshold",
        "restart": "whod/front-door/command/restart",
        "version": "whod/front-door/command/restart",
        "capture": "whod/front-door/command/capture",
    }


def test_no_picture_is_spoken_of_where_there_is_none():
    blind = described(about=replace(ALL, pictures=False))
    assert set(described()["cmps"]) - set(blind["cmps"]) == {"picture", "capture"}
    assert TOPICS.snapshot not in json.dumps(blind)


def test_the_thresholds_that_can_be_asked_for_are_those_that_are_taken():
    (limits,) = get_type_hints(GallerySettings, include_extras=True)["threshold"].__metadata__
    number = described()["cmps"]["threshold"]
    assert (number["min"], number["max"]) == (limits.low, limits.high)


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_name_stands_only_where_it_is_plain_text(name):
    person = Person(ALICE.id, name)
    components = described([person])["cmps"]
    named = {(key, part) for key, component in components.items() for part in component if component[part] == name}
    assert named == {(ALICE_PRESENT, "name"), (ALICE_TRIGGER, "stype")}
    plain = described([ALICE])["cmps"]
    for key, component in components.items():
        for part in component.keys() - {"name", "stype", "def_ent_id"}:
            assert component[part] == plain[key][part]


def test_entity_ids_are_those_that_home_assistant_makes_of_the_names():
    ids = [component.get("def_ent_id") for component in described([replace(ALICE, name="Zoë Weiß")])["cmps"].values()]
    assert "sensor.whod_front_door_who_is_there" in ids
    assert "event.whod_front_door" in ids
    assert "binary_sensor.whod_front_door_zoe_weiss" in ids


def test_a_name_without_latin_letters_has_its_id_there():
    component = described([replace(ALICE, name="אליס")])["cmps"][ALICE_PRESENT]
    assert component["def_ent_id"] == f"binary_sensor.whod_front_door_{ALICE.id.replace('-', '_')}"


def fired(payload: str) -> set[str]:
    """What is triggered by a message on `identified`: triggers of its payload alone, the event and the tag by any."""
    message = described()
    given = states(message, TOPICS.identified, payload)
    return {key for key, state in given.items() if state and state == message["cmps"][key].get("pl", state)}


def test_a_fresh_identification_triggers_its_person_alone():
    assert fired(to_act_on(a_decision(ALICE, captured_at=datetime.now(UTC)))) == {"identified", "tag", ALICE_TRIGGER}
    told = to_act_on(a_decision(BOB, captured_at=datetime.now(UTC)))
    assert fired(told) == {"identified", "tag", f"{BOB.id}_identified"}
    assert states(described(), TOPICS.identified, told)["tag"] == BOB.id


@pytest.mark.parametrize("event_type", [each for each in EventType if each is not EventType.IDENTIFIED])
def test_nothing_else_triggers_anybody(event_type):
    event = a_decision(ALICE, captured_at=datetime.now(UTC), event_type=event_type)
    assert fired(to_act_on(event)) == {"identified"}


@pytest.mark.parametrize("off_s", [-3600, -11, 11, 3600])
def test_what_is_played_again_later_triggers_nothing(off_s):
    event = a_decision(ALICE, captured_at=datetime.now(UTC) - timedelta(seconds=off_s))
    assert fired(to_act_on(event)) == set()


def test_where_the_clock_is_not_right_the_age_is_not_looked_at():
    event = a_decision(ALICE, captured_at=datetime(1970, 1, 1, tzinfo=UTC))
    assert fired(to_act_on(event, clock_synced=False)) == {"identified", "tag", ALICE_TRIGGER}


def test_who_is_there():
    def shown(*view) -> tuple[str, str, str]:
        given = states(described(), TOPICS.presence, presence(*view))
        return given["who"], given["in_view"], given["stranger"]

    assert shown() == ("none", "0", "OFF")
    assert shown((BOB, ALICE)) == ("Alice, Bob Ångström", "2", "OFF")
    assert shown((ALICE,), 1) == ("Alice", "2", "ON")
    assert shown((), 2) == ("stranger", "2", "ON")


def test_the_last_person():
    def shown(payload: str) -> tuple[str, str, dict]:
        given = states(described(), TOPICS.last, payload)
        return given["last"], given["similarity"], attributes(described()["cmps"]["last"], payload)

    told = to_show(a_decision())
    assert shown(told) == ("Alice", "0.7143", json.loads(told))
    assert shown(to_show(a_decision(None)))[0] == "stranger"
    assert shown(to_show(a_decision(event_type=EventType.RETRACTED)))[0] == "none"
    assert shown("") == ("none", "None", {}), "who is forgotten is seen no more"


def test_a_problem_is_told_with_its_sentence():
    ill = {**STATUS.as_json(), "problem": "camera: It's <gone> {{ 7*7 }}."}
    for status, state in (STATUS.as_json(), "OFF"), (ill, "ON"):
        payload = json.dumps(status)
        assert states(described(), TOPICS.status, payload)["problem"] == state
        assert attributes(described()["cmps"]["problem"], payload) == {"problem": status["problem"]}


def test_a_restart_is_due_when_another_version_is_installed():
    told = json.dumps(replace(STATUS, latest_version="0.2.0").as_json())
    version = spelt_out(described()["cmps"]["version"])
    assert version["state_topic"] == version["latest_version_topic"] == TOPICS.status
    assert render(version["value_template"], told) == "0.1.0"
    assert render(version["latest_version_template"], told) == "0.2.0"


def test_what_goes_is_first_reduced():
    before, now = described([ALICE, BOB]), described([BOB], LEAST)
    first = discovery.reduced(before, now)
    assert {key for key, component in first["cmps"].items() if component == {"p": before["cmps"][key]["p"]}} == set(
        before["cmps"]
    ) - set(now["cmps"])
    assert {key: first["cmps"][key] for key in now["cmps"]} == now["cmps"]
    assert discovery.reduced(now, now) is None
    assert discovery.reduced({}, now) is None


def test_nothing_new_comes_before_what_goes_has_gone():
    """Home Assistant refuses a trigger with the name of one that is there."""
    again = Person(BOB.id, ALICE.name)
    first = discovery.reduced(described([ALICE]), described([again]))
    assert not [key for key in first["cmps"] if key.startswith(BOB.id)]
    assert list(first["cmps"])[:2] == [ALICE_PRESENT, ALICE_TRIGGER]


def test_a_trigger_gets_another_name_by_going_and_coming_back():
    """Home Assistant refuses to rename one to what another was called, until it is restarted."""
    now = described([replace(ALICE, name="Alicia")])
    first = discovery.reduced(described([ALICE]), now)
    assert first["cmps"] == now["cmps"] | {ALICE_TRIGGER: {"p": "device_automation"}}
    assert discovery.reduced(described([POSTMAN]), described([replace(POSTMAN, name="Postwoman")])) is None


def test_what_was_reduced_before_a_power_cut_is_reduced_again():
    first = discovery.reduced(described([ALICE, BOB]), described([BOB]))
    again = discovery.reduced(first, described([BOB]))
    assert {key for key, component in again["cmps"].items() if len(component) == 1} == {ALICE_PRESENT, ALICE_TRIGGER}


@given(
    st.binary() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(lambda v: json.dumps(v).encode())
)
def test_what_others_left_there_is_nothing(payload):
    assert discovery.reduced(discovery.read_back(payload), described()) is None


@pytest.mark.parametrize(
    "cmps",
    [
        None,
        [],
        "x",
        {"a": None},
        {"a": {}},
        {"a": {"p": 1}},
        {"a": {"p": ["sensor"]}},
        {"a": {"p": "lock"}},
        {"a/b +#": {"p": "sensor"}},
        {"\ud800": {"p": "sensor"}},
    ],
)
def test_what_can_be_none_of_ours_is_not_touched(cmps):
    assert discovery.reduced(discovery.read_back(json.dumps({"cmps": cmps}).encode()), described()) is None


def village(n: int, name: str = "Person {}") -> list[Person]:
    return [Person(f"{i:08x}-5c1d-4c39-9a55-0c9ad6a5d2f1", name.format(i)) for i in range(n)]


@pytest.mark.parametrize("letter", ["a", "ä", "あ", "𠀀"])
def test_five_hundred_people_fit_in_what_brokers_take(letter):
    assert len(messages.as_bytes(described(village(500)))) < MEGABYTE / 2
    assert len(messages.as_bytes(described(village(500, letter * 97 + "{:03}")))) < MEGABYTE


def test_a_small_broker_is_told_of_less():
    people = village(100)
    assert discovery.fitting(ALL, people, None) == (described(people), None)
    told = [discovery.fitting(ALL, people, most) for most in (MEGABYTE, 60_000, 20_000, 2_000)]
    for (message, _), most in zip(told, (MEGABYTE, 60_000, 20_000), strict=False):
        assert len(messages.as_bytes(message)) < most
    assert [message and len(message["cmps"]) for message, _ in told] == [
        len(described(people)["cmps"]),
        len(described(people)["cmps"]) - 100,
        len(described(people)["cmps"]) - 200,
        None,
    ]
    assert [left_out and left_out.rpartition("until then ")[2] for _, left_out in told] == [
        None,
        "the triggers are left out.",
        "the triggers and the presence of each person are left out.",
        "nothing is told.",
    ]
