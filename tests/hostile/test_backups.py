# SPDX-License-Identifier: Apache-2.0
"""Backups that were made to harm: a dry run lists what is wrong, nothing of them is applied, and nothing is left."""

from __future__ import annotations

import base64
import json
import uuid
import zipfile
from typing import TYPE_CHECKING

import pytest
from support_archives import FACE
from support_daemon import EILEEN
from support_forgeries import (
    MANIFEST,
    added,
    again,
    forged,
    line,
    members_of,
    other,
    packed,
    rewritten,
    vector,
    without,
)
from support_house import nothing_is_left

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support_forgeries import Change
    from support_house import Answer, House

PEOPLE, SAMPLES, GROUPS, SETTINGS = "people.jsonl", "samples.jsonl", "groups.jsonl", "settings.json"
NEW_ID = str(uuid.UUID(int=7))


@pytest.fixture(scope="module")
def backup(house: House) -> Iterator[bytes]:
    """Of a house in which Eileen lives; she stays there, and nothing else may."""
    person = house.enrol("Eileen", EILEEN.read_bytes()).json["person"]
    answer = house.ask("POST", "/backup", b"{}", "application/json")
    assert answer.status == 200
    yield answer.body
    assert [known["id"] for known in house.ask("GET", "/people").json] == [person["id"]]
    assert house.ask("DELETE", f"/people/{person['id']}").status == 200


def restore(house: House, data: bytes, **fields: str) -> Answer:
    return house.send("/restore", data, field="backup", **fields)


def test_the_backup_itself_is_fine(house: House, backup: bytes) -> None:
    for data in (backup, packed(members_of(backup)), forged(backup, lambda _: None)):
        report = restore(house, data, dry_run="1")
        assert report.status == 200
        assert report.json["problems"] == []
        assert not report.json["applied"]


LISTED: dict[str, tuple[Change, str]] = {
    "NaN": (line(SAMPLES, vector=vector(float("nan"))), "numbers that are none"),
    "infinity": (line(SAMPLES, vector=vector(float("inf"))), "numbers that are none"),
    "not of unit length": (line(SAMPLES, vector=vector(3.0)), "unit length"),
    "other dimension": (line(SAMPLES, vector=vector(1.0, size=64)), "64 numbers"),
    "cut vector": (line(SAMPLES, vector="AAA="), "cut off"),
    "no base64": (line(SAMPLES, vector="<script>"), "not base64"),
    "double sample": (again(SAMPLES), "there already"),
    "double person": (again(PEOPLE), "there already"),
    "double name": (again(PEOPLE, id=NEW_ID), "there already"),
    "sample of nobody": (again(SAMPLES, id=NEW_ID, person_id=NEW_ID), "of nobody"),
    "a name of 1 MB": (line(PEOPLE, name="x" * 999_000), "too long"),
    "a line of 2 MB": (line(PEOPLE, name="x" * 2_000_000), "line that is too long"),
    "a name with NUL": (line(PEOPLE, name="Ali\0ce"), "control character"),
    "a name that turns": (line(PEOPLE, name="\u202eecilA"), "direction of the text"),
    "half a character": (added(PEOPLE, rb'{"name": "\ud800"}'), "has no"),
    "an id that is a path": (line(PEOPLE, id="../../etc/passwd"), "id"),
    "an id that is SQL": (line(PEOPLE, id="' OR 1=1 --"), "id"),
    "a group that is not there": (line(PEOPLE, groups=[NEW_ID]), "group that is not there"),
    "a time that is none": (line(PEOPLE, created_at="9999-99-99T00:00:00Z"), "time"),
    "quality": (line(SAMPLES, quality=1e300), "quality"),
    "an endless quality": (added(SAMPLES, b'{"quality": 1e999}'), "has no"),
    "a number too long": (added(SAMPLES, b'{"quality": ' + b"9" * 100_000 + b"}"), "not JSON"),
    "nested": (added(SAMPLES, b"[" * 100_000), "not JSON"),
    "no object": (added(GROUPS, b"[]"), "not a JSON object"),
    "no text": (added(GROUPS, b"\xff\xfe"), "not JSON"),
    "a picture that is none": (line(SAMPLES, picture=base64.b64encode(b"<svg/>").decode()), "no JPEG"),
    "a field more": (line(PEOPLE, admin=True), "not known"),
    "settings that are none": (other(SETTINGS, b"[[[["), "not JSON"),
    "a member more": (other("../../evil.sh", b"#!/bin/sh"), ""),
    "a member less": (without(GROUPS), "missing"),
}


@pytest.mark.parametrize("case", LISTED)
def test_what_is_wrong_is_listed_and_nothing_is_applied(house: House, backup: bytes, case: str) -> None:
    change, says = LISTED[case]
    data = forged(backup, change)
    before = house.ask("GET", "/people").json
    tried = restore(house, data, dry_run="1")
    told = tried.json["problems"] if tried.status == 200 else [tried.sentence]
    assert any(says in problem for problem in told), told
    assert all(len(problem) < 400 and problem.isprintable() for problem in told)
    assert restore(house, data, mode="merge" if len(case) % 2 else "replace").status == 422
    assert house.ask("GET", "/people").json == before
    nothing_is_left(house)


def test_several_problems_are_listed_together(house: House, backup: bytes) -> None:
    def change(members: dict[str, bytes]) -> None:
        line(SAMPLES, vector=vector(3.0))(members)
        again(PEOPLE)(members)
        added(GROUPS, b"[]")(members)

    problems = restore(house, forged(backup, change), dry_run="1").json["problems"]
    assert len([problem for problem in problems if ", line " in problem]) == 3


def test_wrong_digests_and_counts_and_the_future(house: House, backup: bytes) -> None:
    told = json.loads(members_of(backup)[MANIFEST])
    wrong = {**told["sha256"], SAMPLES: "0" * 64}
    cases = {
        "sha256": rewritten(backup, sha256=wrong),
        "tells of 5 people": rewritten(backup, counts={**told["counts"], "people": 5}),
        "update whod": rewritten(backup, format=99),
        "not of a backup of whod": rewritten(backup, app="other"),
    }
    for says, data in cases.items():
        assert says in " ".join(restore(house, data, dry_run="1").json["problems"])
        assert restore(house, data).status == 422


def test_embeddings_of_another_model_are_kept_but_never_compared(house: House, backup: bytes) -> None:
    data = forged(backup, line(SAMPLES, model_id="other-model-1", vector=vector(1.0, size=64), picture=None))
    report = restore(house, rewritten_counts(data, pictures=0), dry_run="1").json
    assert report["problems"] == []
    assert any("another model" in note for note in report["notes"])


def rewritten_counts(data: bytes, **counts: int) -> bytes:
    return rewritten(data, counts={**json.loads(members_of(data)[MANIFEST])["counts"], **counts})


def bomb(backup: bytes) -> bytes:
    """Samples of 90 MB that are packed a thousand times smaller."""
    members = members_of(backup)
    members[SAMPLES] += b"\n" * 90_000_000
    return packed(members, zipfile.ZIP_DEFLATED)


UNREADABLE: dict[str, Callable[[bytes], bytes]] = {
    "a picture": lambda _: FACE,
    "nothing": lambda _: b"",
    "cut off": lambda backup: backup[:-40],
    "something behind": lambda backup: backup + b"PK\x03\x04",
    "bomb": bomb,
    "millions of lines": lambda backup: forged(backup, added(GROUPS, b"[]\n" * 3_000_000)),
    "age of nobody": lambda _: b"age-encryption.org/v1\n-> X25519 abc\n",
    "age that takes 1 TB": lambda _: b"age-encryption.org/v1\n-> scrypt " + b"A" * 22 + b" 30\n" + b"A" * 43,
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_what_is_no_backup_gets_a_sentence(house: House, backup: bytes, case: str) -> None:
    data = UNREADABLE[case](backup)
    for fields in ({}, {"passphrase": "correct horse battery"}, {"dry_run": "1"}):
        answer = restore(house, data, **fields)
        assert answer.status in (400, 403, 422), answer.body
        assert answer.sentence.isprintable()
    nothing_is_left(house)


def test_a_look_alike_of_a_resident_is_told_of_before_it_moves_in(house: House, backup: bytes) -> None:
    def change(members: dict[str, bytes]) -> None:
        line(PEOPLE, id=NEW_ID, name="Еіlееn")(members)  # noqa: RUF001
        line(SAMPLES, id=NEW_ID, person_id=NEW_ID, vector=vector(1.0))(members)

    report = restore(house, forged(backup, change), mode="merge", dry_run="1").json
    assert report["problems"] == []
    (note,) = report["notes"]
    assert "look the same" in note
    assert NEW_ID in note  # no name: notes are kept with the job, from where nobody would be forgotten
