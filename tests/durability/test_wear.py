# SPDX-License-Identifier: Apache-2.0
"""What is written to the disk, which is an SD card that wears out: as the kernel counts it."""

import contextlib
import time
from datetime import timedelta
from pathlib import Path

import pytest
from support_broker import wait_until
from support_changes import Enrol, opened
from support_daemon import EILEEN, Daemon, play
from support_visits import ALICE, BOB, NOW, around, event, face, visit, why

from daemon.clock import FakeClock
from daemon.events_db import open_event_store


def written(process="self"):
    lines = Path(f"/proc/{process}/io").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("write_bytes")).split()[1])


@pytest.fixture
def disk(tmp_path):
    """A folder on a disk, of which the kernel counts what is written."""
    before = written()
    (tmp_path / "probe").write_bytes(bytes(8192))
    if written() - before < 8192:
        pytest.skip("the temporary folder is in memory, of which the kernel counts nothing")
    return tmp_path


@pytest.mark.slow
def test_nothing_is_written_while_nobody_comes(disk):
    with contextlib.closing(Daemon(disk)) as daemon:
        daemon.start(play(disk / "day", (None, 2)))
        assert daemon.whod("enrol", "Eileen", EILEEN).returncode == 0
        wait_until(lambda: any(daemon.state.glob("backups/*.zip")), "the backup of today", 60)
        time.sleep(3)  # the end of its job
        before = written(daemon.process.pid)
        time.sleep(60)
        assert written(daemon.process.pid) == before


def test_to_look_for_what_is_too_old_writes_nothing(disk):
    store, _ = open_event_store(disk, FakeClock(NOW))
    store.record(visit(None, face=face([around(1)] * 15)), max_unknowns=9)
    before = written()
    for _ in range(100):
        assert store.prune(timedelta(days=365), timedelta(days=7)) == 0
    assert written() == before
    store.close()


def test_a_visit_writes_little(disk):
    store, _ = open_event_store(disk, FakeClock(NOW), lambda seen: seen.as_json())
    before = written()
    for _ in range(50):
        seen = visit(None, face=face([around(1)] * 15), why=why(ALICE, BOB, reason="below_threshold"))
        store.decide(event(None, sighting_id=seen.sighting_id, why=why(ALICE, BOB, reason="below_threshold")))
        store.record(seen, max_unknowns=20)
        store.outbox.confirm(store.outbox.pending(0, 9))
    assert (written() - before) / 50 <= 64_000
    store.close()


def test_an_enrolment_writes_little(disk):
    with contextlib.closing(opened(disk)) as gallery:
        before = written()
        for number in range(50):
            Enrol("Ann", number).do(gallery)
        assert (written() - before) / 50 <= 150_000
