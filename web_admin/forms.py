# SPDX-License-Identifier: Apache-2.0
"""What a request brought, checked as far as HTTP goes; the service checks the meaning."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from flask import request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

from daemon.errors import PhotoTooLarge
from daemon.types import Photo
from web_admin import limits

if TYPE_CHECKING:
    from werkzeug.datastructures import FileStorage

_T = TypeVar("_T", str, bool)
_WORD = re.compile(r"[\w-]{1,30}")
_JSON = {str: "a text", bool: "true or false"}


def photos() -> list[Photo]:
    """The files of the form's field `image`, at least one. Raises PhotoTooLarge for too many bytes or parts."""
    try:
        files = request.files.getlist("image")
    except RequestEntityTooLarge as error:
        raise PhotoTooLarge(
            f"This is too much for one call: at most {limits.API_PARTS - 2} pictures of "
            f"{limits.API_BODY_BYTES // 1_000_000} MB together are taken; send fewer at once."
        ) from error
    if not files:
        raise BadRequest("The form has no picture: send each as a file in the field 'image'.")
    return [_photo(file) for file in files]


def field(name: str, default: str | None = None) -> str:
    """A text field of the form."""
    value = request.form.get(name, default)
    if value is None:
        raise BadRequest(f"The form has no field '{name}'.")
    return value


def source() -> str:
    """The word of the form's field `source`; without it, upload."""
    word = field("source", "upload")
    if not _WORD.fullmatch(word):
        raise BadRequest("The field 'source' must be one word of at most 30 letters, digits, '-' and '_'.")
    return word


def flag(name: str) -> bool:
    """A field of the form that is 1 or 0; without it, 0."""
    value = field(name, "0")
    if value not in ("0", "1"):
        raise BadRequest(f"The field '{name}' must be 1 or 0.")
    return value == "1"


def json_text(name: str) -> str:
    """A text in the JSON object of the body."""
    value = json_value(name, str)
    if value is None:
        raise BadRequest(f"The body must be a JSON object with a text '{name}'.")
    return value


def json_value(name: str, kind: type[_T]) -> _T | None:
    """What the JSON object of the body has under a name; None if it has nothing there, or is no object."""
    if not request.is_json:
        raise UnsupportedMediaType("The body must be JSON: send it with the header Content-Type: application/json.")
    body = request.get_json()
    value = body.get(name) if isinstance(body, dict) else None
    if value is not None and not isinstance(value, kind):
        raise BadRequest(f"In the body '{name}' must be {_JSON[kind]}.")
    return value


def _photo(file: FileStorage) -> Photo:
    return Photo(file.filename or "the picture", file.read())
