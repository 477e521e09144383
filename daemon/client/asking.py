# SPDX-License-Identifier: Apache-2.0
"""One request to the owner of the state folder, and what is made of its answer."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

from daemon.client.answers import read_answer
from daemon.client.connection import exchange

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from daemon.client.connection import Body

_T = TypeVar("_T")


class Asking:
    """Asks over the socket of a whod that runs."""

    def __init__(self, socket_path: Path) -> None:
        self._path = socket_path

    def _ask(
        self,
        method: str,
        place: str,
        read: Callable[[Any], _T],
        body: Body | Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> _T:
        """What `read` makes of the answer, which is JSON."""
        status, answer = exchange(self._path, method, f"/api/v1{place}", body, headers)
        return read_answer(status, answer, read)

    def _fetch(self, place: str) -> bytes:
        """An answer that is no JSON."""
        status, answer = exchange(self._path, "GET", f"/api/v1{place}", None)
        return answer if status < HTTPStatus.BAD_REQUEST else read_answer(status, answer, bytes)
