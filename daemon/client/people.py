# SPDX-License-Identifier: Apache-2.0
"""The people of a whod that runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from daemon.client.answers import photo_faces
from daemon.client.asking import Asking
from daemon.client.form import Form, encoded
from daemon.client.visits import RemoteUnknowns, RemoteVisits
from daemon.errors import NoSuchPerson
from daemon.types import AlikeReport, Enrolment, Person, PersonSummary, SampleSummary

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from daemon.types import Photo, PhotoFace, SampleKind


class RemotePeople(Asking):
    """`daemon.service.PeopleApi`, answered by the daemon.

    Raises, besides what the daemon raises, OwnerUnreachable if it does not answer, and OwnerFault if its answer is
    of no use.
    """

    def __init__(self, socket_path: Path) -> None:
        super().__init__(socket_path)
        self.visits = RemoteVisits(socket_path)
        self.unknowns = RemoteUnknowns(socket_path)

    def enrol(self, name: str, photos: Sequence[Photo], source: str = "upload", *, force: bool = False) -> Enrolment:
        """See `PeopleApi.enrol`. Raises PhotoTooLarge also if the photos are too much for one call."""
        form = Form.of({"name": name, "source": source, "force": _flag(force)}, photos)
        return self._ask("POST", "/enrol", Enrolment.from_json, form)

    def add_samples(
        self, ref: str, kind: SampleKind, photos: Sequence[Photo], source: str = "upload", *, force: bool = False
    ) -> Enrolment:
        """See `PeopleApi.add_samples`; and `enrol`."""
        form = Form.of({"kind": kind, "source": source, "force": _flag(force)}, photos)
        return self._ask("POST", f"{self._place(ref)}/samples", Enrolment.from_json, form)

    def samples(self, ref: str) -> list[SampleSummary]:
        """See `PeopleApi.samples`."""
        return self._ask("GET", f"{self._place(ref)}/samples", _samples)

    def delete_sample(self, ref: str, sample_id: str) -> Person:
        """See `PeopleApi.delete_sample`."""
        return self._ask("DELETE", self._sample(ref, sample_id), _person)

    def restore_sample(self, ref: str, sample_id: str) -> Person:
        """See `PeopleApi.restore_sample`."""
        return self._ask("POST", f"{self._sample(ref, sample_id)}/restore", _person)

    def people(self) -> list[PersonSummary]:
        """See `PeopleApi.people`."""
        return self._ask("GET", "/people", _summaries)

    def alike(self, false_accept: float | None = None) -> AlikeReport:
        """See `PeopleApi.alike`."""
        query = "" if false_accept is None else f"?{urlencode({'false_accept': false_accept})}"
        return self._ask("GET", f"/alike{query}", AlikeReport.from_json)

    def rename(self, ref: str, name: str) -> Person:
        """See `PeopleApi.rename`."""
        return self._ask("PATCH", self._place(ref), _person, {"name": name})

    def set_familiar(self, ref: str, *, familiar: bool) -> Person:
        """See `PeopleApi.set_familiar`."""
        return self._ask("PATCH", self._place(ref), _person, {"familiar": familiar})

    def merge(self, ref: str, into: str) -> Person:
        """See `PeopleApi.merge`."""
        return self._ask("POST", f"{self._place(ref)}/merge", _person, {"into": into})

    def forget(self, ref: str) -> Person:
        """See `PeopleApi.forget`."""
        return self._ask("DELETE", self._place(ref), _person)

    def identify(self, photo: Photo) -> list[PhotoFace]:
        """See `PeopleApi.identify`."""
        return self._ask("POST", "/identify", photo_faces, Form.of({}, [photo]))

    def _place(self, ref: str) -> str:
        """Where in the API the person of this name or id is."""
        found = self._ask("GET", f"/people?{urlencode({'ref': encoded(ref)})}", _summaries)
        if not found:
            raise NoSuchPerson(f'There is no "{ref}" any more.')
        return f"/people/{quote(found[0].id, safe='')}"

    def _sample(self, ref: str, sample_id: str) -> str:
        """Where in the API a sample of a person is."""
        return f"{self._place(ref)}/samples/{quote(encoded(sample_id), safe='')}"


def _flag(value: bool) -> str:  # noqa: FBT001
    return "1" if value else "0"


def _person(record: Mapping[str, Any]) -> Person:
    return Person(record["id"], record["name"], record["familiar"])


def _summaries(records: Sequence[dict[str, Any]]) -> list[PersonSummary]:
    return [PersonSummary.from_json(record) for record in records]


def _samples(records: Sequence[dict[str, Any]]) -> list[SampleSummary]:
    return [SampleSummary.from_json(record) for record in records]
