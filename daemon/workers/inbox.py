# SPDX-License-Identifier: Apache-2.0
"""What waits for the thread that owns the models: the newest frame of each camera, and photos."""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future
from typing import TYPE_CHECKING, NamedTuple

from daemon.errors import WorldError

if TYPE_CHECKING:
    from daemon.types import Frame, Observation, Pixels

_MAX_PHOTOS = 16


class Task(NamedTuple):
    """A photo to look at."""

    pixels: Pixels
    answer: Future[list[Observation]]


class Inbox:
    """A slot of one for the frames of each camera, where the newest wins, and a short queue of photos."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._frames: dict[int, Frame] = {}
        """By place; the camera whose turn is next comes first."""
        self._photos: deque[Task] = deque()
        self._photo_turn = False
        self.frames_dropped = 0

    def put(self, frame: Frame) -> None:
        """Leave a frame; one of its camera that was not looked at yet is dropped."""
        with self._changed:
            self.frames_dropped += frame.place in self._frames
            self._frames[frame.place] = frame
            self._changed.notify()

    def ask(self, pixels: Pixels) -> Future[list[Observation]]:
        """Leave a photo; raises WorldError if too many wait already."""
        with self._changed:
            self._photos = deque(task for task in self._photos if not task.answer.cancelled())
            if len(self._photos) >= _MAX_PHOTOS:
                raise WorldError("whod is busy with other pictures: try again in a moment.")
            task = Task(pixels, Future())
            self._photos.append(task)
            self._changed.notify()
            return task.answer

    def take(self, timeout_s: float) -> Frame | Task | None:
        """The next thing to do: frames first, but a photo between two frames. None if nothing comes in time.

        The camera that has waited longest comes first, so that a fast one keeps none waiting.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._frames or self._photos, timeout_s)
            if self._photos and (self._photo_turn or not self._frames):
                self._photo_turn = False
                return self._photos.popleft()
            self._photo_turn = True
            return self._frames.pop(next(iter(self._frames))) if self._frames else None

    def refuse_all(self) -> None:
        """Answer all waiting photos with an error: nobody will look at them."""
        with self._changed:
            for task in self._photos:
                if task.answer.set_running_or_notify_cancel():
                    task.answer.set_exception(WorldError("whod is stopping: try again when it runs."))
            self._photos.clear()
