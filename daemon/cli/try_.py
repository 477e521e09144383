# SPDX-License-Identifier: Apache-2.0
"""`whod try`: everything at once, to play with; one screen says what there is to see."""

from __future__ import annotations

import contextlib
import os
import shlex
import socket
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from daemon.cli.narrator import Narrator
from daemon.cli.private_broker import find_mosquitto, free_port, private_broker
from daemon.clock import SystemClock
from daemon.errors import BrokerError, CameraError

if TYPE_CHECKING:
    from daemon.cli.context import Context
    from daemon.config import Settings


@click.command("try")
@click.pass_obj
def try_(context: Context) -> None:
    """Play with whod: a camera or else the demo, a page, a broker of its own where mosquitto is installed."""
    try:
        code = _play(context)
    except KeyboardInterrupt:  # before the daemon is there to take it
        code = 0
    click.echo(f"Ended. What it has learnt is in {_typed(context.state_dir)}.")
    sys.exit(code)


def _play(context: Context) -> int:
    from daemon.storage import StateFolder  # noqa: PLC0415
    from daemon.vision import models_folder  # noqa: PLC0415

    StateFolder(context.state_dir).close()  # raises if it is in use, before anything is started
    settings = _with_free_page(_with_camera(_quiet(context), models_folder()))
    with contextlib.ExitStack() as stack:
        settings, broker = _with_broker(settings, context.state_dir, stack)
        narrator = stack.enter_context(Narrator(_enrolment_hint(context.state_dir, models_folder())))
        click.echo(_screen(settings, broker, context.state_dir))
        return context.run_daemon(settings, context.state_dir, narrator.hear)


def _quiet(context: Context) -> Settings:
    """The screen is for what is seen at the door; the log tells of troubles only."""
    settings = context.settings
    if "log.level" in context.loaded.origin:
        return settings
    return replace(settings, log=replace(settings.log, level="warning"))


def _with_camera(settings: Settings, models: Path) -> Settings:
    """With the demo, if any camera would do and there is none that gives a picture."""
    from daemon.camera import EndOfFrames, open_camera  # noqa: PLC0415

    if settings.camera.source != "auto":
        return settings
    try:
        camera = open_camera(settings.camera, SystemClock(), models)
        try:
            camera.read()
        finally:
            camera.close()
    except (CameraError, EndOfFrames):
        return replace(settings, camera=replace(settings.camera, source="demo"))
    return settings


def _with_free_page(settings: Settings) -> Settings:
    """With another port for the page, if the one in the settings is taken."""
    host, _, port = settings.web.listen.rpartition(":")
    if not host or _is_free(host.strip("[]"), int(port)):
        return settings
    return replace(settings, web=replace(settings.web, listen=f"{host}:{free_port()}"))


def _is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError:
        return False
    return True


def _with_broker(settings: Settings, folder: Path, stack: contextlib.ExitStack) -> tuple[Settings, str]:
    """With the broker of the settings, or else one of our own that ends with `stack`; and what to say of it."""
    if settings.mqtt.host:
        return settings, f"the broker of the settings; to watch, in another terminal:\n{_watch(settings)}"
    program = find_mosquitto()
    if program is None:
        return settings, "no broker: mosquitto is not installed (sudo apt install mosquitto mosquitto-clients)"
    try:
        port = stack.enter_context(private_broker(program, folder))
    except BrokerError as error:
        return settings, f"no broker: {error}"
    settings = replace(settings, mqtt=replace(settings.mqtt, host="127.0.0.1", port=port))
    return settings, f"a broker of its own; to watch, in another terminal:\n{_watch(settings)}"


def _watch(settings: Settings) -> str:
    mqtt = settings.mqtt
    login = f" -u {shlex.quote(mqtt.username)} -P PASSWORD" if mqtt.username else ""
    return f"             mosquitto_sub -h {mqtt.host} -p {mqtt.port}{login} -t '{mqtt.base}/#' -v"


def _screen(settings: Settings, broker: str, state_dir: Path) -> str:
    return f"""\
whod watches the door.

  camera     {_camera_line(settings)}
  page       {_page_line(settings)}
  MQTT       {broker}
  people     in the folder {_typed(state_dir)}; remove it to begin anew
  to stop    Ctrl-C
"""


def _camera_line(settings: Settings) -> str:
    from daemon.camera import describe_source  # noqa: PLC0415

    source = settings.camera.source
    if source == "demo":
        return "no camera: playing a demo, three visitors, simulated"
    return "found" if source == "auto" else describe_source(source)


def _page_line(settings: Settings) -> str:
    listen = settings.web.listen
    if not listen:
        return "none (web.listen is empty)"
    line = f"http://{listen}/"
    if "SSH_CONNECTION" in os.environ:
        port = listen.rpartition(":")[2]
        line += f"\n             from your own machine, first: ssh -L {port}:{listen} USER@{socket.gethostname()}"
    return line


def _enrolment_hint(state_dir: Path, models: Path) -> str:
    """How to give the demo's first visitor her name."""
    whod, picture = Path(sys.prefix, "bin", "whod"), models / "demo" / "eileen-collins.jpg"
    return (
        "          She is nobody that whod knows. To enrol her, in another terminal:\n"
        f'            {_typed(whod)} --state-dir {_typed(state_dir)} enrol "Eileen Collins" {_typed(picture)}\n'
        "          At her next visit, after the two others, she has a name."
    )


def _typed(path: Path) -> str:
    """As one would type it in any terminal, wherever that is."""
    path = Path(os.path.abspath(path))  # noqa: PTH100 - not resolved: a .venv's links are its own
    home = Path.home()
    return f"~/{shlex.quote(str(path.relative_to(home)))}" if path.is_relative_to(home) else shlex.quote(str(path))
