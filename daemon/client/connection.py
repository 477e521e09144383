# SPDX-License-Identifier: Apache-2.0
"""HTTP over a Unix socket."""

from __future__ import annotations

import io
import json
import socket
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING

from daemon.client.form import FileForm, Form, Upload
from daemon.errors import OwnerUnreachable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from _typeshed import WriteableBuffer

Body = Form | FileForm | Upload
"""Of a request, with its own kind."""

_CONNECT_S = 5.0
_ANSWER_S = 120.0
_UPLOAD_ANSWER_S = 900.0
"""A Pi Zero may have many pictures to look at; one that is given up is enrolled all the same."""


def exchange(
    path: Path,
    method: str,
    target: str,
    body: Body | Mapping[str, object] | None,
    headers: Mapping[str, str] | None = None,
) -> tuple[int, bytes]:
    """One request, with a form, a file, a JSON object or nothing: the status and the body of its answer.

    Raises OwnerUnreachable.
    """
    connection = _UnixConnection(path)
    try:
        connection.connect()
        connection.ask(method, target, body, headers or {})
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, HTTPException) as error:
        raise OwnerUnreachable(_sentence(path, error)) from error
    finally:
        connection.close()


class Download(io.RawIOBase):
    """The body of an answer, read as it comes. Raises OwnerUnreachable."""

    def __init__(self, path: Path, target: str) -> None:
        super().__init__()
        self._path = path
        self._connection = _UnixConnection(path)
        try:
            self._connection.connect()
            self._connection.request("GET", target)
            self._response = self._connection.getresponse()
        except (OSError, HTTPException) as error:
            self._connection.close()
            raise OwnerUnreachable(_sentence(path, error)) from error
        self.status = self._response.status

    def readable(self) -> bool:
        """See `io.IOBase.readable`."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """See `io.RawIOBase.readinto`."""
        try:
            return self._response.readinto(buffer)
        except (OSError, HTTPException) as error:
            raise OwnerUnreachable(_sentence(self._path, error)) from error

    def close(self) -> None:
        """End the connection."""
        self._connection.close()
        super().close()


class _UnixConnection(HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost")
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(_CONNECT_S)
        self.sock.connect(str(self._path))
        self.sock.settimeout(_ANSWER_S)

    def ask(
        self, method: str, target: str, body: Body | Mapping[str, object] | None, headers: Mapping[str, str]
    ) -> None:
        if body is None:
            self.request(method, target, headers=headers)
        elif isinstance(body, Body):
            if self.sock:
                self.sock.settimeout(_UPLOAD_ANSWER_S)
            self._send(method, target, body, headers)
        else:
            self.request(method, target, json.dumps(body), {**headers, "Content-Type": "application/json"})

    def _send(self, method: str, target: str, form: Body, headers: Mapping[str, str]) -> None:
        try:
            self.request(method, target, form.chunks, {**headers, **form.headers})
        except (BrokenPipeError, ConnectionResetError):
            return  # refused before all of it was sent; the answer, which can still be read, says why


def _sentence(path: Path, error: Exception) -> str:
    match error:
        case FileNotFoundError() | ConnectionRefusedError():
            return f"No whod listens at {path}: start it, or wait until it has started."
        case PermissionError():
            return f"This user may not use {path}: run the command as the user that whod runs as, or with sudo."
        case TimeoutError():
            return f"The whod at {path} did not answer in time: see its log, and try again."
        case _:
            return f"The whod at {path} broke off ({error}): see its log, and try again."
