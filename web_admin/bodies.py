# SPDX-License-Identifier: Apache-2.0
"""How much a client may send, decided when its headers are there and before its body is.

waitress takes in the whole of a body before the application is called, and knows one limit for all. Here whoever
is not logged in and shows no valid token may send what a login needs. What is refused before the application is asked
is answered as the application answers.
"""

from __future__ import annotations

import copy
import socket
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from waitress.parser import HTTPRequestParser
from waitress.task import ErrorTask, WSGITask
from waitress.utilities import BadRequest, Error

from daemon.errors import StorageError
from web_admin.crowd import CrowdedChannel
from web_admin.hosts import LOCAL
from web_admin.problems import MIMETYPE, plain
from web_admin.security import HEADERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from waitress.channel import HTTPChannel

SLACK = 1_000_000
"""Bytes above the app's own limits, so that a body a little too large gets the app's sentence."""

_KEY = "whod.bodies"
BACKLOG = "whod.backlog"
"""In a request's environment: tells how many bytes of the answer wait for the client to take them."""
GONE = "whod.gone"
"""In a request's environment: tells whether the client has gone; waitress would see it when it writes."""


_TOO_MUCH = "So much may be sent by the owner, who is logged in, or with a token only: whod token create makes one."


class _Unauthorized(Error):  # type: ignore[misc]
    """A body that is too large for somebody unknown."""

    code = HTTPStatus.UNAUTHORIZED.value
    reason = HTTPStatus.UNAUTHORIZED.phrase
    headers = (("WWW-Authenticate", 'Bearer realm="whod"'),)


class _Full(Error):  # type: ignore[misc]
    """A body that there is no room for."""

    code = HTTPStatus.SERVICE_UNAVAILABLE.value
    reason = HTTPStatus.SERVICE_UNAVAILABLE.phrase


class _ErrorTask(ErrorTask):  # type: ignore[misc]
    """Answers what waitress itself refuses."""

    def execute(self) -> None:
        error: Error = self.request.error
        body = plain(HTTPStatus(error.code), f"{str(error.body).rstrip('.')}.").encode()
        self.status = f"{error.code} {error.reason}"
        self.response_headers.extend([("Content-Type", MIMETYPE), *HEADERS.items(), *getattr(error, "headers", ())])
        self.set_close_on_finish()
        self.channel.refused = True
        self.content_length = len(body)
        self.write(body)


class _Task(WSGITask):  # type: ignore[misc]
    def get_environment(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environment()
        environ[BACKLOG] = lambda: self.channel.total_outbufs_len
        environ[GONE] = lambda: _is_gone(self.channel)
        environ[LOCAL] = _local_address(self.channel)
        return environ


def _local_address(channel: HTTPChannel) -> str:
    try:
        own = channel.socket.getsockname()
    except (OSError, AttributeError):  # closed by the other side, or by this one, which drops the socket
        return ""
    return str(own[0]) if isinstance(own, tuple) else ""


def _is_gone(channel: HTTPChannel) -> bool:
    try:
        return not channel.socket.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return False
    except (OSError, AttributeError):  # closed by the other side, or by this one, which drops the socket
        return True


@dataclass(frozen=True, slots=True)
class Allowance:
    """What an app lets clients send."""

    small: int
    """Bytes, by anybody."""
    large: int
    """Bytes, by whom it lets send most."""
    most: Callable[[str | None, str | None], int]
    """Bytes, by whom the headers `Authorization` and `Cookie` tell of. Raises StorageError."""

    @classmethod
    def of(cls, app: Flask) -> Allowance:
        """That of an app which `grant` was called with."""
        return cast("Allowance", app.extensions[_KEY])

    def grant(self, app: Flask) -> None:
        """Make it that of `app`."""
        app.extensions[_KEY] = self


class _Parser(HTTPRequestParser):  # type: ignore[misc]
    adj: Any
    allowance: Allowance

    def received(self, data: bytes) -> int:
        try:
            return cast("int", super().received(data))
        except OSError as error:
            self._refuse(_Full(f"What was sent cannot be kept ({error.strerror}): free some space."))
            return len(data)

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        if self.chunked and "CONTENT_LENGTH" in self.headers:  # a proxy may believe the one, and we the other
            self._refuse(BadRequest("A request must have Transfer-Encoding or Content-Length, not both."))
        elif self.chunked or self.content_length > self.allowance.small + SLACK:
            self._allow()

    def _allow(self) -> None:
        most = self._most()
        if most > self.allowance.small or self.chunked or not self.path.startswith("/api/"):
            self.adj = copy.copy(self.adj)
            self.adj.max_request_body_size = most + SLACK
        else:
            self._refuse(_Unauthorized(_TOO_MUCH))

    def _refuse(self, error: Error) -> None:
        self.error = error
        self.completed = True

    def _most(self) -> int:
        try:
            return self.allowance.most(self.headers.get("AUTHORIZATION"), self.headers.get("COOKIE"))
        except StorageError:
            return self.allowance.small


class _Channel(CrowdedChannel):
    task_class = _Task
    error_task_class = _ErrorTask

    def send_continue(self) -> None:
        """Not to whom is refused: they would send it all, and it would be taken in."""
        if not self.request.error:
            super().send_continue()


def channel_class(allowed: Allowance) -> type[HTTPChannel]:
    """Waitress's channel, which keeps to this."""

    class Parser(_Parser):
        allowance = allowed

    class Channel(_Channel):
        parser_class = Parser

    return Channel
