# SPDX-License-Identifier: Apache-2.0
"""The settings that were made on the page: a file of whod's own in its state folder, and the one before it.

The administrator's file is never written. Both files are whole, old or new, at any moment, and on disk when a call
returns. Nothing in them keeps whod from starting: what cannot be taken is left out.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from daemon.config.rewriting import put
from daemon.errors import StorageError

if TYPE_CHECKING:
    from datetime import datetime

    from daemon.config.building import Table

FILE, BEFORE = "settings.toml", "settings.before.toml"
_SECRET = "mqtt-password-"  # noqa: S105 - the beginning of a name
_HEAD = """\
# Written by whod, from its page and from `whod settings`: what was set there, over the settings file. Whoever changes
# something by hand should do it while whod does not run. A key that is taken out is as in the settings file again.
"""


class Kept:
    """The two files of a state folder, and the secrets that they name. Writing raises StorageError."""

    def __init__(self, folder: Path) -> None:
        folder = folder.absolute()  # a secret is named by its path, wherever whod is started next
        self.path = folder / FILE
        self._before = folder / BEFORE

    def read(self) -> tuple[dict[str, Any], tuple[str, ...]]:
        """What was set, unchecked, and a sentence if the file cannot be read: then nothing was."""
        return _read(self.path)

    def before(self) -> dict[str, Any] | None:
        """What was set before the last change; None if nothing is known of that."""
        table, notes = _read(self._before)
        return table if self._before.exists() and not notes else None

    def write(self, table: Table, now: datetime) -> None:
        """Make this what is set. What was until now is `before` from then on; a file that is damaged is set aside."""
        try:
            if self.path.exists():
                was = self.path.read_bytes()
                if _read(self.path)[1]:
                    put(self.path.with_name(f"{FILE}.damaged-{now:%Y%m%dT%H%M%S}"), was)
            else:
                was = _HEAD.encode()
            put(self._before, was)
            put(self.path, _text(table).encode())
        except OSError as error:
            raise StorageError(
                f"The settings cannot be kept in {self.path} ({error.strerror}): check the disk and try again."
            ) from error

    def keep_secret(self, secret: str) -> Path:
        """Put a secret into a file of its own; gives where. The files of others stay until `tidy`."""
        path = self.path.with_name(_SECRET + secrets.token_hex(4))
        try:
            put(path, secret.encode())
        except OSError as error:
            raise StorageError(f"The password cannot be kept ({error.strerror}): check the disk.") from error
        return path

    def tidy(self) -> None:
        """Delete the secrets that neither file names, and what a kill left of one."""
        sections = (table.get("mqtt") for table in (self.read()[0], self.before() or {}))
        named = {section.get("password_file") for section in sections if isinstance(section, dict)}
        with contextlib.suppress(OSError):  # a disk that cannot be written: another time
            for path in self.path.parent.glob(f"*{_SECRET}*"):
                if str(path) not in named:
                    path.unlink()


def is_own_secret(path: str) -> bool:
    """Whether a file was made by `Kept.keep_secret`."""
    return Path(path).name.startswith(_SECRET)


def _read(path: Path) -> tuple[dict[str, Any], tuple[str, ...]]:
    if not os.path.exists(path):  # noqa: PTH110 - False also where somebody may not look
        return {}, ()
    try:
        return tomllib.loads(path.read_text(encoding="utf-8")), ()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
    except (ValueError, RecursionError) as error:
        reason = f"it is not TOML: {error}"
    return {}, (f"What was set on the page is left out: {path} cannot be read ({reason}).",)


def _text(table: Table) -> str:
    lines = [_HEAD]
    for section, values in table.items():
        if values:
            lines += [f"[{section}]", *(f"{key} = {_value(value)}" for key, value in values.items()), ""]
    return "\n".join(lines)


def _value(value: object) -> str:
    """As TOML: settings have no control characters, so JSON's way of writing is right for all of them."""
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_value, value))}]"
    return json.dumps(value, ensure_ascii=False)
