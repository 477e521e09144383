# SPDX-License-Identifier: Apache-2.0
"""Two cameras of one daemon: each with its name, its people, its pace and its health; the household is told once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from support_broker import wait_until
from support_daemon import BARACK, EILEEN, broker_settings, play, whod

from daemon.client.door import RemoteDoor
from daemon.errors import NoSuchCamera

if TYPE_CHECKING:
    from pathlib import Path

    from support_broker import Subscriber
    from support_daemon import Daemon

DOOR = "whod/door"


def source(folder: Path, *scenes: tuple[Path | None, int]) -> str:
    return play(folder, *scenes).removeprefix("camera.source=")


@pytest.fixture
def house(daemon: Daemon, tmp_path: Path) -> Daemon:
    """A door where Eileen stands, and a garden where Barack does, with half the frames."""
    door, garden = source(tmp_path / "door", (EILEEN, 20)), source(tmp_path / "garden", (BARACK, 20))
    file = tmp_path / "whod.toml"
    file.write_text(
        f'[camera]\nsource = "{door}"\nfps = 10\nloop = true\n[cameras.garden]\nsource = "{garden}"\nfps = 5\n'
    )
    daemon.program = (*daemon.program, "--config", str(file))
    for name, picture in ("Eileen", EILEEN), ("Barack", BARACK):
        assert daemon.whod("enrol", name, picture).returncode == 0
    return daemon


def status(daemon: Daemon) -> dict[str, Any]:
    return json.loads(daemon.get("/api/v1/status")[1])


def parts(daemon: Daemon) -> dict[str, str]:
    return {part["name"]: part["state"] for part in daemon.health()["parts"]}


def said(subscriber: Subscriber, topic: str, base: str = DOOR) -> list[dict[str, Any]]:
    return [json.loads(message.payload) for message in subscriber.on(f"{base}/{topic}")]


def named(subscriber: Subscriber) -> dict[str, str]:
    """Who, and at which camera."""
    return {event["name"]: event["camera"] for event in said(subscriber, "identified")}


def faster(cameras: dict[str, Any]) -> bool:
    return cameras["main"]["fps"] > 1.4 * cameras["garden"]["fps"] > 0


@pytest.mark.mqtt
def test_each_is_told_by_its_name_and_the_house_is_one(house, broker):
    subscriber = broker.subscriber()
    house.start(*broker_settings(broker.port))
    wait_until(lambda: len(named(subscriber)) == 2, "both")
    assert named(subscriber) == {"Eileen": "main", "Barack": "garden"}
    names = "Barack, Eileen"
    wait_until(lambda: any(view["names"] == names for view in said(subscriber, "presence")), "both in view")
    device = said(subscriber, "config", "homeassistant/device/whod_door")[-1]["cmps"]
    assert {"camera", "camera_garden", "frame_rate_garden"} <= device.keys()
    cameras = status(house)["cameras"]
    assert list(cameras) == ["main", "garden"]
    assert cameras["main"]["source"] == status(house)["camera"]["source"] != cameras["garden"]["source"]
    wait_until(lambda: faster(status(house)["cameras"]), "each at its pace")


def test_each_has_its_picture_and_people_are_enrolled_at_it(house):
    house.start()
    for query in ("", "?camera=main", "?camera=garden"):
        assert wait_until(lambda query=query: house.get(f"/live.jpg{query}")[1], query).startswith(b"\xff\xd8")
    assert house.get("/live.jpg?camera=main")[1] != house.get("/live.jpg?camera=garden")[1]
    code, answer = house.get("/live.jpg?camera=attic")
    assert code == 404
    assert b"main, garden" in answer
    page = house.get("/")[1].decode()
    assert 'id="picture"' in page
    assert 'id="picture-garden"' in page
    door = RemoteDoor(house.state / "whod.sock")
    with pytest.raises(NoSuchCamera):
        door.start("Mr. President", camera="attic")
    session = door.start("Mr. President", camera="garden")
    assert wait_until(lambda: door.look(session.id).sight, "a face").quality > 0
    door.end(session.id)


def test_one_that_is_lost_is_red_and_the_other_goes_on(house, tmp_path):
    garden, away = tmp_path / "garden", tmp_path / "away"
    garden.rename(away)
    house.start("tracking.sighting_gap_s=1")
    wait_until(lambda: parts(house).get("camera garden") == "waiting", "red health")
    wait_until(lambda: parts(house)["camera"] == "ok", "the door")
    assert house.get("/health")[0] == 503
    lost = status(house)["cameras"]["garden"]
    assert (lost["state"], lost["fps"]) == ("waiting", 0.0)
    wait_until(lambda: "at main" in house.log.read_text(), "who is at the door")
    away.rename(garden)
    wait_until(lambda: parts(house)["camera garden"] == "ok", "the garden again")
    wait_until(lambda: "at garden" in house.log.read_text(), "who is in the garden")


def test_a_pause_is_of_both(house):
    house.start()
    wait_until(lambda: all(house.get(f"/live.jpg?camera={name}")[1] for name in ("main", "garden")), "pictures")
    assert house.whod("settings", "set", "camera.paused=true").returncode == 0
    wait_until(lambda: {parts(house)[name] for name in ("camera", "camera garden")} == {"paused"}, "the pause")
    assert house.get("/live.jpg?camera=garden") == (204, b"")
    assert house.whod("settings", "set", "camera.paused=false").returncode == 0
    wait_until(lambda: house.get("/live.jpg?camera=garden")[1], "the garden again")


def test_each_has_its_groups(house, tmp_path):
    assert house.whod("groups", "create", "family", "Eileen").returncode == 0
    file = tmp_path / "whod.toml"
    file.write_text(file.read_text() + 'groups = ["family"]\n')
    house.start("tracking.sighting_gap_s=1")
    wait_until(lambda: "unknown - at garden" in house.log.read_text(), "somebody in the garden")
    wait_until(lambda: "at main" in house.log.read_text(), "Eileen at the door")
    assert all("unknown" in line for line in house.log.read_text().splitlines() if "at garden" in line)
    (group,) = json.loads(house.get("/api/v1/groups")[1])
    assert "garden" in house.get(f"/groups/{group['id']}")[1].decode()


def visits(daemon: Daemon) -> list[dict[str, Any]]:
    return json.loads(daemon.whod("visits", "--json").stdout)


def test_a_visit_at_a_camera_that_hangs_is_recorded_at_the_end(house, tmp_path):
    script = tmp_path / "script.toml"
    script.write_text(f'source = "folder:{tmp_path / "garden"}"\n')
    file = tmp_path / "whod.toml"
    file.write_text(file.read_text().replace(f"folder:{tmp_path / 'garden'}", f"script:{script}"))
    house.start("tracking.sighting_gap_s=300")
    wait_until(lambda: house.log.read_text().count("identified ") == 2, "both")
    script.write_text(script.read_text() + '[[fault]]\nwhat = "block"\nafter_s = 0\n')
    wait_until(lambda: parts(house)["camera garden"] == "waiting", "the garden to hang")
    assert house.end() == 0
    assert {visit["camera"] for visit in visits(house)} == {"main", "garden"}


@pytest.mark.mqtt
def test_a_camera_gets_another_name_and_who_is_before_both_is_one_person(house, broker, tmp_path):
    subscriber = broker.subscriber()
    for picture in (tmp_path / "garden").iterdir():  # Eileen is there as well
        picture.unlink()
    play(tmp_path / "garden", (EILEEN, 20))
    house.start(*broker_settings(broker.port), "tracking.sighting_gap_s=1")
    wait_until(lambda: len({event["camera"] for event in said(subscriber, "identified")}) == 2, "Eileen at both")
    assert house.whod("settings", "set", "camera.name=front").returncode == 0
    wait_until(lambda: list(status(house)["cameras"]) == ["front", "garden"], "the new name")
    assert house.get("/live.jpg?camera=main")[0] == 404
    assert house.whod("rename", "Eileen", "Colonel").returncode == 0
    wait_until(lambda: said(subscriber, "presence")[-1]["names"] == "Colonel", "her new name")
    assert {view["count"] for view in said(subscriber, "presence")} == {0, 1}
    assert house.whod("forget", "Colonel", "--yes").returncode == 0
    wait_until(lambda: said(subscriber, "presence")[-1]["people"] == [], "nobody known")
    wait_until(lambda: "Colonel" not in house.get("/")[1].decode(), "the page to know nothing of her")
    assert house.end() == 0
    assert {visit["person_id"] for visit in visits(house)} == {None}


def test_a_fast_camera_leaves_the_others_their_turns(house, tmp_path):
    file = tmp_path / "whod.toml"
    fast, yard = source(tmp_path / "fast", (None, 2)), source(tmp_path / "yard", (None, 2))
    more = f'[cameras.fast]\nsource = "{fast}"\nfps = 60\n[cameras.yard]\nsource = "{yard}"\nfps = 2\n'
    file.write_text(file.read_text() + more)
    house.start()
    wait_until(lambda: all(camera["fps"] for camera in status(house)["cameras"].values()), "all four")
    wait_until(lambda: status(house)["cameras"]["yard"]["fps"] > 1.5, "the slowest to have all its turns")
    wait_until(lambda: house.log.read_text().count("identified ") == 2, "both")


def test_what_is_wrong_with_a_camera_is_said(tmp_path):
    file = tmp_path / "whod.toml"
    file.write_text('[cameras.garden]\nfps = 5\n[cameras.yard]\nsource = "demo"\npaused = true\n')
    done = whod("--config", file, "--state-dir", tmp_path / "state", "run")
    assert done.returncode == 78
    assert "cameras.garden must say where its frames come from" in done.stderr
    assert "cameras.yard.paused is of all cameras together: set camera.paused." in done.stderr
