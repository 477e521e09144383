# SPDX-License-Identifier: Apache-2.0
"""The parts of a whole whod, put together and not begun."""

import contextlib
import tempfile

import pytest

from daemon.config import load
from daemon.errors import StorageError
from daemon.house import House
from daemon.jobs import Jobs
from daemon.logbook import Logbook
from daemon.storage import StateFolder

CAMERAS = "".join(f'[cameras.{name}]\nsource = "demo"\n' for name in ("garden", "yard"))


@pytest.fixture
def house(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", None)
    (tmp_path / "whod.toml").write_text(f'[camera]\nsource = "demo"\n{CAMERAS}')
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(StateFolder(tmp_path / "state"))
        yield House(load(tmp_path / "whod.toml"), folder, stack, logbook=Logbook())


def test_whatever_hangs_at_the_end_it_is_over_in_three_seconds(house, monkeypatch):
    waited = []

    class Hung:
        """A worker that was begun, and whose thread does not end."""

        def __init__(self, worker):
            self.worker, self.left_behind = worker, ()
            self.pulse = self.thread = self

        def stop(self):
            pass

        def join(self, seconds):
            waited.append(seconds)

        def is_alive(self):
            return True

    monkeypatch.setattr(house.supervisor, "_charges", [Hung(worker) for worker in house.supervisor._workers])
    assert house.end() is False
    assert len(waited) >= 13
    assert sum(waited) <= 2.8


@pytest.mark.parametrize("job", [True, False])
def test_the_pace_is_told_of_a_job(house, monkeypatch, job):
    told = []
    monkeypatch.setattr(Jobs, "busy", job)
    monkeypatch.setattr(house._governor, "turn", lambda _reading, *, job: told.append(job))
    house._watch.turn()
    assert told == [job]


def test_copies_that_cannot_be_deleted_are_told_once(house, monkeypatch, caplog):
    def expire():
        raise StorageError("The disk is read-only.")

    monkeypatch.setattr(house._copies, "turn", expire)
    monkeypatch.setattr("daemon.house._TRIM_EVERY_S", 0.0)
    monkeypatch.setattr(house, "_trim_due_s", 0.0)
    for _ in range(3):
        house._watch.turn()
    assert [message for message in caplog.messages if "read-only" in message] == [
        "What people were before an upgrade is kept for too long: The disk is read-only."
    ]
