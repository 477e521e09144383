# SPDX-License-Identifier: Apache-2.0
"""What a request brought, checked as far as HTTP goes; the service checks the meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

from daemon.errors import PhotoTooLarge
from daemon.types import Photo
from web_admin import limits

if TYPE_CHECKING:
    from werkzeug.datastructures import FileStorage


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


def json_text(name: str) -> str:
    """A text in the JSON object of the body."""
    body = request.get_json()
    value = body.get(name) if isinstance(body, dict) else None
    if not isinstance(value, str):
        raise BadRequest(f"The body must be a JSON object with a text '{name}'.")
    return value


def _photo(file: FileStorage) -> Photo:
    return Photo(file.filename or "the picture", file.read())
