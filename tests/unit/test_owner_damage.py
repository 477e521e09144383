# SPDX-License-Identifier: Apache-2.0
"""The owner, when a row of admin.db makes no sense: one clear sentence, and no lock-out."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

import pytest
from support_access import MINUTE_S, OTHER, PASSWORD, PHONE, begun

from daemon.access import ADMIN_DB, Access
from daemon.errors import StorageCorrupt, WrongCode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from daemon.access.owner import Owner
    from daemon.clock import FakeClock


def damage(folder: Path, sql: str) -> None:
    with contextlib.closing(sqlite3.connect(folder / ADMIN_DB)) as db:
        db.execute(sql)
        db.commit()


@pytest.mark.parametrize("kept", ["'x'", "'$argon2id$rubbish'", "substr(hash, 1, 60)"])
def test_a_password_that_makes_no_sense_lets_nobody_in_and_is_set_anew(
    owner: Owner, open_: Callable[[], Access], tmp_path: Path, kept: str
) -> None:
    begun(owner)
    damage(tmp_path, f"UPDATE password SET hash = {kept}")
    again = open_().owner
    with pytest.raises(StorageCorrupt, match="whod admin reset-password"):
        again.login(PASSWORD, PHONE)
    assert again.first(again.reset_password().code, OTHER, PHONE)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE code SET made_at = 'x'",
        "UPDATE code SET digest = 'x'",
        "UPDATE session SET created_at = 'yesterday'",
        "UPDATE session SET digest = 'x'",
        "UPDATE device SET digest = 'x'",
        "UPDATE guesses SET used = 'x'",
        "UPDATE guesses SET used = 1e12",
    ],
)
def test_what_else_makes_no_sense_does_not_lock_the_owner_out(
    owner: Owner, open_: Callable[[], Access], clock: FakeClock, tmp_path: Path, sql: str
) -> None:
    entry, code = begun(owner), owner.new_code().code
    damage(tmp_path, sql)
    again = open_().owner
    assert (again.session(entry.cookie) is None) == ("session" in sql)
    clock.advance(MINUTE_S)
    assert again.login(PASSWORD, PHONE)
    if "code" in sql:
        with pytest.raises(WrongCode):
            again.first(code, OTHER, PHONE)
