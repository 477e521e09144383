# SPDX-License-Identifier: Apache-2.0
"""A folder of pictures, played as if a camera had taken them."""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING

from daemon.camera.base import EndOfFrames, Shot
from daemon.camera.pictures import read_picture
from daemon.errors import CameraError

if TYPE_CHECKING:
    from pathlib import Path

    from daemon.camera.base import Timing
    from daemon.types import Pixels

_log = logging.getLogger(__name__)

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp"})


class FolderSource:
    """The pictures of one folder in the order of their names, one a frame, each at its own size.

    Pictures that cannot be read are left out, with a warning the first time. Raises CameraError if the folder
    is not there or has no picture in it.
    """

    simulated = False
    frozen_after_s = math.inf

    def __init__(self, folder: Path, timing: Timing, *, loop: bool) -> None:
        self.description = f"folder {folder}"
        self._folder = folder
        self._timing = timing
        self._loop = loop
        self._pictures = _pictures(folder)
        self._unreadable: set[Path] = set()
        self._next = 0

    def grab(self, due_s: float) -> Shot:
        """See `daemon.camera.base.Source.grab`."""
        pixels = self._next_readable()
        self._timing.until(due_s)
        return Shot(pixels, self._timing.now())

    def close(self) -> None:
        """Nothing is held open."""

    def _next_readable(self) -> Pixels:
        while True:
            if self._next == len(self._pictures):
                self._start_again()
            path = self._pictures[self._next]
            self._next += 1
            if path in self._unreadable:
                continue
            pixels = read_picture(path)
            if pixels is not None:
                return pixels
            self._unreadable.add(path)
            _log.warning("%s is no picture that can be read, and is left out", path)

    def _start_again(self) -> None:
        if len(self._unreadable) == len(self._pictures):
            raise CameraError(f"None of the pictures in the folder {self._folder} can be read.")
        if not self._loop:
            raise EndOfFrames
        self._next = 0


def _pictures(folder: Path) -> list[Path]:
    try:
        found = [path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file()]
    except OSError as error:
        raise CameraError(f"The folder {folder} cannot be read ({error.strerror}): set camera.source.") from error
    if not found:
        raise CameraError(f"The folder {folder} has no pictures (JPEG, PNG or WebP) in it.")
    return sorted(found, key=lambda path: path.name)
