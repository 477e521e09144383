# SPDX-License-Identifier: Apache-2.0
"""Sessions: how long they last, how they end, what is kept of them (W4)."""

from __future__ import annotations

import contextlib
import sqlite3
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from support_access import DAY_S, FIREFOX, PASSWORD, PHONE, begun, set_back

from daemon.access import ADMIN_DB, Access, sessions
from daemon.access.agents import device_words
from daemon.errors import (
    NoSuchSession,
    StorageError,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from daemon.access.owner import Owner
    from daemon.clock import FakeClock


class TestSessions:
    def test_it_ends_when_nobody_used_it_for_14_days(self, owner: Owner, clock: FakeClock) -> None:
        cookie = begun(owner).cookie
        for _ in range(5):
            clock.advance(14 * DAY_S - 1)
            assert owner.session(cookie)
        clock.advance(14 * DAY_S)
        assert owner.session(cookie) is None
        assert owner.sessions() == []

    def test_asking_about_it_is_no_use(self, owner: Owner, clock: FakeClock) -> None:
        cookie = begun(owner).cookie
        begun_at = owner.sessions()[0].last_seen_at
        for _ in range(14):
            assert owner.session(cookie, used=False)
            clock.advance(DAY_S)
        assert owner.session(cookie, used=False) is None
        assert owner.session(cookie) is None
        assert begun_at == owner.login(PASSWORD, PHONE).session.last_seen_at - timedelta(days=14)

    def test_it_ends_after_90_days_however_often_it_is_used(self, owner: Owner, clock: FakeClock) -> None:
        cookie = begun(owner).cookie
        for _ in range(89):
            clock.advance(DAY_S)
            assert owner.session(cookie)
        clock.advance(DAY_S)
        assert owner.session(cookie) is None

    @pytest.mark.parametrize("days", [1, 30, 20_000])
    def test_a_clock_that_is_set_back_makes_it_no_younger(self, owner: Owner, clock: FakeClock, days: int) -> None:
        cookie = begun(owner).cookie
        set_back(clock, days)
        clock.advance(14 * DAY_S - 1)
        assert owner.session(cookie)
        set_back(clock, days)
        clock.advance(14 * DAY_S)
        assert owner.session(cookie) is None

    def test_it_stays_over_a_restart_with_its_age(
        self, owner: Owner, open_: Callable[[], Access], clock: FakeClock
    ) -> None:
        entry = begun(owner)
        clock.advance(10 * DAY_S)
        again = open_().owner
        found = again.session(entry.cookie)
        assert found is not None
        assert (found.id, found.csrf) == (entry.session.id, entry.session.csrf)
        clock.advance(14 * DAY_S)
        assert open_().owner.session(entry.cookie) is None

    def test_its_last_use_is_written_at_most_hourly(self, owner: Owner, tmp_path: Path, clock: FakeClock) -> None:
        cookie, start = begun(owner).cookie, clock.now()
        file = tmp_path / ADMIN_DB

        def written() -> str:
            with contextlib.closing(sqlite3.connect(file)) as db:
                return str(db.execute("SELECT last_seen_at FROM session").fetchone()[0])

        seen = set()
        for _ in range(6 * 60):
            clock.advance(20)
            owner.session(cookie)
            seen.add(written())
        assert len(seen) == 3
        assert owner.sessions()[0].last_seen_at == start + timedelta(hours=2)

    def test_a_full_disk_locks_nobody_out(
        self, owner: Owner, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        entry = begun(owner)
        with owner._desk() as desk:
            monkeypatch.setattr(desk.rows, "writing", _full)
        clock.advance(2 * 3600)
        for _ in range(3):
            assert owner.session(entry.cookie)
        assert len(caplog.records) == 1
        assert entry.session.id in caplog.text

    def test_logout_ends_it_on_the_server(self, owner: Owner) -> None:
        entry, other = begun(owner), owner.login(PASSWORD, PHONE)
        owner.logout(entry.session.id)
        assert owner.session(entry.cookie) is None
        assert owner.session(other.cookie)

    def test_one_is_revoked(self, owner: Owner, open_: Callable[[], Access]) -> None:
        entry, other = begun(owner), owner.login(PASSWORD, PHONE)
        assert owner.revoke(other.session.id).id == other.session.id
        for who in (owner, open_().owner):
            assert who.session(other.cookie) is None
            assert who.session(entry.cookie)
        with pytest.raises(NoSuchSession, match="logged out already"):
            owner.revoke(other.session.id)

    def test_all_others_are_revoked(self, owner: Owner) -> None:
        entries = [begun(owner), *(owner.login(PASSWORD, PHONE) for _ in range(3))]
        assert owner.revoke_others(entries[1].session.id) == 3
        assert [owner.session(entry.cookie) is not None for entry in entries] == [False, True, False, False]

    @pytest.mark.usefixtures("cheap")
    def test_there_are_not_more_than_50(self, owner: Owner, clock: FakeClock, tmp_path: Path) -> None:
        entries = [begun(owner)]
        for _ in range(sessions.MOST + 4):
            clock.advance(1)
            entries.append(owner.login(PASSWORD, PHONE))
        assert len(owner.sessions()) == sessions.MOST
        assert owner.session(entries[0].cookie) is None
        assert owner.session(entries[-1].cookie)
        with contextlib.closing(sqlite3.connect(tmp_path / ADMIN_DB)) as db:
            assert db.execute("SELECT count(*) FROM session").fetchone() == (sessions.MOST,)
            assert db.execute("SELECT count(*) FROM device").fetchone() == (50,)

    def test_what_has_ended_is_not_kept(self, owner: Owner, clock: FakeClock, tmp_path: Path) -> None:
        begun(owner)
        clock.advance(15 * DAY_S)
        owner.login(PASSWORD, PHONE)
        with contextlib.closing(sqlite3.connect(tmp_path / ADMIN_DB)) as db:
            assert db.execute("SELECT count(*) FROM session").fetchone() == (1,)


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox · Android"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1 Version/19 Safari/604",
            "Safari · iPhone",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36", "Chrome · Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140 Safari/537.36 Edg/140.0", "Edge · Windows"),
        (
            "Mozilla/5.0 (Linux; Android 15) SamsungBrowser/28.0 Chrome/130 Safari/537.36",
            "Samsung Internet · Android",
        ),
        ("curl/8.5.0", "curl"),
        ("x" * 500, "x" * 40),
        ("<script>alert(1)</script>", ""),
        ("", ""),
    ],
)
def test_which_browser_it_is(agent: str, words: str) -> None:
    assert device_words(agent) == words


def _full() -> None:
    raise StorageError("admin.db: the disk is full.")
