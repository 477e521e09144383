# SPDX-License-Identifier: Apache-2.0
"""A running daemon, asked by its owner's socket as a program would that keeps to no rules."""

from __future__ import annotations

import http.client
import json
import re
import socket
from typing import TYPE_CHECKING, Any, NamedTuple

from support_broker import wait_until

if TYPE_CHECKING:
    from pathlib import Path

_USUAL = re.compile(
    r"notify|empty\.png|day/[^/]+|whod\.log|state/(lock|whod\.sock|(gallery|events|admin)\.db(-wal|-shm|-journal)?)|state/backups/[^/]+"
)
_BOUNDARY = "whod-hostile-5f1d"


class Answer(NamedTuple):
    status: int
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def sentence(self) -> str:
        """What a problem says."""
        return str(self.json["detail"])


class House:
    """The API of a daemon's socket."""

    def __init__(self, state: Path) -> None:
        self.state = state

    def ask(self, method: str, path: str, body: bytes = b"", kind: str = "", **headers: str) -> Answer:
        """One request; `headers` with _ for -."""
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        if kind:
            fields["Content-Type"] = kind
        connection = _UnixConnection(self.state / "whod.sock")
        try:
            connection.request(method, f"/api/v1{path}", body or None, fields)
            answer = connection.getresponse()
            return Answer(answer.status, answer.read())
        finally:
            connection.close()

    def send(self, path: str, *files: bytes, field: str = "image", **fields: str) -> Answer:
        """A form with files and fields."""
        parts = [_part(f'name="{name}"', value.encode("utf-8", "surrogatepass")) for name, value in fields.items()]
        parts += [_part(f'name="{field}"; filename="photo.jpg"', data) for data in files]
        body = b"".join([*parts, f"--{_BOUNDARY}--\r\n".encode()])
        return self.ask("POST", path, body, f"multipart/form-data; boundary={_BOUNDARY}")

    def identify(self, picture: bytes) -> Answer:
        return self.send("/identify", picture)

    def enrol(self, name: str, picture: bytes, **fields: str) -> Answer:
        return self.send("/enrol", picture, name=name, **fields)


def nothing_is_left(house: House) -> None:
    """Wait until there is nothing in the folder of the daemon, and about it, but what belongs there."""
    wait_until(lambda: not _strange(house.state.parent), "the files of the daemon to be the usual ones")


def _strange(folder: Path) -> list[Path]:
    files = [path for path in folder.rglob("*") if not path.is_dir()]
    return [path for path in files if not _USUAL.fullmatch(str(path.relative_to(folder)))]


def _part(about: str, value: bytes) -> bytes:
    return f"--{_BOUNDARY}\r\nContent-Disposition: form-data; {about}\r\n\r\n".encode() + value + b"\r\n"


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=60)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))
