# SPDX-License-Identifier: Apache-2.0
"""Enrolling at the camera of a whod that runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from daemon.client.answers import error_of
from daemon.client.asking import Asking
from daemon.client.form import encoded
from daemon.errors import InputError
from daemon.types import Change, DoorEnrolment, DoorState, Person, Pose, ShotAnswer

if TYPE_CHECKING:
    from collections.abc import Mapping


class RemoteDoor(Asking):
    """What a terminal needs of `daemon.service.DoorApi`, answered by the daemon; see `RemotePeople`."""

    def start(self, who: str, *, take_over: bool = False, camera: str = "") -> DoorState:
        """See `DoorApi.start`; by a name."""
        encoded(who)
        return self._ask(
            "POST", "/door", DoorState.from_json, {"name": who, "take_over": take_over, "camera": camera}
        )

    def look(self, session_id: str) -> DoorState:
        """See `DoorApi.look`."""
        return self._ask("POST", f"/door/{session_id}/look", DoorState.from_json)

    def enrol(self, session_id: str, *, force: bool = False) -> DoorEnrolment:
        """See `DoorApi.enrol`."""
        return self._ask("POST", f"/door/{session_id}/enrol", _enrolment, {"force": force})

    def end(self, session_id: str) -> None:
        """See `DoorApi.end`."""
        self._ask("DELETE", f"/door/{session_id}", DoorState.from_json)


def _enrolment(record: Mapping[str, Any]) -> DoorEnrolment:
    person, change = record["person"], record["change"]
    return DoorEnrolment(
        Person(**person) if person else None,
        Change(change) if change else None,
        tuple(ShotAnswer(Pose(shot["pose"]), shot["sample_id"], _error(shot["error"])) for shot in record["shots"]),
    )


def _error(problem: Mapping[str, Any] | None) -> InputError | None:
    error = error_of(problem["status"], problem) if problem else None
    if error is not None and not isinstance(error, InputError):
        raise error
    return error
