# SPDX-License-Identifier: Apache-2.0
"""One daemon for all pictures; it must live to the end."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

import pytest
from support_daemon import Daemon, play
from support_house import House

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The API of a daemon with the real models, at an empty door; what it logs has no traceback at the end."""
    with contextlib.closing(Daemon(tmp_path_factory.mktemp("house"))) as daemon:
        daemon.start(play(daemon.folder / "day", (None, 1)), "camera.loop=true")
        ending = threading.Event()
        listener = threading.Thread(target=_listen, args=(daemon, ending))
        listener.start()
        try:
            yield House(daemon.state)
        finally:
            ending.set()
            listener.join()
        assert daemon.process is not None
        assert daemon.process.poll() is None, "the daemon has died"
        assert daemon.end() == 0
        log = daemon.log.read_text()
        assert "Traceback" not in log, log[log.index("Traceback") - 200 :][:3000]


def _listen(daemon: Daemon, ending: threading.Event) -> None:
    """As systemd does: a daemon that nobody listens to waits."""
    while not ending.wait(0.2):
        daemon.heard("")
