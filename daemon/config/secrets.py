# SPDX-License-Identifier: Apache-2.0
"""Secrets, which never stand in the settings: each is in a file of its own."""

from __future__ import annotations

import os
from pathlib import Path

from daemon.errors import ConfigError


def read_secret(setting: str, file: str, credential: str) -> str | None:
    """The secret in `file`, which `setting` names, or else systemd's credential; None if there is none.

    Raises ConfigError if the file cannot be read, or if others may read it.
    """
    handed = _handed()
    path = Path(file) if file else handed and handed / credential
    if path is None or (not file and not path.exists()):
        return None
    private_file(setting, path)
    try:
        return path.read_text(encoding="utf-8").rstrip("\n")
    except OSError as error:
        raise _unreadable(setting, path, error) from error
    except UnicodeDecodeError as error:
        raise ConfigError([f"{setting}: {path} is not UTF-8 text."]) from error


def private_file(setting: str, path: str | Path) -> None:
    """Raise ConfigError if others may read the file, or nobody can. systemd looks after its credentials itself."""
    try:
        with Path(path).open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
    except OSError as error:
        raise _unreadable(setting, path, error) from error
    if mode & 0o077 and Path(path).parent != _handed():
        raise ConfigError([f"{setting}: {path} may be read by other users: run chmod 600 {path}."])


def _handed() -> Path | None:
    """Where systemd puts credentials."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    return Path(folder) if folder else None


def _unreadable(setting: str, path: str | Path, error: OSError) -> ConfigError:
    return ConfigError([f"{setting}: {path} cannot be read: {error.strerror}."])
