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
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    handed = Path(credentials, credential) if credentials else None
    path = Path(file) if file else handed
    if path is None or (path == handed and not path.exists()):
        return None
    try:
        if path != handed and path.stat().st_mode & 0o077:
            raise ConfigError([f"{setting}: {path} may be read by other users: run chmod 600 {path}."])
        return path.read_text(encoding="utf-8").rstrip("\n")
    except OSError as error:
        raise ConfigError([f"{setting}: {path} cannot be read: {error.strerror}."]) from error
    except UnicodeDecodeError as error:
        raise ConfigError([f"{setting}: {path} is not UTF-8 text."]) from error
