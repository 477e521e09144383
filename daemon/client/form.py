# SPDX-License-Identifier: Apache-2.0
"""Bodies of multipart/form-data (RFC 7578)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daemon.errors import BadName

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from daemon.types import Photo

_ESCAPES = {ord("\\"): "\\\\", ord('"'): "%22", ord("\r"): "%0D", ord("\n"): "%0A"}
"""As browsers write file names; a backslash is doubled, since it may begin an escape."""


@dataclass(frozen=True, slots=True)
class Form:
    """A body in pieces, so that pictures are not copied."""

    boundary: str
    chunks: tuple[bytes, ...]

    @classmethod
    def of(cls, fields: Mapping[str, str], photos: Iterable[Photo]) -> Form:
        """`fields` as they are, `photos` as files in the field `image`. Raises BadName for what is no text."""
        boundary = secrets.token_hex(16)
        return cls(boundary, tuple(_pieces(boundary, fields, photos)))

    @property
    def headers(self) -> dict[str, str]:
        """What says of the body what it is."""
        return {
            "Content-Type": f"multipart/form-data; boundary={self.boundary}",
            "Content-Length": str(sum(map(len, self.chunks))),
        }


def encoded(text: str) -> bytes:
    """UTF-8. Raises BadName for half characters, which a command line in another encoding brings."""
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise BadName("The name is not valid text: give it in UTF-8.") from error


def _pieces(boundary: str, fields: Mapping[str, str], photos: Iterable[Photo]) -> Iterator[bytes]:
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="'
    for name, value in fields.items():
        yield f'{head}{name}"\r\n\r\n'.encode() + encoded(value) + b"\r\n"
    for photo in photos:
        file_name = photo.name.translate(_ESCAPES)
        yield f'{head}image"; filename="{file_name}"\r\n'.encode(errors="replace")
        yield b"Content-Type: application/octet-stream\r\n\r\n"
        yield photo.data
        yield b"\r\n"
    yield f"--{boundary}--\r\n".encode()
