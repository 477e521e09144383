# SPDX-License-Identifier: Apache-2.0
"""What a check of `whod doctor` gives."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from daemon.errors import WhodError

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


def examined(look: Callable[[], tuple[Level, str]]) -> tuple[Level, str]:
    """What is found there. What goes wrong is a finding too, even a fault of ours: the others still come."""
    try:
        return look()
    except WhodError as error:
        return Level.BAD, str(error)
    except Exception as error:  # noqa: BLE001 - whoever calls the doctor has something wrong
        *_, place = traceback.extract_tb(error.__traceback__)
        where = f"{Path(place.filename).name}, line {place.lineno}"
        return Level.BAD, f"could not be looked at: {type(error).__name__}: {error} ({where})"
