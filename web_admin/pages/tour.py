# SPDX-License-Identifier: Apache-2.0
"""The first steps after the installation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from daemon.types import State

if TYPE_CHECKING:
    from daemon.types import Status


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do."""

    name: str
    """The texts are those below `door.tour.<name>`."""
    done: bool
    path: str
    """The page where it is done."""


def steps(status: Status) -> tuple[Step, ...]:
    """Is the camera seeing, add yourself, connect the broker."""
    well = {part.name for part in status.parts if part.state in (State.OK, State.DEGRADED)}
    return (
        Step("camera", "camera" in well and status.frames > 0, "/settings/camera"),
        Step("people", status.people > 0, "/enrol"),
        Step("broker", "broker" in well, "/settings/mqtt"),
    )
