# SPDX-License-Identifier: Apache-2.0
"""Keeps the libraries' own messages from the user.

TensorFlow Lite, libjpeg, libpng and FFmpeg write to file descriptor 2 from C, with no way to tell them otherwise. So
our own stderr moves to a descriptor of its own, and theirs leads nowhere, unless `log.libraries` lets them through.
"""

from __future__ import annotations

import faulthandler
import io
import os
import sys

_SWITCHES = {
    "OPENCV_LOG_LEVEL": "SILENT",
    "OPENCV_FFMPEG_LOGLEVEL": "-8",
    "LIBCAMERA_LOG_LEVELS": "*:FATAL",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}
"""What some of them heed; read when they are imported."""


def hush() -> None:
    """Silence the libraries of this process; to be called before any of them is imported."""
    os.environ.update({name: value for name, value in _SWITCHES.items() if name not in os.environ})
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        ours = os.dup(2)
    except OSError:  # stderr was closed: ours leads nowhere too, and no file of ours becomes descriptor 2
        ours = os.dup(nowhere)
    os.dup2(nowhere, 2)
    if nowhere != 2:  # noqa: PLR2004
        os.close(nowhere)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A file name may be of bytes that are no text; in JSON the escape stands for them.
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    sys.stderr = os.fdopen(ours, "w", encoding="utf-8", errors="backslashreplace", buffering=1)
    faulthandler.enable(sys.stderr)


def let_through() -> None:
    """Undo `hush`: what the libraries say goes where our own messages go."""
    for name, value in _SWITCHES.items():
        if os.environ.get(name) == value:
            del os.environ[name]
    os.dup2(sys.stderr.fileno(), 2)
