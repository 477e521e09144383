# SPDX-License-Identifier: Apache-2.0
"""What root does with whod's commands leaves nothing that the service could not open."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can do what is tried here")

NOBODY = 65534


@pytest.fixture
def folder(tmp_path):
    """A state folder as the service has it."""
    path = tmp_path / "state"
    path.mkdir(mode=0o700)
    os.chown(path, NOBODY, NOBODY)
    return path


def whod(folder, *words):
    command = [sys.executable, "-m", "daemon", "--config", "/dev/null", "--state-dir", folder, *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def owners(folder):
    return {path.name: path.lstat().st_uid for path in folder.rglob("*")}


def test_what_root_makes_is_the_services(folder):
    for words in (("people",), ("admin", "code"), ("token", "create", "x", "--scope", "read")):
        assert whod(folder, *words).returncode == 0
    found = owners(folder)
    assert {"gallery.db", "events.db", "admin.db", "lock"} <= set(found)
    assert set(found.values()) == {NOBODY}


def test_so_it_is_where_the_command_fails(folder):
    assert whod(folder, "forget", "Nobody").returncode != 0
    assert set(owners(folder).values()) == {NOBODY}


def test_what_lies_elsewhere_stays_roots(folder, tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).touch()
    (folder / "link").symlink_to(tmp_path / "a")
    (folder / "name").hardlink_to(tmp_path / "b")
    assert whod(folder, "people").returncode == 0
    assert ((tmp_path / "a").stat().st_uid, (tmp_path / "b").stat().st_uid) == (0, 0)


@pytest.mark.parametrize("name", ["lock", "gallery.db", "gallery.db.new", "events.db", "admin.db.new"])
def test_a_link_does_not_lead_root_elsewhere(folder, tmp_path, name):
    (folder / name).symlink_to(tmp_path / "nologin")
    whod(folder, "people")
    whod(folder, "admin", "code")
    assert not (tmp_path / "nologin").exists()


def test_nor_does_a_journal(folder, tmp_path):
    whod(folder, "admin", "code")
    (folder / "admin.db-journal").symlink_to(tmp_path / "nologin")
    assert whod(folder, "admin", "code").returncode == 0
    assert not (tmp_path / "nologin").exists()


def test_a_folder_of_roots_own_stays_so(tmp_path):
    assert whod(tmp_path / "own", "people").returncode == 0
    assert set(owners(tmp_path / "own").values()) == {0}
