# SPDX-License-Identifier: Apache-2.0
"""Who is enrolled, renamed and forgotten: a real Home Assistant follows, and nothing is left behind."""

from __future__ import annotations

from homeassistant.components.mqtt.models import DATA_MQTT
from homeassistant.helpers import entity_registry
from support_core import (
    BASE,
    BY_COMMANDS,
    COMMANDS,
    DEVICE,
    FOR_THE_DEVICE,
    WITH_PICTURES,
    Core,
    House,
)


async def test_somebody_new_and_somebody_renamed(core: Core, house: House) -> None:
    await core.open(["Alice"])
    bob = f"{await house.enrol(name='Bob')}_present"
    await core.until_state(bob, "off")
    assert await core.triggers() == [("identified", "Alice"), ("identified", "Bob")]
    before = core.entities()[bob]

    await house.rename(name="Bob", new="Robert")

    await core.until(lambda: core.state(bob).name == "whod front-door Robert", "the new name")
    assert core.entities()[bob].entity_id == before.entity_id
    await core.settle()
    assert await core.triggers() == [("identified", "Alice"), ("identified", "Robert")]


async def test_a_name_that_goes_to_somebody_else(core: Core, house: House) -> None:
    """The trigger of that name is theirs: Home Assistant would keep the old one, whose person is gone."""
    await core.open(["Alice", "Bob"])
    await house.forget(name="Alice")
    await house.rename(name="Bob", new="Alice")
    now_alice = await house.id_of(name="Alice")

    await core.until(lambda: len(core.entities()) == len(FOR_THE_DEVICE) + 1, "the first to be gone")
    await core.until(
        lambda: core.state(f"{now_alice}_present").name == "whod front-door Alice", "the second's new name"
    )
    await core.settle()

    assert await core.triggers() == [("identified", "Alice")]
    known = core.hass.data[DATA_MQTT].device_triggers.values()
    assert [trigger.payload for trigger in known if trigger.topic] == [now_alice]


async def test_a_familiar_person_triggers_nothing(core: Core, house: House) -> None:
    await core.open(["Alice"])
    postman = f"{await house.enrol(name='Postman', familiar=True)}_present"

    await core.until(lambda: core.state(postman), "the postman")

    assert await core.triggers() == [("identified", "Alice")]


async def test_who_is_forgotten_leaves_nothing(core: Core, house: House) -> None:
    await core.open(["Alice", "Bob"])
    alice = await house.id_of(name="Alice")
    await house.view(people=["Alice"])
    await house.decide(name="Alice")
    await core.until_state(f"{alice}_present", "on")
    await core.until_state("last", "Alice")

    await house.forget(name="Alice")

    await core.until(lambda: f"{alice}_present" not in core.entities(), "Alice to be gone")
    await core.until_state("last", "none")
    await core.settle()
    assert await core.triggers() == [("identified", "Bob")]
    registry = entity_registry.async_get(core.hass)
    left = [entry for entry in registry.entities.values() if alice in entry.unique_id]
    assert [entry.domain for entry in left] == ["tag"], "Home Assistant's own, of no name, for its owner to delete"
    assert not [state for state in core.hass.states.async_all() if "alice" in state.entity_id]
    kept = await house.retained()
    assert not [topic for topic, payload in kept.items() if alice in topic + payload or "Alice" in payload]
    assert DEVICE in kept


async def test_who_was_forgotten_while_the_broker_was_away_leaves_nothing(core: Core, house: House) -> None:
    await core.open(["Alice", "Bob"])
    alice = await house.id_of(name="Alice")
    await house.leave()

    await house.open(people=["Bob"], forgotten=["Alice"])

    await core.until(lambda: f"{alice}_present" not in core.entities(), "Alice to be gone")
    await core.settle()
    assert await core.triggers() == [("identified", "Bob")]
    assert not [topic for topic, payload in (await house.retained()).items() if alice in topic + payload]


async def test_what_is_turned_off_is_gone(core: Core, house: House) -> None:
    await core.open(["Alice"], commands=COMMANDS, pictures=True)
    await house.leave()

    await house.open(people=["Alice"])

    await core.until(lambda: not {*BY_COMMANDS, *WITH_PICTURES} & set(core.entities()), "the commands to be gone")
    await core.until_state("who", "none")
    assert set(FOR_THE_DEVICE) <= set(core.entities())


async def test_whod_goes_for_good(core: Core, house: House) -> None:
    """Another node, base or broker: the device and all that was retained are gone."""
    await core.open(["Alice"], commands=COMMANDS, pictures=True)
    await house.view(people=["Alice"])

    await house.leave(for_good=True)

    await core.until(lambda: not core.entities() and core.device() is None, "the device to be gone")
    kept = await house.retained()
    assert set(kept) - {"homeassistant/status"} <= {f"{BASE}/availability"}
