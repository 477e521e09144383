# SPDX-License-Identifier: Apache-2.0
"""The people of a whod that runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from daemon.client.asking import Asking
from daemon.client.backups import RemoteBackups
from daemon.client.form import Form, encoded
from daemon.client.groups import RemoteGroups
from daemon.client.jobs import RemoteJobs
from daemon.client.photos import RemotePhotos
from daemon.client.undos import RemoteUndos
from daemon.client.visits import RemoteUnknowns, RemoteVisits
from daemon.errors import NoSuchPerson
from daemon.types import (
    AlikeReport,
    Closeness,
    Enrolment,
    ForgetAllReceipt,
    ForgetReceipt,
    Person,
    PersonSummary,
    Removal,
    SampleSummary,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from daemon.types import Photo, RequestKey, SampleKind


class RemotePeople(Asking):
    """`daemon.service.PeopleApi`, answered by the daemon.

    Raises, besides what the daemon raises, OwnerUnreachable if it does not answer, and OwnerFault if its answer is
    of no use.
    """

    def __init__(self, socket_path: Path) -> None:
        super().__init__(socket_path)
        self.photos = RemotePhotos(socket_path)
        self.groups = RemoteGroups(socket_path)
        self.jobs = RemoteJobs(socket_path)
        self.undos = RemoteUndos(socket_path)
        self.visits = RemoteVisits(socket_path)
        self.backups = RemoteBackups(socket_path)
        self.unknowns = RemoteUnknowns(socket_path)

    def enrol(
        self,
        name: str,
        photos: Sequence[Photo],
        source: str = "upload",
        *,
        force: bool = False,
        request: RequestKey | None = None,
    ) -> Enrolment:
        """See `PeopleApi.enrol`. Raises PhotoTooLarge also if the photos are too much for one call."""
        form = Form.of({"name": name, "source": source, "force": _flag(force)}, photos)
        return self._ask("POST", "/enrol", Enrolment.from_json, form, _headers(None, request))

    def add_samples(
        self,
        ref: str,
        kind: SampleKind,
        photos: Sequence[Photo],
        source: str = "upload",
        *,
        force: bool = False,
        request: RequestKey | None = None,
        expected: str | None = None,
    ) -> Enrolment:
        """See `PeopleApi.add_samples`; and `enrol`."""
        form = Form.of({"kind": kind, "source": source, "force": _flag(force)}, photos)
        place = f"{self._place(ref)}/samples"
        return self._ask("POST", place, Enrolment.from_json, form, _headers(expected, request))

    def samples(self, ref: str) -> list[SampleSummary]:
        """See `PeopleApi.samples`."""
        return self._ask("GET", f"{self._place(ref)}/samples", _samples)

    def picture(self, ref: str, sample_id: str) -> bytes:
        """See `PeopleApi.picture`."""
        return self._fetch(f"{self._sample(ref, sample_id)}/picture.jpg")

    def face(self, ref: str) -> bytes:
        """See `PeopleApi.face`."""
        return self._fetch(f"{self._place(ref)}/face.jpg")

    def delete_sample(self, ref: str, sample_id: str, *, expected: str | None = None) -> Removal:
        """See `PeopleApi.delete_sample`."""
        return self._ask("DELETE", self._sample(ref, sample_id), Removal.from_json, headers=_headers(expected))

    def restore_sample(self, ref: str, sample_id: str, *, expected: str | None = None) -> Person:
        """See `PeopleApi.restore_sample`."""
        place = f"{self._sample(ref, sample_id)}/restore"
        return self._ask("POST", place, _person, headers=_headers(expected))

    def people(self) -> list[PersonSummary]:
        """See `PeopleApi.people`."""
        return self._ask("GET", "/people", _summaries)

    def alike(self, false_accept: float | None = None) -> AlikeReport:
        """See `PeopleApi.alike`."""
        query = "" if false_accept is None else f"?{urlencode({'false_accept': false_accept})}"
        return self._ask("GET", f"/alike{query}", AlikeReport.from_json)

    def closeness(self, ref: str, count: int = 12) -> Closeness:
        """See `PeopleApi.closeness`."""
        return self._ask("GET", f"{self._place(ref)}/alike?{urlencode({'count': count})}", Closeness.from_json)

    def person(self, ref: str) -> PersonSummary:
        """See `PeopleApi.person`."""
        return self._ask("GET", self._place(ref), PersonSummary.from_json)

    def create(self, name: str, *, familiar: bool = False) -> Person:
        """See `PeopleApi.create`."""
        encoded(name)
        return self._ask("POST", "/people", _person, {"name": name, "familiar": familiar})

    def rename(self, ref: str, name: str, *, expected: str | None = None) -> Person:
        """See `PeopleApi.rename`."""
        return self._ask("PATCH", self._place(ref), _person, {"name": name}, _headers(expected))

    def set_familiar(self, ref: str, *, familiar: bool, expected: str | None = None) -> Person:
        """See `PeopleApi.set_familiar`."""
        return self._ask("PATCH", self._place(ref), _person, {"familiar": familiar}, _headers(expected))

    def merge(self, ref: str, into: str, *, expected: str | None = None) -> Removal:
        """See `PeopleApi.merge`."""
        return self._ask("POST", f"{self._place(ref)}/merge", Removal.from_json, {"into": into}, _headers(expected))

    def forget(self, ref: str, *, expected: str | None = None) -> ForgetReceipt:
        """See `PeopleApi.forget`."""
        return self._ask("DELETE", self._place(ref), ForgetReceipt.from_json, headers=_headers(expected))

    def forget_all(self) -> ForgetAllReceipt:
        """See `PeopleApi.forget_all`."""
        return self._ask("DELETE", "/people", ForgetAllReceipt.from_json)

    def _place(self, ref: str) -> str:
        """Where in the API the person of this name or id is."""
        found = self._ask("GET", f"/people?{urlencode({'ref': encoded(ref)})}", _summaries)
        if not found:
            raise NoSuchPerson(f'There is no "{ref}" any more.')
        return f"/people/{quote(found[0].id, safe='')}"

    def _sample(self, ref: str, sample_id: str) -> str:
        """Where in the API a sample of a person is."""
        return f"{self._place(ref)}/samples/{quote(encoded(sample_id), safe='')}"


def _headers(expected: str | None = None, request: RequestKey | None = None) -> dict[str, str]:
    """What the request depends on; the daemon makes the fingerprint of what it is sent."""
    headers = {} if expected is None else {"If-Match": f'"{expected}"'}
    return headers if request is None else {**headers, "Idempotency-Key": request.key}


def _flag(value: bool) -> str:  # noqa: FBT001
    return "1" if value else "0"


def _person(record: Mapping[str, Any]) -> Person:
    return Person(record["id"], record["name"], record["familiar"])


def _summaries(records: Sequence[dict[str, Any]]) -> list[PersonSummary]:
    return [PersonSummary.from_json(record) for record in records]


def _samples(records: Sequence[dict[str, Any]]) -> list[SampleSummary]:
    return [SampleSummary.from_json(record) for record in records]
