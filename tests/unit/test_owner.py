# SPDX-License-Identifier: Apache-2.0
"""The owner: the first password, another one, logging in, typing it anew (W2)."""

from __future__ import annotations

import contextlib
import re
import sqlite3
import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from support_access import DAY_S, FIREFOX, MINUTE_S, OTHER, PASSWORD, PHONE, begun, set_back

from daemon.access import ADMIN_DB, Access
from daemon.errors import (
    BadPassword,
    NoSuchSession,
    StorageCorrupt,
    WrongCode,
    WrongPassword,
)
from daemon.types import State, Visitor

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from daemon.access.owner import Owner
    from daemon.clock import FakeClock


class TestTheFirstPassword:
    def test_a_code_sets_it_and_lets_in(self, owner: Owner) -> None:
        assert not owner.has_password()
        made = owner.new_code()
        assert re.fullmatch(r"[2-9A-HJ-NP-Z]{4}(-[2-9A-HJ-NP-Z]{4}){2}", made.code)
        entry = owner.first(f" {made.code.lower()} ", PASSWORD, PHONE)
        assert owner.has_password()
        assert re.fullmatch(r"[0-9a-f]{64}", entry.cookie)
        assert owner.session(entry.cookie) == entry.session
        assert owner.is_confirmed(entry.session.id)
        assert entry.session.device == "Firefox · Android"
        assert made.code not in repr(made)
        assert entry.cookie not in repr(entry)

    def test_a_code_counts_once(self, owner: Owner) -> None:
        code = owner.new_code().code
        owner.first(code, PASSWORD, PHONE)
        with pytest.raises(WrongCode, match="whod admin code"):
            owner.first(code, OTHER, PHONE)
        assert owner.login(PASSWORD, PHONE)

    def test_a_code_counts_once_though_two_come_at_the_same_time(
        self, owner: Owner, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        code, both, done = owner.new_code().code, threading.Barrier(2, timeout=10), []
        hashed = owner._hasher.hash

        def slow(password: str) -> str:
            both.wait()
            return hashed(password)

        monkeypatch.setattr(owner._hasher, "hash", slow)

        def begin(password: str) -> None:
            with contextlib.suppress(WrongCode):
                done.append((password, owner.first(code, password, PHONE)))

        threads = [threading.Thread(target=begin, args=(password,)) for password in (PASSWORD, OTHER)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        [(password, entry)] = done
        assert owner.session(entry.cookie)
        assert owner.login(password, PHONE)

    def test_the_newest_code_counts(self, owner: Owner) -> None:
        old, new = owner.new_code().code, owner.new_code().code
        with pytest.raises(WrongCode):
            owner.first(old, PASSWORD, PHONE)
        owner.first(new, PASSWORD, PHONE)

    def test_a_code_is_good_for_a_day(self, owner: Owner, clock: FakeClock) -> None:
        made = owner.new_code()
        assert made.expires_at == clock.now() + timedelta(days=1)
        clock.advance(DAY_S)
        with pytest.raises(WrongCode):
            owner.first(made.code, PASSWORD, PHONE)

    def test_a_code_gets_no_younger_when_the_clock_is_set_back(self, owner: Owner, clock: FakeClock) -> None:
        made = owner.new_code()
        clock.advance(DAY_S)
        set_back(clock, 7)
        with pytest.raises(WrongCode):
            owner.first(made.code, PASSWORD, PHONE)

    def test_a_code_stays_over_a_restart(self, owner: Owner, open_: Callable[[], Access], clock: FakeClock) -> None:
        made = owner.new_code()
        clock.advance(DAY_S / 2)
        again = open_().owner
        clock.advance(DAY_S / 2 - 1)
        assert again.first(made.code, PASSWORD, PHONE)

    def test_a_code_ends_after_a_restart(self, owner: Owner, open_: Callable[[], Access], clock: FakeClock) -> None:
        made = owner.new_code()
        clock.advance(DAY_S)
        with pytest.raises(WrongCode):
            open_().owner.first(made.code, PASSWORD, PHONE)

    def test_no_code_no_password(self, owner: Owner) -> None:
        for code in ("", "XXXX-XXXX-XXXX", PASSWORD):
            with pytest.raises(WrongCode):
                owner.first(code, PASSWORD, PHONE)
        assert not owner.has_password()

    def test_no_password_is_weighed_for_who_has_no_code(self, owner: Owner) -> None:
        """It takes longer than a code, and nothing limits how often."""
        with pytest.raises(WrongCode):
            owner.first("XXXX-XXXX-XXXX", "short", PHONE)

    def test_a_poor_password_is_refused_and_costs_no_code_and_no_guess(self, owner: Owner) -> None:
        code = owner.new_code().code
        for _ in range(30):
            with pytest.raises(BadPassword):
                owner.first(code, "villa-door-12", PHONE)
        assert owner.first(code, PASSWORD, PHONE)


class TestLoggingIn:
    def test_right_and_wrong(self, owner: Owner) -> None:
        begun(owner)
        for wrong in ("", PASSWORD + " ", PASSWORD.upper()):
            with pytest.raises(WrongPassword, match="whod admin reset-password"):
                owner.login(wrong, PHONE)
        entry = owner.login(PASSWORD, Visitor(FIREFOX, device=None))
        assert owner.session(entry.cookie) == entry.session

    def test_nobody_is_told_that_there_is_no_password(self, owner: Owner) -> None:
        with pytest.raises(WrongPassword) as unset:
            owner.login(PASSWORD, PHONE)
        begun(owner)
        with pytest.raises(WrongPassword) as wrong:
            owner.login(OTHER, PHONE)
        assert str(unset.value) == str(wrong.value)

    def test_each_login_has_a_cookie_of_its_own(self, owner: Owner) -> None:
        entries = [begun(owner), *(owner.login(PASSWORD, PHONE) for _ in range(3))]
        assert len({entry.cookie for entry in entries}) == len({entry.session.id for entry in entries}) == 4
        assert len({entry.session.csrf for entry in entries}) == 4
        assert {session.id for session in owner.sessions()} == {entry.session.id for entry in entries}

    def test_what_is_no_cookie(self, owner: Owner) -> None:
        entry = begun(owner)
        for cookie in ("", "x", entry.session.id, entry.cookie[:-1], entry.cookie.upper(), "\ud800", "é"):
            assert owner.session(cookie) is None or cookie == entry.cookie

    def test_the_file_holds_nothing_that_lets_in(self, owner: Owner, tmp_path: Path) -> None:
        entry = begun(owner)
        code = owner.new_code().code
        kept = (tmp_path / ADMIN_DB).read_bytes()
        for secret in (PASSWORD, entry.cookie, entry.device, code, code.replace("-", ""), entry.session.csrf):
            assert secret.encode() not in kept
            with contextlib.suppress(ValueError):
                assert bytes.fromhex(secret) not in kept

    @pytest.mark.usefixtures("cheap")
    def test_a_password_that_is_changed_meanwhile_lets_nobody_in(
        self, owner: Owner, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        entry = begun(owner)
        is_right = owner._hasher.is_right

        def slow(password: str, hashed: str | None) -> bool:
            found = is_right(password, hashed)
            owner.change_password(entry.session.id, OTHER, PHONE)
            return found

        monkeypatch.setattr(owner._hasher, "is_right", slow)
        with pytest.raises(WrongPassword):
            owner.login(PASSWORD, PHONE)
        assert len(owner.sessions()) == 1


class TestTheOtherPassword:
    def test_a_change_ends_all_sessions_but_the_one_that_changed_it(self, owner: Owner) -> None:
        entries = [begun(owner), owner.login(PASSWORD, PHONE)]
        new = owner.change_password(entries[1].session.id, OTHER, PHONE)
        assert [owner.session(entry.cookie) for entry in entries] == [None, None]
        assert owner.sessions() == [owner.session(new.cookie)] or len(owner.sessions()) == 1
        assert new.cookie not in [entry.cookie for entry in entries]
        with pytest.raises(WrongPassword):
            owner.login(PASSWORD, PHONE)
        assert owner.login(OTHER, PHONE)

    @pytest.mark.usefixtures("cheap")
    def test_of_two_changes_at_once_the_first_shuts_the_other_out(
        self, owner: Owner, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whoever has copied a cookie cannot answer the change that ends it with one of their own."""
        begun(owner)
        copied = owner.login(PASSWORD, PHONE)
        mine, hashed = owner.login(PASSWORD, PHONE), owner._hasher.hash
        faster = iter([lambda: owner.change_password(mine.session.id, OTHER, PHONE)])

        def slow(password: str) -> str:
            found = hashed(password)
            for change in faster:
                change()
            return found

        monkeypatch.setattr(owner._hasher, "hash", slow)
        with pytest.raises(NoSuchSession):
            owner.change_password(copied.session.id, "a password of theirs, kelp", PHONE)
        assert owner.login(OTHER, PHONE)

    def test_a_poor_one_changes_nothing(self, owner: Owner) -> None:
        entry = begun(owner)
        with pytest.raises(BadPassword):
            owner.change_password(entry.session.id, "password1234", PHONE)
        assert owner.session(entry.cookie)
        assert owner.login(PASSWORD, PHONE)

    def test_a_forgotten_one_is_set_anew_with_a_code(self, owner: Owner) -> None:
        entry = begun(owner)
        owner.first(owner.new_code().code, OTHER, PHONE)
        assert owner.session(entry.cookie) is None
        assert owner.login(OTHER, PHONE)

    def test_it_is_taken_away(self, owner: Owner, open_: Callable[[], Access]) -> None:
        entry = begun(owner)
        made = owner.reset_password()
        for who in (owner, open_().owner):
            assert not who.has_password()
            assert who.session(entry.cookie) is None
            with pytest.raises(WrongPassword):
                who.login(PASSWORD, PHONE)
        assert owner.first(made.code, OTHER, PHONE)


class TestTypingItAnew:
    def test_it_counts_for_five_minutes(self, owner: Owner, clock: FakeClock) -> None:
        session = begun(owner).session
        clock.advance(5 * MINUTE_S - 1)
        assert owner.is_confirmed(session.id)
        clock.advance(1)
        assert not owner.is_confirmed(session.id)
        with pytest.raises(WrongPassword):
            owner.confirm(session.id, OTHER, PHONE)
        assert not owner.is_confirmed(session.id)
        owner.confirm(session.id, PASSWORD, PHONE)
        assert owner.is_confirmed(session.id)
        set_back(clock, 1)
        clock.advance(5 * MINUTE_S)
        assert not owner.is_confirmed(session.id)

    def test_it_counts_for_one_browser_and_for_no_restart(self, owner: Owner, open_: Callable[[], Access]) -> None:
        session = begun(owner).session
        other = owner.login(PASSWORD, PHONE).session
        owner.logout(session.id)
        assert not owner.is_confirmed(session.id)
        assert owner.is_confirmed(other.id)
        assert not open_().owner.is_confirmed(other.id)


def test_a_damaged_file_is_said_each_time_and_begun_anew_never(tmp_path: Path, open_: Callable[[], Access]) -> None:
    file = tmp_path / ADMIN_DB
    file.write_bytes(b"no database" * 1000)
    access = open_()
    for _ in range(2):
        for ask in (access.owner.has_password, lambda: access.owner.login(PASSWORD, PHONE), access.owner.new_code):
            with pytest.raises(StorageCorrupt, match=r"admin\.db"):
                ask()
    assert [part.state for part in access.parts()] == [State.DEGRADED]
    assert file.read_bytes() == b"no database" * 1000


def test_a_file_of_before_passwords_is_brought_up_to_date(open_: Callable[[], Access], tmp_path: Path) -> None:
    from daemon.access.file import _MIGRATIONS  # noqa: PLC0415

    with contextlib.closing(sqlite3.connect(tmp_path / ADMIN_DB)) as db:
        db.executescript(_MIGRATIONS[0] + "PRAGMA user_version=1;")
    access = open_()
    assert not access.owner.has_password()
    assert begun(access.owner)
