# SPDX-License-Identifier: Apache-2.0
"""docs/backup.md says what stands in a backup."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from support_backups import Home, lines, members
from test_archive import populate

from daemon.backup import age
from daemon.backup import format as fmt
from daemon.config import load

DOCS = (Path(__file__).parents[2] / "docs" / "backup.md").read_text(encoding="utf-8")
TABLE = dict(re.findall(r"^\| `([\w.]+)` \| `\{(.*?)\}`", DOCS, re.MULTILINE))


@pytest.fixture
def backup(tmp_path):
    with Home(tmp_path) as home:
        populate(home)
        yield home.backup()


def said(member):
    return re.findall(r'"(\w+)"', TABLE[member])


def test_every_member_in_its_order(backup):
    assert tuple(TABLE) == tuple(members(backup)) == fmt.MEMBERS


@pytest.mark.parametrize("member", [fmt.GROUPS, fmt.PEOPLE, fmt.SAMPLES])
def test_every_field_of_a_line(backup, member):
    assert all(list(line) == said(member) for line in lines(backup, member))


def test_every_key_of_the_manifest(backup):
    found = json.loads(members(backup)[fmt.MANIFEST])
    assert list(found) == said(fmt.MANIFEST)
    for name in found["counts"]:
        assert f"`{name}`" in DOCS
    assert found["sha256"].keys() == set(fmt.MEMBERS[:-1])


def test_the_limits_and_the_format():
    assert f"## The file, format {fmt.FORMAT}\n" in DOCS
    assert f"{fmt.LONGEST_LINE:,} bytes" in DOCS
    assert f"2^{age.WORK_FACTOR} rounds" in DOCS
    assert f"2^{age.MOST_WORK} (" in DOCS


def test_every_setting_is_told():
    settings = load().settings.backup
    assert set(re.findall(r"^\| `backup\.(\w+)` \|", DOCS, re.MULTILINE)) == set(type(settings).__slots__)
