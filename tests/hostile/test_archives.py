# SPDX-License-Identifier: Apache-2.0
"""Archives that want more than to be read: refused whole, with a sentence, and nothing is written anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support_archives import FACE, HOSTILE, good, packed, told
from support_broker import wait_until
from support_forgeries import added, forged
from support_house import House, nothing_is_left

if TYPE_CHECKING:
    from support_daemon import Daemon
    from support_house import Answer

_ALLOWED_KB = 20_000


def send(house: House, archive: bytes) -> Answer:
    return house.ask("POST", "/imports", archive, "application/zip")


def ended(house: House, answer: Answer) -> dict[str, Any]:
    """The job, when it is over."""
    path = f"/jobs/{answer.json['id']}"
    wait_until(lambda: house.ask("GET", path).json["state"] in ("done", "failed", "cancelled"), "the job", 60)
    return dict(house.ask("GET", path).json)


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_archive_is_refused_and_leaves_nothing(house: House, case: str) -> None:
    answer = send(house, HOSTILE[case])
    assert answer.status == 422, answer.body
    assert answer.json["type"] == "/problems/bad-archive"
    assert answer.sentence.isprintable()
    assert len(answer.sentence) < 400
    nothing_is_left(house)
    assert house.ask("GET", "/people").json == []


def test_the_same_picture_in_a_plain_archive_is_enrolled(house: House) -> None:
    job = ended(house, send(house, good()))
    assert job["state"] == "done"
    assert job["result"]["created"] == 1
    (person,) = house.ask("GET", "/people").json
    assert person["name"] == "Mallory"
    assert house.ask("DELETE", f"/people/{person['id']}").status == 200
    nothing_is_left(house)


def test_an_archive_in_a_picture_and_names_that_are_none_are_passed_over(house: House) -> None:
    members = [
        ("Mallory/nested.zip", good()),
        ("Mallory/picture.jpg", good()),
        ("\u202eyrollaM/a.jpg", FACE),
        ("Аlice/a.jpg", FACE),  # noqa: RUF001
        ("no folder.jpg", FACE),
    ]
    job = ended(house, send(house, packed(*members)))
    assert job["state"] == "done"
    assert job["result"] == {"created": 0, "updated": 0, "unchanged": 0, "refused": len(members)}
    assert house.ask("GET", "/people").json == []
    lines = house.ask("GET", f"/jobs/{job['id']}/lines?after=0").json
    assert len(lines) == len(members)


def test_archives_of_any_size_take_little_memory(daemon: Daemon) -> None:
    daemon.start("camera.source=demo")
    house = House(daemon.state)
    empty = house.ask("POST", "/backup", b"{}", "application/json").body
    for usual in (forged(empty, added("people.jsonl", b"[]")), good()):
        house.send("/restore", usual, field="backup")
    before = _peak_kb(daemon)
    for case in ("bomb", "more than 4 GB", "a million and one", "64 kB of marks"):
        assert send(house, HOSTILE[case]).status == 422
    lines = forged(empty, added("people.jsonl", b"[]\n" * 10_000_000))
    for backup in (HOSTILE["bomb"], told(99 * len(FACE), count=300), lines):
        assert house.send("/restore", backup, field="backup").status == 422
    assert _peak_kb(daemon) - before <= _ALLOWED_KB


def _peak_kb(daemon: Daemon) -> int:
    assert daemon.process is not None
    status = Path(f"/proc/{daemon.process.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])
