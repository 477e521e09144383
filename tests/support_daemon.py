# SPDX-License-Identifier: Apache-2.0
"""The daemon as a process of its own, as systemd would run it; see the fixture `daemon`."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skimage.data import brick
from skimage.io import imsave
from support_broker import free_port, wait_until

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[1]
DEMO = ROOT / "models" / "demo"
EILEEN, BARACK, JOE = (DEMO / f"{name}.jpg" for name in ("eileen-collins", "barack-obama", "joe-biden"))


class Daemon:
    """`whod run` with a state folder, a page and a notify socket of its own."""

    program: Sequence[str] = ("-m", "daemon")

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = folder / "state"
        self.log = folder / "whod.log"
        self.page = free_port()
        self.notified: list[str] = []
        self.started_s = 0.0
        self._settings = [f"web.listen=127.0.0.1:{self.page}", "mqtt.node=door"]
        self._notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._notify.bind(str(folder / "notify"))
        self._notify.setblocking(False)
        self.process: subprocess.Popen[bytes] | None = None
        self._bearer = ""

    def start(self, *settings: str, ready: bool = True) -> None:
        """Run it with these settings, and wait for READY."""
        self.notified.clear()
        options = [option for setting in (*self._settings, *settings) for option in ("--set", setting)]
        command = [sys.executable, *self.program, "--state-dir", str(self.state), *options, "run"]
        self.started_s = time.monotonic()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, env={**os.environ, "NOTIFY_SOCKET": str(self.folder / "notify")}
            )
        if ready:
            wait_until(lambda: self.heard("READY=1") or self.process.poll() is not None, "READY")
            assert self.process.poll() is None, self.log.read_text()

    def heard(self, message: str) -> bool:
        """Whether it told this to systemd."""
        while True:
            try:
                self.notified.append(self._notify.recv(4096).decode())
            except BlockingIOError:
                return message in self.notified

    def end(self, number: signal.Signals = signal.SIGTERM, timeout_s: float = 10) -> int:
        """Send the signal and give the exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        code = self.process.wait(timeout_s)
        self.process = None
        return code

    def whod(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a command on the same state folder."""
        return whod("--state-dir", self.state, *arguments)

    def get(self, path: str, **headers: str) -> tuple[int, bytes]:
        """Ask the page: as the bearer of a token that may look, unless the headers say another."""
        if path != "/health" and not self._bearer and not headers.keys() & {"Authorization", "Cookie"}:
            made = self.whod("token", "create", "test", "--scope", "read")
            assert made.returncode == 0, made.stderr
            self._bearer = f"Bearer {made.stdout.strip()}"
        if self._bearer and "Cookie" not in headers:
            headers = {"Authorization": self._bearer, **headers}
        request = urllib.request.Request(f"http://127.0.0.1:{self.page}{path}", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def health(self) -> dict[str, Any]:
        return json.loads(self.get("/health")[1])

    def close(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self._notify.close()


def whod(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command."""
    command = [sys.executable, "-m", "daemon", *map(str, arguments)]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def play(folder: Path, *scenes: tuple[Path | None, int]) -> str:
    """A folder source of these pictures, each for so many frames; None is an empty doorway."""
    folder.mkdir(exist_ok=True)
    empty = folder.parent / "empty.png"
    imsave(empty, brick(), check_contrast=False)
    number = 0
    for picture, frames in scenes:
        for _ in range(frames):
            source = picture or empty
            (folder / f"{number:05}{source.suffix}").symlink_to(source)
            number += 1
    return f"camera.source=folder:{folder}"


def broker_settings(port: int) -> Sequence[str]:
    return ("mqtt.host=127.0.0.1", f"mqtt.port={port}")
