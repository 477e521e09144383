# SPDX-License-Identifier: Apache-2.0
"""What `whod doctor` looks at, one function each; of the machine in `daemon.cli.machine_checks`."""

from __future__ import annotations

import contextlib
import functools
from typing import TYPE_CHECKING

from daemon.cli.context import VAR, listens
from daemon.cli.findings import Level, examined
from daemon.cli.machine_checks import clock, devices, disk, heat, machine
from daemon.cli.speed import describe, faster
from daemon.clock import SystemClock
from daemon.errors import StateFolderBusy
from daemon.types import State

if TYPE_CHECKING:
    from collections.abc import Iterable

    from daemon.cli.context import Context
    from daemon.cli.findings import Check
    from daemon.config import CameraSettings
    from daemon.types import PartHealth

_LEVELS = {State.FAILED: Level.BAD, State.DEGRADED: Level.NOTE, State.WAITING: Level.NOTE, State.PAUSED: Level.NOTE}
_ELSEWHERE = "camera", "broker"
"""Parts of whod that have a check of their own."""


def _models(context: Context) -> tuple[Level, str]:
    from daemon.vision import runtime_name  # noqa: PLC0415

    manifest = context.vision.manifest
    return Level.OK, (
        f"{manifest.detector.id} and {manifest.embedder.id} on {runtime_name()} see the golden picture as they should"
    )


def _speed(context: Context) -> tuple[Level, str]:
    measured = describe(context.settings)
    changes = faster(context.settings)
    if not changes:
        return Level.OK, measured
    assignments = " and ".join(f'{setting} = "{value}"' for setting, value in changes.items())
    return Level.NOTE, f"{measured}: this machine is faster with {assignments}: run whod doctor --fix"


def _state(context: Context) -> tuple[Level, str]:
    path = context.state_dir
    told = str(path) if path == VAR or not VAR.exists() else f"{path}; that of the service is {VAR}: sudo whod doctor"
    if _daemon_runs(context):
        return Level.OK, f"{told}, in use by the running daemon"
    with context.people():
        mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        return Level.BAD, f"{path} may be read by other users: run chmod 700 {path}"
    return Level.OK, told


def _daemon(context: Context) -> tuple[Level, str]:
    if not _daemon_runs(context):
        return Level.NOTE, "whod does not run now"
    return _told("it runs", (part for part in _parts(context) if part.kind not in _ELSEWHERE))


def _people(context: Context) -> tuple[Level, str]:
    with context.people() as api:
        found = api.people()
    if not found:
        return Level.NOTE, 'nobody is enrolled yet: whod enrol "NAME" PICTURE.jpg'
    return Level.OK, f"{len(found)} enrolled, {sum(person.samples for person in found)} samples"


def _camera(context: Context) -> tuple[Level, str]:
    from daemon.camera import describe_source  # noqa: PLC0415

    cameras = context.settings.every_camera
    if _daemon_runs(context):
        seen = [part for part in _parts(context) if part.kind == "camera"]
        level, told = _told("in use by the running daemon", seen)
        return Level.BAD if any(part.state is State.WAITING for part in seen) else level, told
    if cameras[0].paused:
        sources = ", ".join(describe_source(camera.source) for camera in cameras)
        return Level.NOTE, f"{sources}, not tried: it is paused (camera.paused)"
    with contextlib.ExitStack() as opened:  # all at once, as the daemon has them: they may share a bus
        found = {camera.name: examined(functools.partial(_seen, camera, opened)) for camera in cameras}
    if len(found) == 1:
        return found[cameras[0].name]
    level = Level.BAD if any(level is Level.BAD for level, _ in found.values()) else Level.OK
    return level, "; ".join(f"{name}: {told}" for name, (_, told) in found.items())


def _seen(settings: CameraSettings, opened: contextlib.ExitStack) -> tuple[Level, str]:
    """What a camera gives; it is left open."""
    from daemon.camera import EndOfFrames, open_camera  # noqa: PLC0415
    from daemon.vision import models_folder  # noqa: PLC0415

    camera = opened.enter_context(contextlib.closing(open_camera(settings, SystemClock(), models_folder())))
    try:
        height, width = camera.read().pixels.shape[:2]
    except EndOfFrames:
        return Level.BAD, f"{camera.description} holds no picture."
    return Level.OK, f"{camera.description} gives pictures of {width} x {height}"


def _broker(context: Context) -> tuple[Level, str]:
    # A running daemon knows its settings and password, which systemd hands to it alone.
    with context.settings_api() as api:
        trial = api.try_broker({})
    if trial.kind == "no-host":
        return Level.NOTE, "none is set (mqtt.host): identifications are only shown on the page and in the log"
    return (Level.OK if trial.works else Level.BAD), trial.sentence


def _daemon_runs(context: Context) -> bool:
    from daemon.storage import StateFolder  # noqa: PLC0415

    try:
        StateFolder(context.state_dir).close()
    except StateFolderBusy:
        return listens(context.socket)
    return False


def _parts(context: Context) -> list[PartHealth]:
    """How the running daemon is."""
    from daemon.client.health import parts  # noqa: PLC0415

    return parts(context.socket)


def _told(well: str, parts: Iterable[PartHealth]) -> tuple[Level, str]:
    """The worst of these, and what each says of itself; `well` if they say nothing."""
    troubled = [part for part in parts if part.state in _LEVELS]
    levels = [_LEVELS[part.state] for part in troubled]
    level = Level.BAD if Level.BAD in levels else Level.NOTE if levels else Level.OK
    return level, "; ".join(f"{part.name}: {part.detail or part.state}" for part in troubled) or well


CHECKS: dict[str, Check] = {
    "machine": machine,
    "models": _models,
    "speed": _speed,
    "state folder": _state,
    "disk": disk,
    "people": _people,
    "daemon": _daemon,
    "devices": devices,
    "camera": _camera,
    "broker": _broker,
    "clock": clock,
    "heat": heat,
}
