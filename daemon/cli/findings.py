# SPDX-License-Identifier: Apache-2.0
"""What a check of `whod doctor` gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from daemon.cli.context import Context


class Level(StrEnum):
    """How it is."""

    OK = "ok"
    NOTE = "note"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found."""

    name: str
    level: Level
    detail: str


Check = Callable[["Context"], tuple[Level, str]]
