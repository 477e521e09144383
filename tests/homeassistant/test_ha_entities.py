# SPDX-License-Identifier: Apache-2.0
"""whod's device in a real Home Assistant: it appears, changes, and asks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from homeassistant.components.image import DOMAIN as IMAGE
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from support_core import (
    BASE,
    BY_COMMANDS,
    COMMANDS,
    DEVICE,
    FOR_THE_DEVICE,
    HAS_OWN_ENTITY_IDS,
    WITH_PICTURES,
    Core,
    House,
    a_jpeg,
)

if TYPE_CHECKING:
    from homeassistant.helpers.entity_component import EntityComponent


async def test_the_least_of_it(core: Core, house: House) -> None:
    """No commands, no pictures: nothing stands there that does nothing."""
    ids = await core.open(["Alice"])

    alice = {f"{await house.id_of(name='Alice')}_present": "binary_sensor.whod_front_door_alice"}
    assert ids == FOR_THE_DEVICE | alice
    assert await core.triggers() == [("identified", "Alice")]
    device = core.device()
    assert (device.name, device.sw_version) == ("whod front-door", "0.1.0")


async def test_all_of_it(core: Core, house: House) -> None:
    ids = await core.open(["Alice"], commands=COMMANDS, pictures=True)

    alice = {f"{await house.id_of(name='Alice')}_present": "binary_sensor.whod_front_door_alice"}
    assert ids == FOR_THE_DEVICE | BY_COMMANDS | WITH_PICTURES | alice
    await core.until_state(f"{await house.id_of(name='Alice')}_present", "off")
    states = {what: core.state(what).state for what in ids}
    assert states.pop("identified") == STATE_UNKNOWN
    assert {what for what, state in states.items() if state == STATE_UNKNOWN} == {
        "last",
        "similarity",
        "picture",
        "restart",
        "capture",
    }
    assert {what: states[what] for what in ("who", "in_view", "stranger", "problem", "pause")} == {
        "who": "none",
        "in_view": "0",
        "stranger": "off",
        "problem": "off",
        "pause": "off",
    }
    assert (states["threshold"], states["version"], states["enrolled"]) == ("0.55", "off", "4")


async def test_who_is_there(core: Core, house: House) -> None:
    await core.open(["Alice", "Bob"])
    alice = f"{await house.id_of(name='Alice')}_present"

    await house.view(people=["Alice", "Bob"], strangers=1)

    state = await core.until_state("who", "Alice, Bob")
    assert [person["name"] for person in state.attributes["people"]] == ["Alice", "Bob"]
    await core.until_state(alice, "on")
    await core.until_state("stranger", "on")
    await core.until_state("in_view", "3")

    await house.view(people=[], strangers=1)
    await core.until_state("who", "stranger")
    await core.until_state(alice, "off")
    await house.view(people=[])
    await core.until_state("who", "none")
    await core.until_state("stranger", "off")


@pytest.mark.parametrize(
    ("event_type", "name", "last"),
    [("identified", "Alice", "Alice"), ("unknown", None, "stranger"), ("familiar", "Alice", "Alice")],
)
async def test_a_decision(core: Core, house: House, event_type: str, name: str | None, last: str) -> None:
    await core.open(["Alice"])

    event_id = await house.decide(name=name, event_type=event_type)

    await core.until(lambda: core.state("identified").attributes["event_type"] == event_type, "the event")
    attributes = core.state("identified").attributes
    assert attributes["event_id"] == event_id
    assert (attributes["name"], attributes["similarity"]) == (name, 0.7143)
    state = await core.until_state("last", last)
    assert state.attributes["event_id"] == event_id
    await core.until_state("similarity", "0.7143")


async def test_a_name_that_was_taken_back_is_not_the_last(core: Core, house: House) -> None:
    await core.open(["Alice"])
    event_id = await house.decide(name="Alice")
    await core.until_state("last", "Alice")

    await house.decide(name="Alice", event_type="retracted", retracts=event_id)

    await core.until_state("last", "none")
    assert core.state("identified").attributes["retracts"] == event_id


async def test_how_whod_is(core: Core, house: House) -> None:
    await core.open([])

    await house.say(problem="The camera gives no pictures. Is it plugged in?", temperature_c=71.5)

    state = await core.until_state("problem", "on")
    assert state.attributes["problem"] == "The camera gives no pictures. Is it plugged in?"
    await core.until_state("temperature", "71.5")
    assert [core.state(what).state for what in ("latency", "latency_p95", "frame_rate", "disk_free")] == [
        "61.0",
        "84.0",
        "10.0",
        "21.5",
    ]

    await house.say(temperature_c=None, latency_ms={"p50": None, "p95": None}, disk_free_bytes=None)
    for what in ("temperature", "latency", "latency_p95", "disk_free"):
        await core.until_state(what, STATE_UNKNOWN)


async def test_each_camera_is_told_of_and_one_that_is_gone_leaves_nothing(core: Core, house: House) -> None:
    ids = await core.open(["Alice"], cameras=["garden", "a-b_c"])
    of_cameras = {"camera", "camera_garden", "frame_rate_garden", "camera_a-b_c", "frame_rate_a-b_c"}
    assert ids.keys() - FOR_THE_DEVICE.keys() - {f"{await house.id_of(name='Alice')}_present"} == of_cameras
    one = {"state": "ok", "source": "rtsp://cam", "fps": 4.9}
    lost = {"state": "waiting", "source": "rtsp://cam", "fps": 0.0}

    await house.say(camera=one, cameras={"main": one, "garden": lost, "a-b_c": {**one, "state": "paused"}})

    await core.until_state("camera_garden", "on")
    assert [core.state(what).state for what in ("camera", "camera_a-b_c")] == ["off", "off"]
    assert [core.state(f"frame_rate_{name}").state for name in ("garden", "a-b_c")] == ["0.0", "4.9"]

    await house.leave()
    await core.open(["Alice"], cameras=["garden"])
    await core.until(lambda: "camera_a-b_c" not in core.entities(), "the camera that is gone to be gone")
    assert core.entities().keys() >= {"camera", "camera_garden", "frame_rate_garden"}

    await house.leave()
    await core.open(["Alice"])
    await core.until(lambda: not of_cameras & core.entities().keys(), "every trace of the others to be gone")
    await core.until_state("frame_rate", "10.0")


async def test_while_whod_is_away_nothing_is_said_to_be_so(core: Core, house: House) -> None:
    ids = await core.open(["Alice"], commands=COMMANDS)
    await house.view(people=["Alice"])
    await core.until_state("who", "Alice")

    await house.leave()

    await core.until_state("who", STATE_UNAVAILABLE)
    assert {core.state(what).state for what in ids} == {STATE_UNAVAILABLE}
    await house.open(people=["Alice"], commands=COMMANDS)
    await core.until_state("who", "none")


async def test_commands(core: Core, house: House) -> None:
    ids = await core.open([], commands=COMMANDS, pictures=True)

    async def call(what: str, service: str, **data: object) -> None:
        domain = ids[what].partition(".")[0]
        await core.hass.services.async_call(domain, service, {"entity_id": ids[what], **data}, blocking=True)

    await call("pause", "turn_on")
    await call("pause", "turn_off")
    await call("threshold", "set_value", value=0.61)
    await call("restart", "press")
    await call("capture", "press")
    await core.settle()
    assert await house.commands() == [
        ["pause", "ON"],
        ["pause", "OFF"],
        ["threshold", "0.61"],
        ["restart", "PRESS"],
        ["capture", "PRESS"],
    ]

    assert core.state("pause").state == "off", "not before whod says so"
    await house.say(paused=True, threshold=0.61)
    await core.until_state("pause", "on")
    await core.until_state("threshold", "0.61")


async def test_an_update_is_a_restart(core: Core, house: House) -> None:
    ids = await core.open([], commands=["restart"])
    await house.say(latest_version="1.3.0")
    state = await core.until_state("version", "on")
    assert (state.attributes["installed_version"], state.attributes["latest_version"]) == ("1.2.3", "1.3.0")

    await core.hass.services.async_call("update", "install", {"entity_id": ids["version"]}, blocking=True)

    await core.settle()
    assert await house.commands() == [["restart", "PRESS"]]


async def test_the_last_face(core: Core, house: House) -> None:
    ids = await core.open(["Alice"], pictures=True)
    jpeg = a_jpeg(40_000)

    await house.picture(name="Alice", jpeg=jpeg.hex())

    await core.until(lambda: core.state("picture").state != STATE_UNKNOWN, "the picture")
    images: EntityComponent = core.hass.data[IMAGE]
    image = images.get_entity(ids["picture"])
    assert (await image.async_image(), image.content_type) == (jpeg, "image/jpeg")


async def test_home_assistant_starts_later(core: Core, house: House) -> None:
    """And hears everything again, but of no decision."""
    await core.open(["Alice"])
    await house.view(people=["Alice"])
    await house.decide(name="Alice")
    await core.until_state("last", "Alice")
    told = len(await house.heard(topic=DEVICE))
    identified = await house.heard(topic=f"{BASE}/identified")

    await core.restart_mqtt()

    await core.until_state("who", "Alice")
    await core.until_state("last", "Alice")
    await house.wait_for(topic=DEVICE, count=told + 1)
    assert await house.heard(topic=f"{BASE}/identified") == identified


async def test_names_are_shown_as_they_are(core: Core, house: House) -> None:
    """Whatever somebody is called: no template, no markup, no state that Home Assistant refuses."""
    names = ["{{ states | length }}", "<b>x</b>", "Zoë 'Q' \"O\" \\ /+#", "עִבְרִית", "N" * 60]
    names += [f"Somebody with a rather long name, number {n}" for n in range(10)]
    await core.open(names)
    ids = {name: f"{await house.id_of(name=name)}_present" for name in names}
    for name, what in ids.items():
        assert core.entities()[what].original_name == name
    for name in names:
        await house.view(people=[name])
        await core.until_state("who", name)
        await house.decide(name=name)
        await core.until_state("last", name)

    await house.view(people=names)

    await core.until_state("in_view", str(len(names)))
    who = core.state("who")
    assert len(who.state) <= 255
    assert {person["name"] for person in who.attributes["people"]} == set(names)


async def test_entity_ids_say_which_door(core: Core, house: House) -> None:
    """Also for a name without a letter that may stand in one."""
    await core.open(["Алиса"])
    alice = await house.id_of(name="Алиса")
    entity_id = core.entities()[f"{alice}_present"].entity_id
    assert entity_id.startswith("binary_sensor.whod_front_door_")
    if HAS_OWN_ENTITY_IDS:
        assert entity_id.endswith(alice.replace("-", "_"))


async def test_five_hundred_people(core: Core, house: House) -> None:
    names = [f"Person {n}" for n in range(500)]
    await core.open(names, commands=COMMANDS, pictures=True)

    assert len(core.entities()) == len(FOR_THE_DEVICE | BY_COMMANDS | WITH_PICTURES) + 500
    assert len(await core.triggers()) == 500
    (told, *_) = await house.heard(topic=DEVICE)
    assert json.loads(told)["dev"]["ids"] == ["whod_front-door"]
