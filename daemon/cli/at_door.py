# SPDX-License-Identifier: Apache-2.0
"""`whod enrol NAME --door`: guides somebody before the camera, in a terminal."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

import click

from daemon.errors import NoSuchDoorSession
from daemon.types import Cue, Pose

if TYPE_CHECKING:
    from pathlib import Path

    from daemon.client import RemoteDoor
    from daemon.types import DoorState

_TURN_S = 0.3
_NOTHING_TAKEN = 2
_SAID = {
    Cue.NO_PICTURE: "The camera gives no picture: waiting for one.",
    Cue.NOBODY: "Step before the camera.",
    Cue.ONE_ONLY: "Only one person, please.",
    Cue.SOMEBODY_ELSE: "This is somebody else than in the first picture.",
    Cue.CLOSER: "Come closer.",
    Cue.HOLD_STILL: "Hold still.",
    Cue.BACKLIGHT: "Turn away from the bright light behind you.",
    Cue.MORE_LIGHT: "More light: turn towards it.",
    Cue.LESS_LIGHT: "Less light: out of the direct light.",
    Cue.UNCOVER: "Let nothing cover your face.",
    Cue.STRAIGHT: "Look straight into the camera.",
    Cue.LEFT: "Look a little to your left.",
    Cue.RIGHT: "Look a little to your right.",
    Cue.UP: "Look up a little.",
    Cue.BACK: "Too far: a little back.",
    Cue.FURTHER: "A little further.",
    Cue.STAY: "Stay like that.",
}
_POSES = {Pose.FRONT: "straight", Pose.LEFT: "left", Pose.RIGHT: "right", Pose.UP: "up"}


def enrol_at_door(socket: Path, name: str, *, force: bool, camera: str = "") -> None:
    """Ask whoever stands there for each pose, and enrol what was taken.

    Raises as `daemon.client.RemoteDoor`; exits with 2 if all pictures were refused.
    """
    from daemon.client import RemoteDoor  # noqa: PLC0415

    door = RemoteDoor(socket)
    session = door.start(name, camera=camera)
    with contextlib.ExitStack() as unfinished:
        unfinished.callback(_end, door, session)
        state = _guide(door, session)
        done = door.enrol(state.id, force=force)
        unfinished.pop_all()
    for shot in done.refused:
        click.echo(str(shot.error), err=True)
    if done.person is None or done.change is None:
        raise SystemExit(_NOTHING_TAKEN)
    count = len(done.shots) - len(done.refused)
    click.echo(f"{done.person.name} {done.change}: {count} picture{'s' * (count != 1)} ({done.person.id})")


def _end(door: RemoteDoor, session: DoorState) -> None:
    with contextlib.suppress(NoSuchDoorSession):
        door.end(session.id)


def _guide(door: RemoteDoor, state: DoorState) -> DoorState:
    """Until all poses are taken."""
    if state.known:
        click.echo(f"{state.name} is enrolled already: these pictures are added.", err=True)
    while state.wanted is not None:
        before, state = state, door.look(state.id)
        for shot in sorted(set(state.taken) - set(before.taken)):
            click.echo(f"  taken: {_POSES[shot.pose]}, quality {shot.quality:.2f}\a", err=True)
        if state.wanted and state.cue is not before.cue:
            click.echo(_SAID[state.cue], err=True)
        time.sleep(_TURN_S)
    return state
