# SPDX-License-Identifier: Apache-2.0
"""Bodies of multipart/form-data (RFC 7578)."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daemon.errors import BadName

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import IO

    from daemon.types import Photo

_ESCAPES = {ord("\\"): "\\\\", ord('"'): "%22", ord("\r"): "%0D", ord("\n"): "%0A"}
"""As browsers write file names; a backslash is doubled, since it may begin an escape."""


_PIECE = 256 * 1024


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


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as the whole body, from where it stands to its end."""

    chunks: IO[bytes]
    kind: str
    """Its media type."""

    @property
    def headers(self) -> dict[str, str]:
        """What says of the body what it is."""
        here = self.chunks.tell()
        size = self.chunks.seek(0, os.SEEK_END) - here
        self.chunks.seek(here)
        return {"Content-Type": self.kind, "Content-Length": str(size)}


@dataclass(frozen=True, slots=True)
class FileForm:
    """A form with one file, which is read while it is sent."""

    boundary: str
    head: bytes
    file: IO[bytes]
    size: int
    tail: bytes

    @classmethod
    def of(cls, fields: Mapping[str, str], name: str, file: IO[bytes]) -> FileForm:
        """`fields` as they are, and `file`, from where it stands to its end, as the field `name`."""
        boundary = secrets.token_hex(16)
        *pieces, tail = _pieces(boundary, fields, ())
        here = file.tell()
        size = file.seek(0, os.SEEK_END) - here
        file.seek(here)
        opening = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n'
        kind = "Content-Type: application/octet-stream\r\n\r\n"
        return cls(boundary, b"".join((*pieces, opening.encode(), kind.encode())), file, size, b"\r\n" + tail)

    @property
    def chunks(self) -> Iterator[bytes]:
        """The body in pieces."""
        yield self.head
        while piece := self.file.read(_PIECE):
            yield piece
        yield self.tail

    @property
    def headers(self) -> dict[str, str]:
        """What says of the body what it is."""
        return {
            "Content-Type": f"multipart/form-data; boundary={self.boundary}",
            "Content-Length": str(len(self.head) + self.size + len(self.tail)),
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
