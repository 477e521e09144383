# SPDX-License-Identifier: Apache-2.0
"""Guessing at the owner's password and codes (W3), and the record of it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from support_access import FIREFOX, OTHER, PASSWORD, PHONE, begun

from daemon.errors import (
    TooManyGuesses,
    WrongCode,
    WrongPassword,
)
from daemon.types import Visitor

if TYPE_CHECKING:
    from collections.abc import Callable

    from daemon.access import Access
    from daemon.access.owner import Owner
    from daemon.clock import FakeClock


@pytest.mark.usefixtures("cheap")
class TestGuessing:
    def wrong(self, owner: Owner, visitor: Visitor = PHONE) -> None:
        with pytest.raises(WrongPassword):
            owner.login(OTHER, visitor)

    def flood(self, owner: Owner, visitor: Visitor = PHONE) -> int:
        """Guess as long as it is allowed; how often that was."""
        for times in range(100):
            try:
                self.wrong(owner, visitor)
            except TooManyGuesses:
                return times
        return 100

    @pytest.mark.parametrize("restarts", [False, True])
    def test_at_most_twenty_a_minute_whatever_is_guessed(
        self, owner: Owner, clock: FakeClock, open_: Callable[[], Access], restarts: bool
    ) -> None:
        """Passwords, codes, confirmations; by strangers, by browsers that are known; over restarts."""
        begun(owner)
        owner.new_code()
        known = [Visitor(FIREFOX, owner.login(PASSWORD, PHONE).device) for _ in range(4)]
        session = owner.login(PASSWORD, PHONE).session
        guesses = 0
        for second in range(60):
            if restarts and second % 10 == 5:
                owner = open_().owner
            for visitor in (PHONE, Visitor(FIREFOX, "0" * 64), *known):
                for ask, *sent in (
                    (owner.login, OTHER),
                    (owner.first, "XXXX-XXXX-XXXX", OTHER),
                    (owner.confirm, session.id, OTHER),
                ):
                    try:
                        ask(*sent, visitor)
                    except (WrongPassword, WrongCode):
                        guesses += 1
                    except TooManyGuesses:
                        pass
            clock.advance(1)
        assert (8 if restarts else 18) <= guesses <= 20

    def test_the_sentence_says_when(self, owner: Owner, clock: FakeClock) -> None:
        begun(owner)
        self.flood(owner)
        with pytest.raises(TooManyGuesses, match=r"try again in (\d+) seconds") as told:
            owner.login(PASSWORD, PHONE)
        clock.advance(told.value.retry_s)
        assert owner.login(PASSWORD, PHONE)

    def test_who_was_logged_in_before_gets_in_while_somebody_floods(
        self, owner: Owner, open_: Callable[[], Access]
    ) -> None:
        device = begun(owner).device
        assert 0 < self.flood(owner) < 20
        for who in (owner, open_().owner):
            with pytest.raises(TooManyGuesses):
                who.login(PASSWORD, PHONE)
            entry = who.login(PASSWORD, Visitor(FIREFOX, device))
            assert entry.device == device

    def test_a_restart_gives_no_more_guesses(self, owner: Owner, open_: Callable[[], Access]) -> None:
        begun(owner)
        self.flood(owner)
        for _ in range(5):
            with pytest.raises(TooManyGuesses):
                open_().owner.login(PASSWORD, PHONE)

    def test_a_device_that_is_made_up_is_a_stranger(self, owner: Owner) -> None:
        begun(owner)
        self.flood(owner)
        for device in ("", "0" * 64, "\ud800"):
            with pytest.raises(TooManyGuesses):
                owner.login(PASSWORD, Visitor(FIREFOX, device))

    def test_many_logins_in_a_row_are_no_guesses(self, owner: Owner) -> None:
        begun(owner)
        for _ in range(30):
            owner.login(PASSWORD, PHONE)

    def test_a_guess_counts_before_it_is_looked_at(self, owner: Owner, open_: Callable[[], Access]) -> None:
        """A power cut in between gives none back."""
        begun(owner)

        def power_cut(*_: object) -> bool:
            raise KeyboardInterrupt

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(owner._hasher, "is_right", power_cut)
            for _ in range(4):
                with pytest.raises(KeyboardInterrupt):
                    owner.login(PASSWORD, PHONE)
        with pytest.raises(TooManyGuesses):
            open_().owner.login(PASSWORD, PHONE)


class TestTheRecord:
    @pytest.mark.usefixtures("cheap")
    def test_who_came_and_went(self, access: Access, clock: FakeClock) -> None:
        owner = access.owner
        with pytest.raises(WrongCode):
            owner.first("XXXX", PASSWORD, PHONE)
        first = begun(owner).session.id
        clock.advance(61)
        with pytest.raises(WrongPassword):
            owner.login(OTHER, PHONE)
        login = owner.login(PASSWORD, PHONE).session.id
        clock.advance(61)
        with pytest.raises(WrongPassword):
            owner.confirm(login, OTHER, PHONE)
        owner.confirm(login, PASSWORD, PHONE)
        owner.logout(login)
        assert actions(access) == [
            ("nobody", "code_failed"),
            (first, "first_password"),
            ("nobody", "login_failed"),
            (login, "login"),
            (login, "confirm_failed"),
            (login, "confirm"),
            (login, "logout"),
        ]

    @pytest.mark.usefixtures("cheap")
    def test_a_flood_fills_it_with_a_line_a_minute(self, access: Access, clock: FakeClock) -> None:
        for _ in range(600):
            with contextlib.suppress(WrongPassword, TooManyGuesses):
                access.owner.login(OTHER, PHONE)
            clock.advance(1)
        assert 9 <= len(access.deeds(1000)) <= 10


def actions(access: Access) -> list[tuple[str, str]]:
    return [(deed.who, deed.action) for deed in reversed(access.deeds())]
