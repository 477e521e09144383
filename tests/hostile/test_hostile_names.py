# SPDX-License-Identifier: Apache-2.0
"""Names that want to be something else, all the way: enrolled, seen at the door, told, shown, logged."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from support_broker import Broker, wait_until
from support_daemon import BARACK, EILEEN, JOE, Daemon, broker_settings, play
from support_house import House

if TYPE_CHECKING:
    from pathlib import Path

NASTY = (
    "+/# $SYS/broker {{ states('lock.door') }} {% x %} ../../etc",
    '</script><img src=x onerror=alert(1)> & "it\'s" `id` $(id) %s',
    "אליס ؏ 🦊 Zoe\u0308; DROP TABLE person;--",
)
SHOWN = (*NASTY[:2], NASTY[2].replace("e\u0308", "ë"))


class _Page(HTMLParser):
    """What a browser would make of it: elements, attributes, and what is text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.mqtt
def test_nasty_names_are_inert_everywhere(daemon: Daemon, broker: Broker, tmp_path: Path) -> None:
    subscriber = broker.subscriber()
    scenes = [(picture, frames) for face in (EILEEN, BARACK, JOE) for picture, frames in ((face, 15), (None, 8))]
    source = play(tmp_path / "day", *scenes)
    house = House(daemon.state)
    for name, picture in zip(NASTY, (EILEEN, BARACK, JOE), strict=True):
        assert daemon.whod("enrol", name, picture).returncode == 0
    daemon.start(source, "tracking.sighting_gap_s=0.5", *broker_settings(broker.port))
    subscriber.wait_for("whod/door/sighting", count=3)

    told = [json.loads(m.payload) for m in subscriber.on("whod/door/sighting")]
    assert tuple(visit["name"] for visit in told) == SHOWN
    device = "homeassistant/device/whod_door/config"
    for message in subscriber.messages:
        assert message.topic == device or re.fullmatch(r"whod/door/[a-z]+(/[a-z0-9-]{36}/present)?", message.topic)
        if message.payload and message.payload not in (b"ON", b"OFF", b"online", b"offline"):
            json.loads(message.payload)
    parts = json.loads(subscriber.on(device)[-1].payload)["cmps"].values()
    assert {part["name"] for part in parts if part.get("dev_cla") == "occupancy"} >= set(SHOWN)
    templates = [text for part in parts for key, text in part.items() if key.endswith("_tpl")]
    assert templates
    assert not [text for text in templates if any(name in text for name in SHOWN)]
    assert sorted(person["name"] for person in house.ask("GET", "/people").json) == sorted(SHOWN)

    page = _Page(wait_until(lambda: _complete(daemon), "the page to show all visits"))
    assert all(name in page.text for name in SHOWN)
    scripts = [attributes["src"] for tag, attributes in page.tags if tag == "script"]
    assert scripts
    assert all(source.startswith("/static/") for source in scripts)
    assert not [attributes for _, attributes in page.tags if any(name.startswith("on") for name in attributes)]
    assert not [attributes for tag, attributes in page.tags if tag == "img" and attributes.get("src") == "x"]

    assert daemon.end() == 0
    log = daemon.log.read_text()
    assert not [part for part in ("lock.door", "onerror", "DROP TABLE", "Zoë") if part in log]
    assert "Traceback" not in log


def _complete(daemon: Daemon) -> str | None:
    html = daemon.get("/")[1].decode()
    return html if all(word in html for word in ("lock.door", "onerror", "DROP TABLE")) else None


REFUSED = {
    "": "empty",
    "Al\0ice": "control character",
    "Alice\r\nSet-Cookie: x=y": "control character",
    "\u202eecilA": "direction of the text",
    "Al\u200bice": "invisible character",
    "Al\ud800ice": "could not be read",
    "x" * 10_000: "too long",
    "!!!": "no letter and no digit",
    "Аlice": "letters of several alphabets",  # noqa: RUF001
}


@pytest.mark.parametrize("name", REFUSED, ids=lambda name: ascii(name)[:20])
def test_what_is_no_name_gets_a_sentence(house: House, name: str) -> None:
    answer = house.enrol(name, EILEEN.read_bytes())
    assert answer.status == 400
    assert REFUSED[name] in answer.sentence
    assert answer.sentence.isprintable()
    assert house.ask("GET", "/people").json == []


def test_half_a_character_in_json_gets_a_sentence(house: House) -> None:
    person = house.enrol("Eileen", EILEEN.read_bytes()).json["person"]["id"]
    try:
        answer = house.ask("PATCH", f"/people/{person}", rb'{"name": "Al\ud800ice"}', "application/json")
        assert answer.status == 400
        assert "half a character" in answer.sentence
    finally:
        assert house.ask("DELETE", f"/people/{person}").status == 200


def test_spellings_of_one_name_are_one_person_and_look_alikes_are_none(house: House) -> None:
    made = house.enrol("Zoe\u0308", EILEEN.read_bytes())
    try:
        assert made.status == 201
        again = house.enrol("ZO\u00cb", EILEEN.read_bytes(), force="1")
        assert again.status == 200
        assert again.json["person"] == made.json["person"]
        twin = house.enrol("Zоё", BARACK.read_bytes())  # noqa: RUF001
        assert twin.status in (400, 409)
        assert [person["name"] for person in house.ask("GET", "/people").json] == ["Zoë"]
    finally:
        assert house.ask("DELETE", f"/people/{made.json['person']['id']}").status == 200
