# SPDX-License-Identifier: Apache-2.0
"""How a whod that runs is."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from daemon.client.answers import read_answer
from daemon.client.connection import exchange
from daemon.types import PartHealth, State

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_TOLD = HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE
"""With either comes the whole health; the second is for monitors that read no further."""


def parts(socket_path: Path) -> list[PartHealth]:
    """The parts of the whod that listens there, each with how it is. Raises OwnerUnreachable, OwnerFault."""
    status, answer = exchange(socket_path, "GET", "/api/v1/health", None)
    return read_answer(HTTPStatus.OK if status in _TOLD else status, answer, _parts)


def _parts(answer: Mapping[str, Any]) -> list[PartHealth]:
    return [PartHealth(part["name"], State(part["state"]), part["detail"]) for part in answer["parts"]]
