# SPDX-License-Identifier: Apache-2.0
"""What the commands share: settings, the state folder, and who may answer for it."""

from __future__ import annotations

import contextlib
import functools
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import click

from daemon.clock import SystemClock
from daemon.errors import StateFolderBusy, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from daemon.config import Loaded, Settings
    from daemon.service import PeopleApi, SettingsApi
    from daemon.service.owner import CodesApi
    from daemon.service.tokens import TokensApi
    from daemon.types import Observation, OnEvent, Pixels
    from daemon.vision import Vision

ETC = Path("/etc/whod/config.toml")
VAR = Path("/var/lib/whod")

_PATIENCE_S = 10.0
"""How long another short command may hold the state folder before we give up."""


class RunDaemon(Protocol):
    """Runs the daemon until a signal; gives the exit code."""

    def __call__(self, loaded: Loaded, state_dir: Path, on_event: OnEvent | None = None) -> int:
        """`on_event` is told each decision; without it they are logged."""
        ...


@dataclass(frozen=True)
class Context:
    """The global options, and how to run the daemon."""

    loaded: Loaded
    config: Path | None
    """The settings file in use."""
    state_dir: Path
    run_daemon: RunDaemon = field(repr=False)

    @property
    def settings(self) -> Settings:
        """The effective settings."""
        return self.loaded.settings

    @property
    def socket(self) -> Path:
        """Where the daemon listens, if it runs."""
        from daemon.storage import SOCKET  # noqa: PLC0415

        return self.state_dir / SOCKET

    @functools.cached_property
    def vision(self) -> Vision:
        """The models, loaded and checked on first use."""
        # Loading the libraries takes longer than most commands need them for.
        from daemon.vision import Vision, check_golden, models_folder  # noqa: PLC0415

        vision = Vision.load(models_folder(), self.settings)
        check_golden(vision)
        return vision

    @contextlib.contextmanager
    def people(self) -> Iterator[PeopleApi]:
        """Whoever may answer for the people: this process, or the daemon that owns the state folder."""
        from daemon.client import RemotePeople  # noqa: PLC0415

        with self._owning() as ours:
            if ours:
                yield from self._own()
            else:
                yield RemotePeople(self.socket)

    @contextlib.contextmanager
    def tokens(self) -> Iterator[TokensApi]:
        """Whoever may answer for the tokens; they need no gallery."""
        from daemon.access import ADMIN_DB, Access  # noqa: PLC0415
        from daemon.client import RemoteTokens  # noqa: PLC0415

        with self._owning() as ours:
            if ours:
                with contextlib.closing(Access(self.state_dir / ADMIN_DB, SystemClock())) as access:
                    yield access
            else:
                yield RemoteTokens(self.socket)

    @contextlib.contextmanager
    def codes(self) -> Iterator[CodesApi]:
        """Whoever may make one-time codes."""
        from daemon.access import ADMIN_DB, Access  # noqa: PLC0415
        from daemon.client import RemoteCodes  # noqa: PLC0415

        with self._owning() as ours:
            if ours:
                with contextlib.closing(Access(self.state_dir / ADMIN_DB, SystemClock())) as access:
                    yield access.owner
            else:
                yield RemoteCodes(self.socket)

    @contextlib.contextmanager
    def settings_api(self) -> Iterator[SettingsApi]:
        """Whoever may answer for the settings that can be changed."""
        from daemon.client import RemoteSettings  # noqa: PLC0415
        from daemon.config import Kept  # noqa: PLC0415
        from daemon.service import SettingsDesk  # noqa: PLC0415

        with self._owning() as ours:
            if ours:
                yield SettingsDesk(self.loaded, Kept(self.state_dir), SystemClock())
            else:
                yield RemoteSettings(self.socket)

    @contextlib.contextmanager
    def _owning(self) -> Iterator[bool]:
        """Owns the state folder, or says that a daemon does; waits for another short command."""
        from daemon.storage import StateFolder  # noqa: PLC0415

        deadline = time.monotonic() + _PATIENCE_S
        while True:
            try:
                folder = StateFolder(self.state_dir)
            except StateFolderBusy:
                if listens(self.socket):
                    yield False
                    return
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
            else:
                with folder:
                    yield True
                return

    def _own(self) -> Iterator[PeopleApi]:
        from daemon.events_db import open_event_store  # noqa: PLC0415
        from daemon.service import People, Vault, open_jobs  # noqa: PLC0415
        from daemon.vision import load_manifest, models_folder  # noqa: PLC0415

        clock = SystemClock()
        vault = Vault(self.state_dir, load_manifest(models_folder()), self.settings, clock)
        with contextlib.ExitStack() as stack:
            gallery = vault.recoverer.open()
            stack.callback(gallery.close)
            events, aside = open_event_store(self.state_dir, clock)
            if aside:
                click.echo(
                    f"whod: The history of visits was damaged; it begins anew, the old file is {aside}.", err=True
                )
            stack.callback(events.close)
            jobs = open_jobs(self.state_dir, gallery, events, self._analyse, clock, vault=vault, alone=True)
            people = People(gallery, events, self.settings, self._analyse, jobs=jobs, backups=vault.backups(jobs))
            try:
                people.finish_forgetting()
            except StorageError as error:
                click.echo(f"whod: Somebody who was forgotten may still be in a backup. {error}", err=True)
            yield people

    def _analyse(self, pixels: Pixels) -> list[Observation]:
        return self.vision.analyse(pixels)


def listens(path: Path) -> bool:
    """Whether somebody accepts connections on a Unix socket."""
    import socket  # noqa: PLC0415

    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(2)
        return probe.connect_ex(os.fspath(path)) == 0


def default_state_dir() -> Path:
    """$STATE_DIRECTORY (systemd), /var/lib/whod where it is ours, else a folder in the user's home."""
    if given := os.environ.get("STATE_DIRECTORY"):
        return Path(given)
    if os.access(VAR, os.W_OK):
        return VAR
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(home) / "whod"


def default_config() -> Path | None:
    """The installed settings file, if there is one."""
    return ETC if ETC.exists() else None
