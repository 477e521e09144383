# SPDX-License-Identifier: Apache-2.0
"""The groups of a FakeService, and what can be undone there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from support_values import ALICE

from daemon.types import Group, Person, Undo, UndoKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from support_web import FakeService

NOW = datetime(2026, 11, 21, 19, 30, 2, 113000, tzinfo=UTC)
BOB = Person("b0b", "Bob", familiar=True)
FAMILY = Group("g1", "The family", (ALICE, BOB), NOW)
MERGE = Undo("u1", UndoKind.MERGE, BOB, "Robert", NOW, NOW + timedelta(hours=24))


class FakeGroups:
    """One group."""

    def __init__(self, service: FakeService) -> None:
        self._service = service

    def all(self) -> list[Group]:
        self._service._ask("groups")
        return [FAMILY]

    def find(self, ref: str) -> Group:
        self._service._ask("group", ref)
        return FAMILY

    def create(self, name: str, people: Sequence[str] = ()) -> Group:
        self._service._ask("create group", name, list(people))
        return FAMILY

    def change(
        self,
        ref: str,
        *,
        name: str | None = None,
        people: Sequence[str] | None = None,
        add: Sequence[str] = (),
        remove: Sequence[str] = (),
    ) -> Group:
        self._service._ask("change group", ref, name, people, list(add), list(remove))
        return FAMILY

    def delete(self, ref: str) -> Group:
        self._service._ask("delete group", ref)
        return FAMILY


class FakeUndos:
    """One merge."""

    def __init__(self, service: FakeService) -> None:
        self._service = service

    def all(self) -> list[Undo]:
        self._service._ask("undos")
        return [MERGE]

    def undo(self, undo_id: str) -> Person:
        self._service._ask("undo", undo_id)
        return BOB
