# SPDX-License-Identifier: Apache-2.0
"""The past visits and the unknown visitors of a service that is none."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from support_values import ACCOUNT, ALICE, ENROLMENT, NAMED, REPLAY, UNKNOWN

from daemon.errors import NoSuchVisit
from daemon.types import (
    AlikeReport,
    Caution,
    Choice,
    Closeness,
    Doubt,
    ForgottenAll,
    LeftOut,
    NamedAll,
    Pair,
    Person,
    Scores,
    Standing,
    UnknownPage,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from support_web import FakeService

    from daemon.types import Account, Enrolment, Named, Outcome, Replay, Sighting, Trial, Unknown

GONE = "gone"
"""The id of an unknown visitor who is none any more."""


class FakeVisits:
    """The past visits of a FakeService: `service.seen`."""

    def __init__(self, service: FakeService) -> None:
        self._service = service
        self.accounts = [ACCOUNT]
        self.report = REPLAY

    def recent(
        self,
        limit: int = 20,
        before: str | None = None,
        person: str | None = None,
        outcome: Outcome | None = None,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        corrected: bool = False,
    ) -> list[Sighting]:
        more = {"since": since, "until": until, "corrected": corrected or None}
        given = [{key: value for key, value in more.items() if value is not None}]
        self._service._ask("recent", limit, before, person, outcome, *filter(None, given))
        return self._service.seen[:limit]

    def find(self, ref: str) -> Sighting:
        self._service._ask("find visit", ref)
        for visit in self._service.seen:
            if visit.sighting_id == ref:
                return visit
        raise NoSuchVisit(f'Nothing is kept of "{ref}".')

    def crop(self, ref: str) -> bytes:
        self._service._ask("visit crop", ref)
        return b"\xff\xd8\xff\xd9"

    def pictured(self, sighting_ids: Iterable[str]) -> frozenset[str]:
        return frozenset(sighting_ids)

    def explain(self, ref: str) -> list[Account]:
        self._service._ask("explain", ref)
        return [_named_now(account) for account in self.accounts]

    def disown(self, person: str, ref: str) -> Enrolment:
        self._service._ask("disown", person, ref)
        return ENROLMENT

    def correct(self, ref: str, who: str) -> Named:
        self._service._ask("correct", ref, who)
        return NAMED

    def replay(self, trial: Trial) -> Replay:
        self._service._ask("replay", trial)
        return self.report


def _named_now(account: Account) -> Account:
    """Whatever Alice is called now."""
    numbers = {**account.numbers, "name": ALICE.name if account.numbers["person_id"] == ALICE.id else None}
    numbers["candidates"] = [
        {**one, "name": ALICE.name if one["person_id"] == ALICE.id else one["name"]} for one in numbers["candidates"]
    ]
    return replace(account, numbers=numbers)


class FakeUnknowns:
    """The unknown visitors of a FakeService."""

    def __init__(self, service: FakeService) -> None:
        self._service = service
        self.list = [UNKNOWN]

    def all(self) -> list[Unknown]:
        self._service._ask("unknowns")
        return self.list

    def page(self, limit: int | None = None, after: str | None = None) -> UnknownPage:
        self._service._ask("page of unknowns", limit, after)
        ids = [unknown.id for unknown in self.list]
        start = ids.index(after) + 1 if after in ids else 0
        shown = tuple(self.list[start:][:limit])
        return UnknownPage(shown, len(ids), shown[-1].id if start + len(shown) < len(ids) else None)

    def count(self) -> int:
        return len(self.list)

    def find(self, ref: str) -> Unknown:
        self._service._ask("find unknown", ref)
        for unknown in self.list:
            if ref in (unknown.id, *unknown.sighting_ids):
                return unknown
        raise NoSuchVisit(f'There is no unknown visitor "{ref}".')

    def crop(self, ref: str) -> bytes:
        self._service._ask("crop", ref)
        return b"\xff\xd8\xff\xd9"

    def assign(self, ref: str, who: str | None, *, familiar: bool = False) -> Named:
        self._service._ask("assign", ref, who, *["familiar"] * (familiar and who is not None))
        return NAMED

    def assign_all(self, refs: Sequence[str], who: str | None, *, familiar: bool = False) -> NamedAll:
        self._service._ask("assign all", list(refs), who, *["familiar"] * (familiar and who is not None))
        there = [ref for ref in refs if ref != GONE]
        named = (NAMED,) if who else tuple(replace(NAMED, sighting_ids=(ref,)) for ref in there)
        return NamedAll(named, self._left(refs))

    def forget(self, ref: str) -> Unknown:
        self._service._ask("forget unknown", ref)
        return UNKNOWN

    def forget_all(self, refs: Sequence[str]) -> ForgottenAll:
        self._service._ask("forget all", list(refs))
        return ForgottenAll(tuple(replace(UNKNOWN, id=ref) for ref in refs if ref != GONE), self._left(refs))

    @staticmethod
    def _left(refs: Sequence[str]) -> tuple[LeftOut, ...]:
        return tuple(LeftOut(ref, "There is no such unknown visitor any more.") for ref in refs if ref == GONE)


CAROL = Person("c", "Carol", familiar=True)
SCORES = Scores(
    samples=4,
    looked=4,
    same=(0,) * 30 + (1, 0, 0, 0, 0, 2) + (0,) * 14,
    same_never=0,
    different=(0,) * 10 + (2, 0, 1) + (0,) * 37,
    different_never=1,
    now=Choice(0.55, 0.000411, 0.0, 0.0),
    choices=(Choice(0.453, 0.01, 0.0, 0.0), Choice(0.523, 0.001, 0.0, 0.0), Choice(0.62, 0.0003, 0.25, 0.0)),
)
ALIKE = AlikeReport(
    people=(
        Standing(ALICE, 3, 3, 0, 0, 0.5839, 0.6712, "s0", CAROL, 0.1384),
        Standing(CAROL, 1, 0, 0, 0, 0.5839, None, None, ALICE, 0.1384),
    ),
    pairs=(Pair(ALICE, CAROL, 0.1384),),
    matrix=((1.0, 0.1384), (0.1384, 1.0)),
    cautions=(
        Caution(Doubt.ONE_SAMPLE, (CAROL,), None, "Enrol more."),
        Caution(Doubt.ODD_SAMPLE, (ALICE, CAROL), "s0", "Look at it."),
        Caution(Doubt.ALIKE, (ALICE, CAROL), None, "Merge them."),
    ),
    scores=SCORES,
)
CLOSENESS = Closeness((ALICE, CAROL), ((1.0, 0.1384), (0.1384, 1.0)))


class FakeAlike:
    """How well the people of a FakeService can be told apart."""

    report = ALIKE
    near = CLOSENESS

    def alike(self, false_accept: float | None = None) -> AlikeReport:
        self.asked.append(("alike", false_accept))
        return self.report

    def closeness(self, ref: str, count: int = 12) -> Closeness:
        self.asked.append(("closeness", ref, count))
        return self.near
