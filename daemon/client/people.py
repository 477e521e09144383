# SPDX-License-Identifier: Apache-2.0
"""The people of a whod that runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, urlencode

from daemon.client.answers import photo_faces, read_answer
from daemon.client.connection import exchange
from daemon.client.form import Form, encoded
from daemon.errors import NoSuchPerson
from daemon.types import Enrolment, Person, PersonSummary

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from daemon.types import Photo, PhotoFace

_T = TypeVar("_T")


class RemotePeople:
    """`daemon.service.PeopleApi`, answered by the daemon.

    Raises, besides what the daemon raises, OwnerUnreachable if it does not answer, and OwnerFault if its answer is
    of no use.
    """

    def __init__(self, socket_path: Path) -> None:
        self._path = socket_path

    def enrol(self, name: str, photos: Sequence[Photo], source: str = "upload") -> Enrolment:
        """See `PeopleApi.enrol`. Raises PhotoTooLarge also if the photos are too much for one call."""
        form = Form.of({"name": name, "source": source}, photos)
        return self._ask("POST", "/enrol", Enrolment.from_json, form)

    def people(self) -> list[PersonSummary]:
        """See `PeopleApi.people`."""
        return self._ask("GET", "/people", _summaries)

    def rename(self, ref: str, name: str) -> Person:
        """See `PeopleApi.rename`."""
        return self._ask("PATCH", self._place(ref), _person, {"name": name})

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

    def _ask(
        self, method: str, place: str, read: Callable[[Any], _T], body: Form | Mapping[str, str] | None = None
    ) -> _T:
        status, answer = exchange(self._path, method, f"/api/v1{place}", body)
        return read_answer(status, answer, read)


def _person(record: Mapping[str, str]) -> Person:
    return Person(record["id"], record["name"])


def _summaries(records: Sequence[dict[str, Any]]) -> list[PersonSummary]:
    return [PersonSummary.from_json(record) for record in records]
