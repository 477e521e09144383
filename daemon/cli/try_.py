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

from daemon import machine
from daemon.cli.narrator import Narrator
from daemon.cli.private_broker import LOOPBACK, find_mosquitto, free_port, private_broker
from daemon.clock import SystemClock
from daemon.errors import BrokerError, CameraError

if TYPE_CHECKING:
    from daemon.cli.context import Context
    from daemon.config import Settings


_SCREEN = """\
whod watches the door.

  camera     {camera}
  page       {page}
  MQTT       {broker}
  people     in the folder {people}; remove it to begin anew
  to stop    Ctrl-C
"""
_NEXT_LINE = "\n             "


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
    settings, camera = _with_camera(_quiet(context), models_folder())
    settings, page = _with_page(settings, context.state_dir)
    with contextlib.ExitStack() as stack:
        settings, broker = _with_broker(settings, context.state_dir, stack)
        narrator = stack.enter_context(Narrator(_enrolment_hint(context.state_dir, models_folder())))
        click.echo(_SCREEN.format(camera=camera, page=page, broker=broker, people=_typed(context.state_dir)))
        return context.run_daemon(context.loaded.pinned_to(settings), context.state_dir, narrator.hear)


def _quiet(context: Context) -> Settings:
    """The screen is for what is seen at the door; the log tells of troubles only."""
    settings = context.settings
    if "log.level" in context.loaded.origin:
        return settings
    return replace(settings, log=replace(settings.log, level="warning"))


def _with_camera(settings: Settings, models: Path) -> tuple[Settings, str]:
    """With the demo, if any camera would do and none gives a picture; and what to say of it."""
    from daemon.camera import describe_source, open_camera  # noqa: PLC0415

    source = settings.camera.source
    if source == "auto":
        try:
            with contextlib.closing(open_camera(settings.camera, SystemClock(), models)) as camera:
                camera.read()
                return settings, camera.description
        except CameraError as error:
            demo = replace(settings, camera=replace(settings.camera, source="demo"))
            return demo, f"{error}{_NEXT_LINE}So this is a demo: three visitors, simulated."
    return settings, "a demo: three visitors, simulated" if source == "demo" else describe_source(source)


def _with_page(settings: Settings, folder: Path) -> tuple[Settings, str]:
    """With another port for the page, if the one in the settings is taken; and how to get in."""
    host, _, port = settings.web.listen.rpartition(":")
    if not host:
        return settings, "none (web.listen is empty)"
    if not _is_free(host.strip("[]"), int(port)):
        port = str(free_port())
    urls = machine.urls(f"{host}:{port}")
    line = _NEXT_LINE.join(urls)
    if "SSH_CONNECTION" in os.environ and host in ("127.0.0.1", "localhost", "[::1]"):
        line += f"{_NEXT_LINE}from your own machine, first: ssh -L {port}:{host}:{port} USER@{socket.gethostname()}"
    if code := _first_code(folder):
        line += f"{_NEXT_LINE}the first time: {urls[0]}first?code={code}"
    return replace(settings, web=replace(settings.web, listen=f"{host}:{port}")), line


def _first_code(folder: Path) -> str | None:
    """A one-time code to set the password with; None if there is one."""
    from daemon.access import ADMIN_DB, Access  # noqa: PLC0415

    with contextlib.closing(Access(folder / ADMIN_DB, SystemClock())) as access:
        return None if access.owner.has_password() else access.owner.new_code().code


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
        return settings, f"the broker of the settings; {_watch(settings)}"
    program = find_mosquitto()
    if program is None:
        return settings, "no broker: mosquitto is not installed (sudo apt install mosquitto mosquitto-clients)"
    try:
        port = stack.enter_context(private_broker(program, folder))
    except BrokerError as error:
        return settings, f"no broker: {error}"
    settings = replace(settings, mqtt=replace(settings.mqtt, host=LOOPBACK, port=port))
    return settings, f"a broker of its own; {_watch(settings)}"


def _watch(settings: Settings) -> str:
    mqtt = settings.mqtt
    login = f" -u {shlex.quote(mqtt.username)} -P PASSWORD" if mqtt.username else ""
    return (
        f"to watch, in another terminal:{_NEXT_LINE}"
        f"mosquitto_sub -h {mqtt.host} -p {mqtt.port}{login} -t '{mqtt.base}/#' -v"
    )


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
