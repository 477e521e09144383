# SPDX-License-Identifier: Apache-2.0
"""docs/home-assistant.md: each recipe is loaded as it stands there, and fired."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.util import dt as dt_util
from homeassistant.util.yaml import parse_yaml
from pytest_homeassistant_custom_component.common import async_fire_time_changed, async_mock_service
from support_core import BASE, COMMANDS, HERE, Core, House, a_jpeg

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from homeassistant.core import ServiceCall

DOCS = (HERE.parents[1] / "docs" / "home-assistant.md").read_text(encoding="utf-8")
ENTITY = re.compile(r"\b(?:binary_sensor|button|event|image|number|sensor|switch|update)\.whod_front_door\w*")
ALICE = "6f1f2a0e-5c1d-4c39-9a55-0c9ad6a5d2f1"
IDENTIFIED = f"{BASE}/identified"


def recipe(heading: str) -> dict[str, Any]:
    """The YAML below a heading."""
    section = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", DOCS, re.DOTALL | re.MULTILINE)[1]
    return parse_yaml(re.search(r"^```yaml\n(.*?)^```", section, re.DOTALL | re.MULTILINE)[1])


@pytest.fixture
async def door(core: Core, house: House) -> AsyncIterator[Core]:
    """A door that Alice, whose id is the one in the recipes, and Bob may come to, at noon."""
    await house.know(name="Alice", person_id=ALICE)
    await house.open(people=["Bob"], commands=COMMANDS, pictures=True)
    await core.until_state("who", "none")
    await at_hour(core, 12)
    return core


async def at_hour(core: Core, hour: int) -> None:
    """Be where it is this hour now."""
    east = (hour - dt_util.utcnow().hour + 12) % 24 - 12
    await core.hass.config.async_set_time_zone(f"Etc/GMT{-east:+d}")


async def test_every_entity_of_the_page_is_one_that_whod_makes(core: Core) -> None:
    named = set(ENTITY.findall(DOCS))
    assert len(named) > 5
    await core.open(["Alice"], commands=COMMANDS, pictures=True, cameras=["garden"])
    assert named <= {entry.entity_id for entry in core.entities().values()}


# --- greet ---


async def test_greet(door: Core, house: House) -> None:
    said = async_mock_service(door.hass, "tts", "speak")
    await door.automate(recipe("Greet"))

    await house.decide_all(names=["Alice", "Bob"])

    await door.until(lambda: len(said) == 2, "the greetings")
    assert sorted(call.data["message"] for call in said) == ["Hello Alice", "Hello Bob"]
    assert said[0].data["media_player_entity_id"] == "media_player.hall"
    await nothing_more(door, house, said)


async def test_greet_at_one_camera_alone(door: Core, house: House) -> None:
    said = async_mock_service(door.hass, "tts", "speak")
    greet = recipe("Greet")
    await door.automate({**greet, "conditions": [*greet["conditions"], recipe("Several cameras")]})

    await house.decide(name="Alice", camera="main")
    await house.decide(name="Bob", camera="garden")

    await door.until(lambda: said, "the greeting")
    await door.settle()
    assert [call.data["message"] for call in said] == ["Hello Bob"]


# --- tell me about unknowns ---


async def test_tell_me_about_unknowns(door: Core, house: House) -> None:
    told = async_mock_service(door.hass, "notify", "mobile_app_phone")
    await door.automate(recipe("Tell me about unknowns"))

    await house.decide(name=None)
    await house.picture(name=None, jpeg=a_jpeg(2_000).hex())

    await door.until(lambda: told, "the message")
    image = told[0].data["data"]["image"]
    assert image.removeprefix("/api/image_proxy/") == door.entities()["picture"].entity_id
    await house.decide(name=None)
    await house.decide(name="Alice")
    await door.settle()
    assert len(told) == 1, "once a minute"
    async_fire_time_changed(door.hass, dt_util.utcnow() + timedelta(seconds=61))
    await door.hass.async_block_till_done()
    await nothing_more(door, house, told, event_type="unknown")
    await house.decide(name=None)
    await door.until(lambda: len(told) == 2, "the next")


# --- open the door ---


@pytest.fixture
async def opened(door: Core) -> list[ServiceCall]:
    """How often the lock was opened."""
    calls = async_mock_service(door.hass, "lock", "open")
    await door.automate(recipe("Open the door"))
    return calls


async def comes(door: Core, house: House, name: str = "Alice", **decision: Any) -> str:
    """Somebody stands there, and it is decided who."""
    await house.view(people=[name])
    await door.until_state("who", name)
    return await house.decide(name=name, **{"similarity": 0.7, "margin": 0.3, "votes": [5, 6], **decision})


async def test_the_door_opens(door: Core, house: House, opened: list[ServiceCall]) -> None:
    await comes(door, house)

    await door.until(lambda: opened, "the lock")
    assert opened[0].data["entity_id"] == ["lock.front_door"]
    await nothing_more(door, house, opened)


@pytest.mark.parametrize(
    "decision",
    [
        {"name": "Bob"},
        {"event_type": "familiar"},
        {"event_type": "retracted"},
        {"similarity": 0.64},
        {"margin": 0.1},
        {"votes": [2, 6]},
        {"simulated": True},
    ],
    ids=lambda decision: next(iter(decision)) + "-" + str(next(iter(decision.values()))),
)
async def test_it_stays_shut_for(
    door: Core, house: House, opened: list[ServiceCall], decision: dict[str, Any]
) -> None:
    await comes(door, house, **decision)
    await looked_twice(door, house)
    assert opened == []


async def test_it_stays_shut_with_a_stranger_beside(door: Core, house: House, opened: list[ServiceCall]) -> None:
    await comes(door, house)
    await house.view(people=["Alice"], strangers=1)
    await looked_twice(door, house)
    assert opened == []


async def test_it_stays_shut_when_the_name_is_taken_back(door: Core, house: House, opened: list[ServiceCall]) -> None:
    event_id = await comes(door, house)
    await house.decide(name="Alice", event_type="retracted", retracts=event_id)
    await looked_twice(door, house)
    assert opened == []


async def test_it_stays_shut_when_somebody_else_follows(door: Core, house: House, opened: list[ServiceCall]) -> None:
    await comes(door, house)
    await house.decide(name=None)
    await looked_twice(door, house)
    assert opened == []


async def test_it_stays_shut_at_night(door: Core, house: House, opened: list[ServiceCall]) -> None:
    await at_hour(door, 3)
    await comes(door, house)
    await looked_twice(door, house)
    assert opened == []


async def test_it_stays_shut_by_a_clock_that_is_not_set(door: Core, house: House, opened: list[ServiceCall]) -> None:
    await comes(door, house, name="Bob")
    (bobs,) = await house.wait_for(topic=IDENTIFIED)
    await house.view(people=["Alice"])
    alices = json.loads(bobs) | {"person_id": ALICE, "name": "Alice"}
    await house.publish(topic=IDENTIFIED, payload=json.dumps(alices | {"clock_synced": False}))
    await looked_twice(door, house)
    assert opened == []


async def test_it_stays_shut_for_what_comes_late(door: Core, house: House, opened: list[ServiceCall]) -> None:
    """Also while she stands there."""
    await comes(door, house)
    await door.until(lambda: opened, "the lock")
    (decision,) = await house.wait_for(topic=IDENTIFIED)
    captured_at = (dt_util.utcnow() - timedelta(seconds=6)).isoformat()

    late = json.loads(decision) | {"captured_at": captured_at}
    await house.publish(topic=IDENTIFIED, payload=json.dumps(late))

    await looked_twice(door, house)
    assert len(opened) == 1


# --- what all of them leave alone ---


async def nothing_more(door: Core, house: House, calls: list[ServiceCall], event_type: str = "identified") -> None:
    """Departure, outages of each, and old messages, retained or not, fire nothing."""
    before = len(calls)
    await house.view(people=[])
    await house.visit_ends(name="Alice")
    recorded = json.loads((await house.heard(topic=IDENTIFIED))[0])
    old = recorded | {"event_type": event_type, "captured_at": "2026-11-21T19:30:02.113Z"}
    for retain in (False, True):
        await house.publish(topic=IDENTIFIED, payload=json.dumps(old), retain=retain)
    await house.broker_stops()
    await door.until_state("who", "unavailable")
    await house.decide(name="Alice")
    await house.decide(name=None)
    await house.broker_starts()
    await door.until_state("who", "none")
    await house.leave()
    await door.until_state("who", "unavailable")
    await house.open(people=["Bob"])
    await door.until_state("who", "none")
    await looked_twice(door, house)
    assert len(calls) == before


async def looked_twice(door: Core, house: House) -> None:
    """Wait until no recipe is at work any more, but for the one that is silent for a minute."""
    await door.settle()

    def idle() -> bool:
        states = [state for state in door.hass.states.async_all("automation") if "stranger" not in state.entity_id]
        return all(state.attributes["current"] == 0 for state in states)

    await door.until(idle, "the recipes to be done")


# --- the dashboard ---


def test_the_card_is_one() -> None:
    """Home Assistant's core knows no cards: what it can be held to is its YAML, and its entities, above."""
    card = recipe("On a dashboard")
    assert card["type"] == "vertical-stack"
    picture, entities = card["cards"]
    assert (picture["type"], picture["entity"]) == ("picture-entity", "image.whod_front_door_last_face")
    assert all(ENTITY.fullmatch(row["entity"]) for row in entities["entities"])
