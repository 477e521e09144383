# SPDX-License-Identifier: Apache-2.0
"""A worker in a thread of its own."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

from daemon.clock import SystemClock
from daemon.workers import Pulse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from daemon.workers import Worker


@contextlib.contextmanager
def running(worker: Worker) -> Iterator[tuple[Pulse, threading.Thread]]:
    """Run it; it must end soon when it is told to."""
    pulse = Pulse(SystemClock())
    thread = threading.Thread(target=worker.run, args=(pulse,))
    thread.start()
    try:
        yield pulse, thread
    finally:
        pulse.stop()
        thread.join(15)
        assert not thread.is_alive()
