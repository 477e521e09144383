# SPDX-License-Identifier: Apache-2.0
"""The files that pages load: compressed once, and kept in memory."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Response, request
from werkzeug.exceptions import NotFound
from werkzeug.security import safe_join

if TYPE_CHECKING:
    from flask import Flask

ENDPOINT = "static"
"""As Flask calls its own, so that ``url_for("static", filename=…)`` finds it."""
_FOLDER = Path(__file__).parent / "static"
_WORTH_BYTES = 500
"""Below, compressing gains nothing."""
_TEXT = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".md": "text/plain",
}
"""What a machine's own table of types may call otherwise."""


@dataclass(frozen=True, slots=True)
class _File:
    plain: bytes
    packed: bytes | None
    mimetype: str
    etag: str


def serve_static(app: Flask) -> None:
    """Serve the files below `static` at ``/static/…``."""
    app.add_url_rule("/static/<path:filename>", ENDPOINT, _send)


def _send(filename: str) -> Response:
    path = Path(safe_join(str(_FOLDER), filename) or _FOLDER)
    if not path.is_file():
        raise NotFound("There is no such file here.")
    file = _read(path, path.stat().st_mtime_ns)
    packed = file.packed if request.accept_encodings["gzip"] else None
    response = Response(packed or file.plain, mimetype=file.mimetype)
    response.headers["Vary"] = "Accept-Encoding"
    if packed:
        response.content_encoding = "gzip"
    response.set_etag(file.etag, weak=True)
    response.make_conditional(request)
    return response


@cache
def _read(path: Path, _modified_ns: int) -> _File:
    plain = path.read_bytes()
    kind = _TEXT.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    packed = gzip.compress(plain, 9, mtime=0) if path.suffix in _TEXT and len(plain) >= _WORTH_BYTES else None
    return _File(plain, packed, kind, hashlib.sha256(plain).hexdigest()[:16])
