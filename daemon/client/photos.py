# SPDX-License-Identifier: Apache-2.0
"""What a whod that runs finds in pictures."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from daemon.client.answers import error_of, photo_faces
from daemon.client.asking import Asking
from daemon.client.form import Form, encoded
from daemon.errors import InputError, PhotoError
from daemon.types import Among, Enrolment, Identification, Looked, Region, SampleKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from daemon.types import Photo, PhotoFace, RequestKey

_T = TypeVar("_T")

_EVERYBODY = Among()


class RemotePhotos(Asking):
    """`daemon.service.PhotosApi`, answered by the daemon; see `RemotePeople`."""

    def detect(self, photos: Sequence[Photo]) -> list[Looked[Region]]:
        """See `PhotosApi.detect`."""
        return self._look("/detect", photos, {}, _regions)

    def label(
        self,
        region_id: str,
        who: str,
        kind: SampleKind = SampleKind.POSITIVE,
        source: str = "upload",
        *,
        force: bool = False,
        request: RequestKey | None = None,
    ) -> Enrolment:
        """See `PhotosApi.label`."""
        encoded(who)
        body = {"name": who, "kind": kind, "source": source, "force": force}
        place = f"/regions/{quote(encoded(region_id), safe='')}/label"
        headers = {"Idempotency-Key": request.key} if request else {}
        return self._ask("POST", place, Enrolment.from_json, body, headers)

    def identify(self, photos: Sequence[Photo], among: Among = _EVERYBODY) -> list[Looked[PhotoFace]]:
        """See `PhotosApi.identify`."""
        fields = {name: str(value) for name, value in asdict(among).items() if value is not None}
        return self._look("/identify", photos, fields, photo_faces)

    def identify_embeddings(
        self, model_id: str, vectors: Sequence[Sequence[float]], among: Among = _EVERYBODY
    ) -> list[Identification]:
        """See `PhotosApi.identify_embeddings`."""
        body = {"model_id": model_id, "embeddings": vectors, **asdict(among)}
        return self._ask("POST", "/identify/embedding", _identifications, body)

    def _look(
        self,
        place: str,
        photos: Sequence[Photo],
        fields: Mapping[str, str],
        read: Callable[[Mapping[str, Any]], Iterable[_T]],
    ) -> list[Looked[_T]]:
        form = Form.of(fields, photos)
        if len(photos) > 1:
            return self._ask("POST", place, lambda answer: [_looked(one, read) for one in answer["results"]], form)
        (photo,) = photos
        try:
            return [self._ask("POST", place, lambda answer: _looked({**answer, "image": photo.name}, read), form)]
        except PhotoError as error:
            return [Looked(photo.name, None, None, (), error)]


def _looked(record: Mapping[str, Any], read: Callable[[Mapping[str, Any]], Iterable[_T]]) -> Looked[_T]:
    problem = record.get("error")
    error = error_of(problem["status"], problem) if problem else None
    if error is not None and not isinstance(error, InputError):
        raise error
    return Looked(record["image"], record.get("width"), record.get("height"), tuple(read(record)), error)


def _regions(record: Mapping[str, Any]) -> list[Region]:
    return [Region.from_json(region) for region in record["regions"]]


def _identifications(record: Mapping[str, Any]) -> list[Identification]:
    return [Identification.from_told(one) for one in record["results"]]
