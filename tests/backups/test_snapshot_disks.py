# SPDX-License-Identifier: Apache-2.0
"""Snapshots on a disk that fails, or is full: nobody loses them all, and what went wrong is said."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from support_backups import Home, lines
from support_gallery import seen

from daemon.backup import format as fmt
from daemon.backup import reading
from daemon.errors import StorageError


@pytest.fixture
def home(tmp_path):
    """With two snapshots that both hold Ann."""
    with Home(tmp_path / "state") as home:
        for number, name in enumerate(["Ann", "Bob"]):
            home.gallery.enrol(name, [seen(number)], "cli")
            home.snapshot()
        yield home


def full(*_, **__):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def people_in(home):
    return [{line["name"] for line in lines(home.taken(file.name), fmt.PEOPLE)} for file in home.backups.all()]


def test_a_full_disk_deletes_none_and_who_is_forgotten_goes_when_there_is_room(home, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("daemon.backup.rewriting.pack", full)
        with pytest.raises(StorageError, match="No space left"):
            home.people.forget("Ann")
    assert people_in(home) == [{"Ann", "Bob"}, {"Ann"}]
    home.people.finish_forgetting()
    assert people_in(home) == [{"Bob"}, set()]


def test_where_one_fails_the_others_are_written_anew(home, monkeypatch):
    newest = home.backups.all()[0].name
    replace = Path.replace

    def some(self, target):
        return full() if target.name == newest else replace(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", some)
        with pytest.raises(StorageError):
            home.people.forget("Ann")
    assert people_in(home) == [{"Ann", "Bob"}, set()]


@pytest.mark.parametrize("method", ["unlink", "iterdir", "stat"])
def test_a_folder_that_fails_says_what_to_do(home, monkeypatch, method):
    """Rotation deletes, and the list asks for sizes."""
    home.vault.snapshots._keep = 1
    home.gallery.enrol("Carl", [seen(5)], "cli")
    whole = getattr(Path, method)

    def broken(self, *args, **kwargs):
        if "backups" in self.parts and not self.name.startswith("."):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return whole(self, *args, **kwargs)

    monkeypatch.setattr(Path, method, broken)
    with pytest.raises(StorageError, match=r"backups cannot be used .*see that its disk is mounted"):
        home.snapshot() if method == "unlink" else home.backups.all()


def test_no_room_for_what_an_encrypted_one_holds_is_told(tmp_path, monkeypatch):
    with Home(tmp_path / "state") as home:
        home.gallery.enrol("Ann", [seen(1)], "cli")
        backup = home.backup("sesame")
        monkeypatch.setattr("daemon.backup.age.opened", full)
        with pytest.raises(StorageError, match=r"No space left on device.*free some space"):
            home.restore(backup, passphrase="sesame")


def test_a_file_that_is_gone_is_told(tmp_path):
    with pytest.raises(StorageError, match="cannot be opened"):
        reading.unsealed(tmp_path / "none", None, tmp_path / "beside")
