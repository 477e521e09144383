# SPDX-License-Identifier: Apache-2.0
"""The past visits of a whod that runs, and its unknown visitors."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, urlencode

from daemon.client.asking import Asking
from daemon.client.form import Form, encoded
from daemon.clock import iso
from daemon.errors import NoSuchVisit
from daemon.types import Account, Enrolment, ForgottenAll, Named, NamedAll, Replay, Sighting, Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from daemon.types import Outcome, Trial

_T = TypeVar("_T")


class RemoteVisits(Asking):
    """`daemon.service.VisitsApi`, answered by the daemon; see `RemotePeople`."""

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
        """See `VisitsApi.recent`."""
        asked = {
            "limit": str(limit),
            "before": before,
            "person": person,
            "outcome": outcome,
            "since": iso(since) if since else None,
            "until": iso(until) if until else None,
            "corrected": "1" if corrected else None,
        }
        query = urlencode({name: encoded(value) for name, value in asked.items() if value is not None})
        return self._ask("GET", f"/sightings?{query}", _each(Sighting.from_json))

    def find(self, ref: str) -> Sighting:
        """See `VisitsApi.find`."""
        return self._ask("GET", f"/sightings/{_part(ref)}", Sighting.from_json)

    def crop(self, ref: str) -> bytes:
        """See `VisitsApi.crop`."""
        return self._fetch(f"/sightings/{_part(ref)}/crop.jpg")

    def explain(self, ref: str) -> list[Account]:
        """See `VisitsApi.explain`."""
        return self._ask("GET", f"/sightings/{_part(ref)}/explanation", _each(Account.from_json))

    def disown(self, person: str, ref: str) -> Enrolment:
        """See `VisitsApi.disown`."""
        return self._ask("POST", f"/sightings/{_part(ref)}/not", Enrolment.from_json, {"person": person})

    def correct(self, ref: str, who: str) -> Named:
        """See `VisitsApi.correct`."""
        return self._ask("POST", f"/sightings/{_part(ref)}/person", Named.from_json, {"person": who})

    def replay(self, trial: Trial) -> Replay:
        """See `VisitsApi.replay`."""
        names = [name for name, _ in trial.samples]
        given = {"disowned": trial.disowned, "corrected": trial.corrected}
        asked = json.dumps({"last": trial.last, "settings": trial.settings, "names": names, **given})
        form = Form.of({"trial": asked}, [photo for _, photo in trial.samples])
        return self._ask("POST", "/replay", Replay.from_json, form)


class RemoteUnknowns(Asking):
    """`daemon.service.UnknownsApi`, answered by the daemon; see `RemotePeople`."""

    def all(self) -> list[Unknown]:
        """See `UnknownsApi.all`."""
        return self._ask("GET", "/unknowns", _each(Unknown.from_json))

    def crop(self, ref: str) -> bytes:
        """See `UnknownsApi.crop`."""
        return self._fetch(f"/unknowns/{_part(ref)}/crop.jpg")

    def find(self, ref: str) -> Unknown:
        """See `UnknownsApi.find`."""
        return self._ask("GET", f"/unknowns/{_part(ref)}", Unknown.from_json)

    def assign(self, ref: str, who: str | None, *, familiar: bool = False) -> Named:
        """See `UnknownsApi.assign`."""
        return self._ask("POST", f"/unknowns/{_part(ref)}/assign", Named.from_json, _who(who, familiar=familiar))

    def assign_all(self, refs: Sequence[str], who: str | None, *, familiar: bool = False) -> NamedAll:
        """See `UnknownsApi.assign_all`."""
        body = {"ids": list(refs), **_who(who, familiar=familiar)}
        return self._ask("POST", "/unknowns/assign", NamedAll.from_json, body)

    def forget(self, ref: str) -> Unknown:
        """See `UnknownsApi.forget`."""
        return self._ask("DELETE", f"/unknowns/{_part(ref)}", Unknown.from_json)

    def forget_all(self, refs: Sequence[str]) -> ForgottenAll:
        """See `UnknownsApi.forget_all`."""
        return self._ask("POST", "/unknowns/forget", ForgottenAll.from_json, {"ids": list(refs)})


def _who(who: str | None, *, familiar: bool) -> dict[str, object]:
    """Of the body of a request to name somebody."""
    named: dict[str, object] = {} if who is None else {"name": who}
    return {**named, "familiar": True} if familiar or who is None else named


def _part(ref: str) -> str:
    """As a part of a path; no id is empty or has a slash in it, which no part of a path could be."""
    if not ref or "/" in ref:
        raise NoSuchVisit(f'"{ref}" cannot be the id of a visit or a visitor: look at the list, whod visits.')
    return quote(encoded(ref), safe="")


def _each(read: Callable[[dict[str, Any]], _T]) -> Callable[[list[dict[str, Any]]], list[_T]]:
    return lambda records: [read(record) for record in records]
