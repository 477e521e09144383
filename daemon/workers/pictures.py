# SPDX-License-Identifier: Apache-2.0
"""Encodes the pictures of faces that are shown to others, beside the frames' way."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

from daemon.types import Snapshot
from daemon.vision import snapshot

if TYPE_CHECKING:
    from collections.abc import Callable

    from daemon.pipeline import FacePicture
    from daemon.workers.base import Pulse

_TURN_S = 0.5
_WAITING = 4
"""Pictures that wait; of more, the newest are kept."""


class PicturesWorker:
    """Takes pictures from the frames' way; `show` is handed each as JPEG, and must not block."""

    name = "pictures"
    stale_after_s = 20.0
    problem: str | None = None

    def __init__(self, show: Callable[[Snapshot], None]) -> None:
        self._show = show
        self._waiting: deque[FacePicture] = deque(maxlen=_WAITING)
        self._changed = threading.Condition()

    def add(self, picture: FacePicture) -> None:
        """Leave a picture; never waits."""
        with self._changed:
            self._waiting.append(picture)
            self._changed.notify()

    def run(self, pulse: Pulse) -> None:
        """See `Worker.run`. What still waits when it is stopped is shown to nobody."""
        pulse.on_stop(self._wake)
        while not pulse.stopping:
            pulse.beat()
            if picture := self._next(pulse):
                self._show(Snapshot(snapshot(picture.pixels), picture.person_id))

    def _next(self, pulse: Pulse) -> FacePicture | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or pulse.stopping, _TURN_S)
            return self._waiting.popleft() if self._waiting else None

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify()
