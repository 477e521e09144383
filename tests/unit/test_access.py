# SPDX-License-Identifier: Apache-2.0
"""Tokens and the record of what was changed with them."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from typing import TYPE_CHECKING

import pytest

from daemon.access import ADMIN_DB, Access
from daemon.clock import FakeClock
from daemon.errors import BadName, NoSuchToken, StorageCorrupt, StorageError
from daemon.types import NewToken, Scope, State, Token

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOUR = 3600.0


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def access(tmp_path: Path, clock: FakeClock) -> Iterator[Access]:
    with contextlib.closing(Access(tmp_path / ADMIN_DB, clock)) as access:
        yield access


def written(path: Path, column: str = "last_used_at") -> list[object]:
    with contextlib.closing(sqlite3.connect(path)) as file:
        return [value for (value,) in file.execute(f"SELECT {column} FROM token")]


def test_a_token_opens_until_it_is_revoked(access: Access, tmp_path: Path, clock: FakeClock) -> None:
    made = access.create(" grafana ", Scope.READ)
    assert re.fullmatch(rf"whod_{made.token.id}_[0-9a-f]{{64}}", made.bearer)
    assert (made.token.name, made.token.expires_at) == ("grafana", None)
    other = access.create("door", Scope.ADMIN)
    for who in (access, Access(tmp_path / ADMIN_DB, clock)):
        found = who.bearer(made.bearer)
        assert found is not None
        assert (found.id, found.scope) == (made.token.id, Scope.READ)
    assert access.revoke(made.token.id).id == made.token.id
    assert access.bearer(made.bearer) is None
    assert [token.id for token in access.all()] == [other.token.id]
    with pytest.raises(NoSuchToken, match="whod token list"):
        access.revoke(made.token.id)


def test_what_is_not_a_token(access: Access) -> None:
    right = access.create("x", Scope.READ)
    other = access.create("y", Scope.READ)
    head, token_id, secret = right.bearer.split("_")
    wrong = (
        "", "_", "__", "whod", "whod__", f"whod_{token_id}_", f"whod_{token_id}", f"{head}_{token_id}_{secret[:-1]}",
        f"{head}_{other.token.id}_{secret}", f"WHOD_{token_id}_{secret}", f"{head}_{token_id}_{secret}_", secret,
        f"{head}_{token_id}_{secret.upper()}", "whod_\udcff_\udcff", f"whod_nobody_{secret}",
    )  # fmt: skip
    assert [sent for sent in wrong if access.bearer(sent)] == []
    assert access.bearer(right.bearer)


def test_the_secret_is_kept_nowhere(access: Access, tmp_path: Path) -> None:
    made = access.create("x", Scope.READ)
    secret = made.bearer.rpartition("_")[2]
    access.bearer(made.bearer)
    files = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert secret.encode() not in files
    assert bytes.fromhex(secret) not in files
    assert secret not in repr(made)


def test_a_token_expires(access: Access, clock: FakeClock) -> None:
    made = access.create("x", Scope.READ, days=2)
    clock.advance(48 * HOUR - 1)
    assert access.bearer(made.bearer)
    clock.advance(1)
    assert access.bearer(made.bearer) is None
    assert [token.id for token in access.all()] == [made.token.id]


def test_its_last_use_is_written_once_an_hour(access: Access, tmp_path: Path, clock: FakeClock) -> None:
    made = access.create("x", Scope.READ)
    assert written(tmp_path / ADMIN_DB) == [None]
    access.bearer(made.bearer)
    [first] = written(tmp_path / ADMIN_DB)
    clock.advance(HOUR - 1)
    access.bearer(made.bearer)
    assert written(tmp_path / ADMIN_DB) == [first]
    clock.advance(1)
    access.bearer(made.bearer)
    assert written(tmp_path / ADMIN_DB) == ["2026-11-21T20:30:00.000Z"]
    assert access.all()[0].last_used_at == clock.now()


def test_a_use_that_cannot_be_written_is_no_reason_to_refuse(
    access: Access, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    made = access.create("Alice's phone", Scope.READ)

    def fail(*_: object) -> None:
        raise StorageError("The disk is full.")

    monkeypatch.setattr(access._store, "used", fail)
    assert access.bearer(made.bearer)
    assert "The disk is full" in caplog.text
    assert "Alice" not in caplog.text


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "a\nb", "\x1b[2J"])
def test_names_that_are_none(access: Access, name: str) -> None:
    with pytest.raises(BadName, match="1 to 60 characters"):
        access.create(name, Scope.READ)
    assert access.all() == []


def test_scopes_hold_those_below_them() -> None:
    allowed = [(scope, needed) for scope in Scope for needed in Scope if scope.allows(needed)]
    assert [(a.value, b.value) for a, b in allowed] == [
        ("read", "read"), ("enrol", "read"), ("enrol", "enrol"), ("admin", "read"), ("admin", "enrol"),
        ("admin", "admin"),
    ]  # fmt: skip


def test_values_come_back_from_json(access: Access) -> None:
    for days in (None, 7):
        made = access.create("x", Scope.ENROL, days)
        assert NewToken.from_json(made.as_json()) == made
        used = access.bearer(made.bearer)
        assert used is not None
        assert Token.from_json(used.as_json()) == used


def test_deeds_are_kept_newest_first_and_are_bounded(
    access: Access, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("daemon.access.store._DEEDS", 3)
    access.note("mqtt", "command_enrol", "id-of-mine")
    for i in range(5):
        clock.advance(1)
        access.note("socket", "enrol", f"id-{i}")
        access.note("mqtt", "command_pause", "ON")
    of_socket = [deed.target for deed in access.deeds() if deed.who == "socket"]
    assert of_socket == ["id-4", "id-3", "id-2"]
    assert access.deeds()[-1].target == "id-of-mine"  # not driven out by what else its author does
    assert [deed.target for deed in access.deeds(2)] == ["ON", "id-4"]
    assert access.deeds()[0].at == clock.now()


def test_when_something_was_done_last(access: Access) -> None:
    assert access.last("get_backup") is None
    for action, target in (("get_backup", "1"), ("get_job_file", "2"), ("enrol", "3")):
        access.note("socket", action, target)
    newest = access.last("get_backup", "get_job_file")
    assert newest is not None
    assert newest.target == "2"


@pytest.mark.parametrize("damage", [b"no database at all" * 300, "UPDATE token SET scope = 'king'"])
def test_a_damaged_file_is_left_as_it_is_and_lets_nobody_in(
    tmp_path: Path, clock: FakeClock, damage: bytes | str
) -> None:
    path = tmp_path / ADMIN_DB
    with contextlib.closing(Access(path, clock)) as before:
        bearer = before.create("x", Scope.ADMIN).bearer
        assert before.parts() == ()
    if isinstance(damage, bytes):
        path.write_bytes(damage)
    else:
        with contextlib.closing(sqlite3.connect(path)) as file, file:
            file.execute(damage)
    left = path.read_bytes()
    with contextlib.closing(Access(path, clock)) as access:
        for call in (access.all, lambda: access.bearer(bearer), lambda: access.create("y", Scope.ADMIN)):
            with pytest.raises(StorageCorrupt, match="is damaged"):
                call()
        [part] = access.parts()
    assert (part.name, part.state) == ("access", State.DEGRADED)
    assert "no token is accepted: " in part.detail
    assert path.read_bytes() == left


def test_nothing_is_opened_before_it_is_needed(tmp_path: Path, clock: FakeClock) -> None:
    Access(tmp_path / ADMIN_DB, clock).close()
    assert list(tmp_path.iterdir()) == []
