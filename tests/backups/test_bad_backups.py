# SPDX-License-Identifier: Apache-2.0
"""Backups that cannot be right: all that is wrong is told, and nothing is done."""

from __future__ import annotations

import base64
import json
import random

import numpy as np
import pytest
from support_backups import Home, ann_and_bob, changed, members, packed
from support_gallery import D, contents

from daemon.errors import BadBackup, BadPassphrase

ID = "00000000-0000-4000-8000-000000000001"


def on_record(field, value, number=0):
    """A change of one field of one line."""

    def change(text):
        records = [json.loads(line) for line in text.splitlines()]
        records[number][field] = value
        return "".join(json.dumps(record) + "\n" for record in records).encode()

    return change


def twice(text):
    return text + text.splitlines(keepends=True)[0]


def vector(numbers):
    return base64.b64encode(np.array(numbers, "<f4").tobytes()).decode()


NAN = [float("nan"), *[0.0] * (D - 1)]
WRONG = {
    "a name of a megabyte": (
        "people.jsonl",
        on_record("name", random.Random(1).randbytes(450_000).hex()),
        "too long",
    ),
    "a name that turns the text": ("people.jsonl", on_record("name", "A\u202eb"), "direction"),
    "a name that is no text": ("people.jsonl", on_record("name", 7), "another kind"),
    "two people of one name": ("people.jsonl", on_record("name", "ANN", 1), "already"),
    "two people of one id": ("people.jsonl", twice, "already"),
    "an id that is a path": ("people.jsonl", on_record("id", "../../etc/passwd"), "id that is none"),
    "a time that is none": ("people.jsonl", on_record("created_at", "yesterday"), "no time"),
    "a time of another zone": ("people.jsonl", on_record("created_at", "2026-11-21T19:30:02.113+01:00"), "no time"),
    "a group that is not there": ("people.jsonl", on_record("groups", [ID]), "group that is not there"),
    "a field too many": ("people.jsonl", on_record("admin", True), "not known"),
    "two groups of one name": ("groups.jsonl", twice, "already"),
    "a sample of nobody": ("samples.jsonl", on_record("person_id", ID), "nobody"),
    "two samples of one id": ("samples.jsonl", twice, "already"),
    "NaN": ("samples.jsonl", on_record("vector", vector(NAN)), "numbers that are none"),
    "infinity": ("samples.jsonl", on_record("vector", vector([float("inf"), *NAN[1:]])), "numbers that are none"),
    "no unit vector": ("samples.jsonl", on_record("vector", vector([2.0, *NAN[1:]])), "unit length"),
    "an empty vector": ("samples.jsonl", on_record("vector", ""), "cut off"),
    "half a number": ("samples.jsonl", on_record("vector", "AAAAAAA="), "cut off"),
    "no base64": ("samples.jsonl", on_record("vector", "ä" * 8), "not base64"),
    "another dimension": ("samples.jsonl", on_record("vector", vector(np.eye(64)[0])), "64 numbers"),
    "a quality that is none": ("samples.jsonl", on_record("quality", 1.5), "quality"),
    "a kind that is none": ("samples.jsonl", on_record("kind", "maybe"), "kind"),
    "a picture that is none": ("samples.jsonl", on_record("picture", "aGFsbG8="), "no JPEG"),
    "no JSON": ("samples.jsonl", lambda text: b"[1, 2\n" + text, "not JSON"),
    "a number that is none": ("samples.jsonl", on_record("quality", float("nan")), "not JSON"),
    "JSON in JSON": ("people.jsonl", lambda text: b"[" * 9000 + b"\n" + text, "not JSON"),
    "a list": ("people.jsonl", lambda text: b"[]\n" + text, "not a JSON object"),
    "a line that is cut off": ("people.jsonl", lambda text: text[:-1], "cut off"),
    "a line without end": (
        "people.jsonl",
        lambda text: text + random.Random(1).randbytes(600_000).hex().encode(),
        "too long",
    ),
    "settings that are none": ("settings.json", lambda _: b"7", "not a JSON object"),
    "a format from the future": (
        "manifest.json",
        lambda text: text.replace(b'"format": 1', b'"format": 7'),
        "update whod",
    ),
    "another program's": ("manifest.json", lambda text: text.replace(b'"whod"', b'"who"'), "not of a backup of whod"),
    "counts that are wrong": (
        "manifest.json",
        lambda text: text.replace(b'"people": 2', b'"people": 3'),
        "tells of 3",
    ),
    "a digest that is none": (
        "manifest.json",
        lambda text: text.replace(b'"people.jsonl": "', b'"people.jsonl": "x'),
        "sha256",
    ),
}


@pytest.fixture(scope="module")
def still(tmp_path_factory):
    """A home that nothing changes, and a backup of it."""
    with Home(tmp_path_factory.mktemp("still")) as home:
        yield home, ann_and_bob(home)


@pytest.mark.parametrize("what", WRONG)
def test_what_cannot_be_right_is_told_and_nothing_is_done(still, what):
    home, backup = still
    member, change, said = WRONG[what]
    bad = changed(backup, member, change)
    before = contents(home.gallery)
    report = home.restore(bad, dry_run=True)
    assert not report.applied
    assert said in " ".join(report.problems)
    with pytest.raises(BadBackup) as raised:
        home.restore(bad)
    assert str(raised.value).split(".")[0] in report.problems[0]
    assert contents(home.gallery) == before
    assert home.changes == 0
    assert list(home.vault.staging.folder.iterdir()) == []


def test_all_that_is_wrong_is_told_at_once(home, backup):
    bad = changed(backup, "people.jsonl", on_record("name", ""))
    bad = changed(bad, "samples.jsonl", on_record("quality", 2, 2))
    parts = members(bad)
    parts["settings.json"] += b" "
    problems = home.restore(packed(parts), dry_run=True).problems
    assert len(problems) >= 4  # the name, the samples of nobody, the quality, the digest
    assert any("people.jsonl, line 1" in problem for problem in problems)
    assert any("samples.jsonl, line 3" in problem for problem in problems)
    assert any("settings.json does not match its sha256" in problem for problem in problems)
    assert not any("Bob" in problem or "Ann" in problem for problem in problems)


def test_a_hundred_problems_are_enough(home, backup):
    bad = changed(backup, "people.jsonl", lambda text: text + b"x\n" * 250)
    problems = home.restore(bad, dry_run=True).problems
    assert len(problems) == 101
    assert problems[-1] == "There are 151 problems more."  # and the counts


def test_members_that_are_missing_or_strange_are_told(home, backup):
    parts = members(backup)
    del parts["groups.jsonl"]
    parts["autorun.exe"] = b"x"
    problems = home.restore(packed(parts), dry_run=True).problems
    assert set(problems) == {"groups.jsonl is missing.", "autorun.exe does not belong into a backup."}


@pytest.mark.parametrize(
    "data",
    [b"", b"not a zip", b"PK\x03\x04" + bytes(100), packed({"a.txt": b"x"}), packed({"../manifest.json": b"{}"})],
)
def test_what_is_no_backup_is_refused(home, data):
    with pytest.raises(BadBackup):
        home.restore(data, dry_run=True)


def test_trailing_bytes_are_refused(home, backup):
    for data in (backup + b"x", b"x" + backup, backup[:-1]):
        with pytest.raises(BadBackup):
            home.restore(data)


def test_a_bomb_is_stopped(home, backup):
    parts = members(backup)
    parts["people.jsonl"] = bytes(50_000_000)
    with pytest.raises(BadBackup, match="100 times"):
        home.restore(packed(parts), dry_run=True)


def test_the_passphrase_must_fit(home, backup):
    sealed = home.backup("sesame")
    with pytest.raises(BadPassphrase, match="encrypted"):
        home.restore(sealed)
    with pytest.raises(BadPassphrase, match="not the passphrase"):
        home.restore(sealed, passphrase="open")
    with pytest.raises(BadPassphrase, match="no passphrase"):
        home.restore(backup, passphrase="sesame")
    with pytest.raises(BadPassphrase, match="empty"):
        home.restore(sealed, passphrase="")
