# SPDX-License-Identifier: Apache-2.0
"""What automations do: they fire on a name, and on nothing that is over."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from pytest_homeassistant_custom_component.common import async_mock_service
from support_core import BASE, Core, House

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from homeassistant.core import ServiceCall

IDENTIFIED = f"{BASE}/identified"


def automation(trigger: dict[str, Any], name: str) -> dict[str, Any]:
    return {"alias": name, "mode": "queued", "triggers": [trigger], "actions": [{"action": f"test.{name}"}]}


@pytest.fixture
async def fired(core: Core, house: House) -> dict[str, list[ServiceCall]]:
    """How often each way to be triggered by Alice was, and one by anybody."""
    await house.open(people=["Alice", "Bob"])
    await core.until_state("who", "none")
    alice = await house.id_of(name="Alice")
    device = {"trigger": "device", "domain": "mqtt", "device_id": core.device().id}
    ways = {
        "device": {**device, "type": "identified", "subtype": "Alice"},
        "tag": {"trigger": "tag", "tag_id": alice},
        "topic": {
            "trigger": "mqtt",
            "topic": IDENTIFIED,
            "value_template": "{{ value_json.event_type }}",
            "payload": "identified",
        },
    }
    calls = {way: async_mock_service(core.hass, "test", way) for way in ways}
    await core.automate(*(automation(trigger, way) for way, trigger in ways.items()))
    return calls


def counts(fired: dict[str, list[ServiceCall]]) -> dict[str, int]:
    return {way: len(calls) for way, calls in fired.items()}


ONCE = {"device": 1, "tag": 1, "topic": 1}
NEVER = {"device": 0, "tag": 0, "topic": 0}


async def test_it_fires_on_a_name(core: Core, house: House, fired: dict[str, list[ServiceCall]]) -> None:
    await house.decide(name="Alice")
    await core.until(lambda: all(fired.values()), "the automations")
    await core.settle()
    assert counts(fired) == ONCE


async def test_each_by_their_own(core: Core, house: House, fired: dict[str, list[ServiceCall]]) -> None:
    """In one frame: also what comes within a millisecond is told apart."""
    await house.decide_all(names=["Bob", "Alice"])
    await core.until(lambda: len(fired["topic"]) == 2, "both")
    await core.settle()
    assert counts(fired) == {"device": 1, "tag": 1, "topic": 2}


async def test_after_a_rename_too(core: Core, house: House, fired: dict[str, list[ServiceCall]]) -> None:
    """A tag and the topic by the id; the device trigger by the name that it was chosen under, or the new one."""
    await house.rename(name="Alice", new="Alicia")
    alice = f"{await house.id_of(name='Alicia')}_present"
    await core.until(lambda: core.state(alice).name == "whod front-door Alicia", "the new name")

    await house.decide(name="Alicia")

    await core.until(lambda: fired["tag"] and fired["topic"], "the automations")
    await core.settle()
    assert counts(fired)["tag"] == 1


@pytest.mark.parametrize("event_type", ["unknown", "familiar", "retracted"])
async def test_never_on_another_decision(
    core: Core, house: House, fired: dict[str, list[ServiceCall]], event_type: str
) -> None:
    await house.decide(name=None if event_type == "unknown" else "Alice", event_type=event_type)
    await core.until(lambda: core.state("identified").attributes["event_type"] == event_type, "the event")
    await core.settle()
    assert counts(fired) == NEVER


async def a_departure(core: Core, house: House) -> None:
    await house.view(people=["Alice"])
    await core.until_state("who", "Alice")
    await house.view(people=[])
    await house.visit_ends(name="Alice")
    await core.until_state("who", "none")


async def whod_comes_back(core: Core, house: House) -> None:
    await house.leave()
    await core.until_state("who", "unavailable")
    await house.open(people=["Alice", "Bob"])
    await core.until_state("who", "none")


async def the_broker_comes_back(core: Core, house: House) -> None:
    await house.broker_stops()
    await core.until_state("who", "unavailable")
    await house.broker_starts()
    await core.until_state("who", "none")


async def home_assistant_comes_back(core: Core, house: House) -> None:
    """Without automations in between: loaded anew, its MQTT integration would subscribe twice for them."""
    await core.hass.services.async_call("automation", "turn_off", {"entity_id": "all"}, blocking=True)
    await core.restart_mqtt()
    await core.until_state("who", "none")
    await core.hass.services.async_call("automation", "turn_on", {"entity_id": "all"}, blocking=True)
    await core.settle()


@pytest.mark.parametrize("what", [a_departure, whod_comes_back, the_broker_comes_back, home_assistant_comes_back])
async def test_never_on_what_is_over(
    core: Core,
    house: House,
    fired: dict[str, list[ServiceCall]],
    what: Callable[[Core, House], Awaitable[None]],
) -> None:
    await house.view(people=["Alice"])
    await house.decide(name="Alice")
    await core.until(lambda: all(fired.values()), "the automations")
    await house.view(people=[])
    await core.until_state("who", "none")

    await what(core, house)

    await core.settle()
    assert counts(fired) == ONCE
    await house.decide(name="Alice")
    await core.until(lambda: min(counts(fired).values()) > 1, "the automations, which are still there")


async def test_never_on_a_decision_without_a_broker(
    core: Core, house: House, fired: dict[str, list[ServiceCall]]
) -> None:
    await house.broker_stops()
    await house.decide(name="Alice")

    await house.broker_starts()

    await core.until_state("last", "Alice")
    await core.settle()
    assert counts(fired) == NEVER


async def test_never_on_one_that_is_late(core: Core, house: House, fired: dict[str, list[ServiceCall]]) -> None:
    await house.decide(name="Alice", age_s=6)
    await core.until_state("last", "Alice")
    await core.settle()
    assert counts(fired) == NEVER


@pytest.mark.parametrize("retain", [False, True])
async def test_a_recorded_one_is_nobodys(
    core: Core, house: House, fired: dict[str, list[ServiceCall]], retain: bool
) -> None:
    """Whoever kept it. A bare trigger on the topic can't tell: the recipes look at the time in it."""
    event_id = await house.decide(name="Alice")
    await core.until(lambda: all(fired.values()), "the automations")
    (recorded,) = await house.wait_for(topic=IDENTIFIED)
    old = json.loads(recorded) | {"captured_at": "2026-11-21T19:30:02.113Z"}

    await house.publish(topic=IDENTIFIED, payload=json.dumps(old), retain=retain)
    await core.until(lambda: len(fired["topic"]) == 2, "the message")
    await home_assistant_comes_back(core, house)

    await core.settle()
    assert counts(fired) | {"topic": 0} == {"device": 1, "tag": 1, "topic": 0}
    assert json.loads(recorded)["event_id"] == event_id
    assert len(fired["topic"]) == (3 if retain else 2), "what is retained is handed out again"


async def test_states_are_not_to_be_acted_on(core: Core, house: House) -> None:
    """As docs/home-assistant.md says: they come again when nobody does."""
    await house.open(people=["Alice"])
    await core.until_state("who", "none")
    alice = core.entities()[f"{await house.id_of(name='Alice')}_present"].entity_id
    event = core.entities()["identified"].entity_id
    calls = {name: async_mock_service(core.hass, "test", name) for name in ("presence", "event")}
    await core.automate(
        automation({"trigger": "state", "entity_id": alice, "to": "on"}, "presence"),
        automation({"trigger": "state", "entity_id": event, "not_to": "unavailable"}, "event"),
    )
    await house.view(people=["Alice"])
    await house.decide(name="Alice")
    await core.until(lambda: all(calls.values()), "the first time")

    await house.broker_stops()
    await core.until_state("who", "unavailable")
    await house.broker_starts()

    await core.until_state("who", "Alice")
    assert counts(calls) == {"presence": 2, "event": 2}, "a second time, without a visitor"
