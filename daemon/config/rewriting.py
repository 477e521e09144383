# SPDX-License-Identifier: Apache-2.0
"""Writes settings into a file that somebody else may own a part of: all of it or nothing."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from daemon.config.editing import with_setting
from daemon.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping


def rewrite(path: Path, settings: Mapping[str, str]) -> None:
    """Set these settings, by ``section.key``, in the file `path`; everything else in it stays byte for byte.

    The file is on disk whole, old or new, at any moment; its mode and owner stay. Raises ConfigError if it cannot be
    read or written, or not be edited (`with_setting`), and has changed nothing then.
    """
    path = path.resolve()  # a link stays one
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise ConfigError([f"{path} is no ordinary file: name a settings file with --config."])
        with path.open("r+b") as file:  # one that may not be written is not replaced either
            text = file.read().decode()
        for name, value in settings.items():
            section, _, key = name.partition(".")
            text = with_setting(text, section, key, value)
        status = path.stat()
        put(path, text.encode(), status.st_mode & 0o777, (status.st_uid, status.st_gid))
    except OSError as error:
        raise ConfigError(
            [f"The settings file {path} cannot be written ({error.strerror}): try it with sudo, or edit it by hand."]
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError([f"The settings file {path} is not UTF-8 text: put that right first."]) from error


def put(path: Path, data: bytes, mode: int = 0o600, owner: tuple[int, int] | None = None) -> None:
    """Make this what the file holds: whole and on disk when it returns, or else as it was. Raises OSError."""
    folder = os.open(path.parent, os.O_RDONLY)  # first: from the replacement on nothing may fail
    try:
        _put(path, data, mode, owner)
        os.fsync(folder)
    finally:
        os.close(folder)


def _put(path: Path, data: bytes, mode: int, owner: tuple[int, int] | None) -> None:
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    new = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(descriptor, mode)
            if owner:
                os.fchown(descriptor, *owner)
            os.fsync(descriptor)
        if new.read_bytes() != data:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)  # where it has not become the other
