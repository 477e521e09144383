# SPDX-License-Identifier: Apache-2.0
"""Answers of the API back to values and errors."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

from daemon.errors import BadSetting, FaceCountError, InputError, OwnerFault, PhotoTooLarge, WhodError, WorldError
from daemon.types import Box, Detection, Identification, Landmarks, PhotoFace, Point

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_T = TypeVar("_T")
_MISSHAPEN = (LookupError, TypeError, ValueError)


def read_answer(status: int, answer: bytes, read: Callable[[Any], _T]) -> _T:
    """What `read` makes of the JSON in `answer`. Raises what the owner raised, or OwnerFault."""
    if status >= HTTPStatus.BAD_REQUEST:
        raise _error(status, answer)
    try:
        return read(json.loads(answer))
    except _MISSHAPEN as error:
        raise OwnerFault(
            "The running whod gave an answer that cannot be read: restart it, it may be of another version."
        ) from error


def photo_faces(record: Mapping[str, Any]) -> list[PhotoFace]:
    """The answer to `identify`."""
    return [_photo_face(face) for face in record["faces"]]


def _kinds(root: type[WhodError]) -> Iterator[type[WhodError]]:
    yield root
    for kind in root.__subclasses__():
        yield from _kinds(kind)


_BY_TYPE = {f"/problems/{kind.slug}": kind for root in (InputError, WorldError) for kind in _kinds(root)}


def _error(status: int, answer: bytes) -> WhodError:
    try:
        return error_of(status, json.loads(answer))
    except _MISSHAPEN:
        return _unexplained(status)


def error_of(status: int, problem: Mapping[str, Any]) -> WhodError:
    """What `application/problem+json` tells of."""
    kind, detail = _BY_TYPE.get(problem["type"]), str(problem["detail"])
    if kind is FaceCountError:
        return FaceCountError(detail, int(problem["count"]))
    if kind is BadSetting:
        return BadSetting(problem["wrong"])
    if kind is None:
        kind = OwnerFault if status >= HTTPStatus.INTERNAL_SERVER_ERROR else InputError
    return kind(detail)


def _unexplained(status: int) -> WhodError:
    """From the server below the application, which knows HTTP only."""
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return PhotoTooLarge("The pictures are too large for one call: give fewer of them, or scale them down.")
    return OwnerFault(f"The running whod refused without a reason (HTTP {status}): see its log.")


def _photo_face(record: Mapping[str, Any]) -> PhotoFace:
    landmarks = Landmarks(*(Point(*point) for point in record["landmarks"]))
    detection = Detection(Box(*record["box"]), landmarks, record["score"])
    return PhotoFace(detection, record["quality"], Identification.from_told(dict(record)))
