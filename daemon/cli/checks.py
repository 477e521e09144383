# SPDX-License-Identifier: Apache-2.0
"""What `whod doctor` looks at, one function each."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from daemon.cli.context import listens
from daemon.cli.speed import describe, faster
from daemon.clock import SystemClock
from daemon.errors import CameraError, StateFolderBusy
from daemon.machine import HOT_C, temperature_c, throttled

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

_MIN_FREE_BYTES = 100_000_000


def _machine(_: Context) -> tuple[Level, str]:
    return Level.OK, f"Python {platform.python_version()} on {platform.machine()}, {platform.platform(terse=True)}"


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
    if _daemon_runs(context):
        return Level.OK, f"{path}, in use by the running daemon"
    with context.people():
        mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        return Level.BAD, f"{path} may be read by other users: run chmod 700 {path}"
    free = shutil.disk_usage(path).free
    if free < _MIN_FREE_BYTES:
        return Level.BAD, f"only {free // 1_000_000} MB are free for {path}: free some space"
    return Level.OK, f"{path}, {free // 1_000_000_000} GB free"


def _people(context: Context) -> tuple[Level, str]:
    with context.people() as api:
        found = api.people()
    if not found:
        return Level.NOTE, 'nobody is enrolled yet: whod enrol "NAME" PICTURE.jpg'
    return Level.OK, f"{len(found)} enrolled, {sum(person.samples for person in found)} samples"


def _camera(context: Context) -> tuple[Level, str]:
    from daemon.camera import EndOfFrames, describe_source, open_camera  # noqa: PLC0415
    from daemon.vision import models_folder  # noqa: PLC0415

    settings = context.settings.camera
    if settings.paused:
        return Level.NOTE, f"{describe_source(settings.source)}, not tried: it is paused (camera.paused)"
    if _daemon_runs(context):
        return Level.OK, f"{describe_source(settings.source)}, in use by the running daemon"
    camera = open_camera(settings, SystemClock(), models_folder())
    try:
        height, width = camera.read().pixels.shape[:2]
    except EndOfFrames:
        raise CameraError(f"{camera.description} holds no picture.") from None
    finally:
        camera.close()
    return Level.OK, f"{camera.description} gives pictures of {width} x {height}"


def _broker(context: Context) -> tuple[Level, str]:
    # A running daemon knows its settings and password, which systemd hands to it alone.
    with context.settings_api() as api:
        trial = api.try_broker({})
    if trial.kind == "no-host":
        return Level.NOTE, "none is set (mqtt.host): identifications are only shown on the page and in the log"
    return (Level.OK if trial.works else Level.BAD), trial.sentence


def _clock(_: Context) -> tuple[Level, str]:
    if SystemClock().synced():
        return Level.OK, "set by the network, as far as systemd knows"
    return Level.NOTE, "not set by the network yet: records are marked clock_synced = false"


def _heat(_: Context) -> tuple[Level, str]:
    degrees, held_back = temperature_c(), throttled()
    if held_back:
        return Level.BAD, "the firmware holds the processor back: check the power supply and the cooling"
    if degrees is None:
        return Level.NOTE, "this machine does not tell its temperature"
    return (Level.BAD if degrees >= HOT_C else Level.OK), f"{degrees} °C"


def _daemon_runs(context: Context) -> bool:
    from daemon.storage import StateFolder  # noqa: PLC0415

    try:
        StateFolder(context.state_dir).close()
    except StateFolderBusy:
        return listens(context.socket)
    return False


CHECKS: dict[str, Check] = {
    "machine": _machine,
    "models": _models,
    "speed": _speed,
    "state folder": _state,
    "people": _people,
    "camera": _camera,
    "broker": _broker,
    "clock": _clock,
    "heat": _heat,
}
