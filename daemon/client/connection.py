# SPDX-License-Identifier: Apache-2.0
"""HTTP over a Unix socket."""

from __future__ import annotations

import json
import socket
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING

from daemon.client.form import Form
from daemon.errors import OwnerUnreachable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_CONNECT_S = 5.0
_ANSWER_S = 120.0
_UPLOAD_ANSWER_S = 900.0
"""A Pi Zero may have many pictures to look at; one that is given up is enrolled all the same."""


def exchange(path: Path, method: str, target: str, body: Form | Mapping[str, object] | None) -> tuple[int, bytes]:
    """One request, with a form, a JSON object or nothing: the status and the body of its answer.

    Raises OwnerUnreachable.
    """
    connection = _UnixConnection(path)
    try:
        connection.connect()
        connection.ask(method, target, body)
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, HTTPException) as error:
        raise OwnerUnreachable(_sentence(path, error)) from error
    finally:
        connection.close()


class _UnixConnection(HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost")
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(_CONNECT_S)
        self.sock.connect(str(self._path))
        self.sock.settimeout(_ANSWER_S)

    def ask(self, method: str, target: str, body: Form | Mapping[str, object] | None) -> None:
        if body is None:
            self.request(method, target)
        elif isinstance(body, Form):
            if self.sock:
                self.sock.settimeout(_UPLOAD_ANSWER_S)
            self._send(method, target, body)
        else:
            self.request(method, target, json.dumps(body), {"Content-Type": "application/json"})

    def _send(self, method: str, target: str, form: Form) -> None:
        try:
            self.request(method, target, form.chunks, form.headers)
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
