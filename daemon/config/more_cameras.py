# SPDX-License-Identifier: Apache-2.0
"""The cameras after the first: tables ``[cameras.NAME]`` of the settings file, over what ``[camera]`` says."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from daemon.config.building import checked, hints_of
from daemon.config.checks import SLUG
from daemon.config.words import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from daemon.config.sections import CameraSettings

SECTION = "cameras"
OF_ALL = ("name", "paused", "cpu_share")
"""Keys of [camera] that no other camera has: its table is its name, and the others are of whod as a whole."""


@dataclass(frozen=True, slots=True)
class MoreCameras:
    """What the settings file says of them, key by key."""

    tables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    where: str = ""
    """The file."""

    @classmethod
    def of(cls, tables: object, where: str, problems: list[str]) -> MoreCameras:
        """Those of a file's ``cameras``. What is wrong is added to `problems`, and left out."""
        if not isinstance(tables, dict):
            problems.append(f"{where}: {SECTION} is made of tables: write [{SECTION}.NAME] and its keys below it.")
            return cls()
        found: dict[str, dict[str, Any]] = {}
        for name, values in tables.items():
            if wrong := _wrong_table(name, values, found):
                problems.append(f"{where}: {SECTION}.{name} {wrong}.")
                continue
            wrongs = {key: wrong for key, value in values.items() if (wrong := _wrong_value(key, value))}
            problems += [f"{where}: {SECTION}.{name}.{key} {wrong}." for key, wrong in wrongs.items()]
            found[name] = {key: value for key, value in values.items() if key not in wrongs}
        return cls(found, where)

    def origin(self) -> dict[str, str]:
        """Where each value came from, by name."""
        return {f"{SECTION}.{name}.{key}": self.where for name, values in self.tables.items() for key in values}

    def settings(self, first: CameraSettings) -> tuple[CameraSettings, ...]:
        """Each of them, complete: what its table does not say is as of the `first`."""
        hints = hints_of("camera")
        return tuple(
            replace(first, name=name, **{key: checked(hints[key], value)[0] for key, value in values.items()})
            for name, values in self.tables.items()
        )

    def clash(self, key: str, value: object) -> str | None:
        """What is wrong with a value of the first camera, beside these: the end of a sentence that starts with it."""
        if key == "name" and value in self.tables:
            return f'names the first camera "{value}", and [{SECTION}.{value}] is another: name one of them otherwise'
        if (key, value) == ("source", "auto") and (other := next(filter(self._device, self.tables), None)):
            return f"may find the camera of [{SECTION}.{other}], which is at this machine too: say which one it is"
        if key == "source" and (other := _reader_of(value, self.tables)):
            return f"is the source of [{SECTION}.{other}] already, and only one camera can have it"
        return None

    def _device(self, name: str) -> str | None:
        return _device_of(self.tables[name].get("source"))


def _reader_of(source: object, tables: Mapping[str, Mapping[str, Any]]) -> str | None:
    """Who reads what nobody else can read."""
    device = _device_of(source)
    readers = (name for name, values in tables.items() if device and _device_of(values.get("source")) == device)
    return next(readers, None)


def _device_of(source: object) -> str | None:
    """A camera at this machine, which only one can read, by one name for it; None for what many can."""
    kind, _, rest = str(source).partition(":")
    if kind == "v4l2" and rest.isprintable():
        return os.path.realpath(rest)  # /dev/v4l/by-id holds other names of the same devices
    return f"{kind}:{rest or 0}" if kind == "picamera2" else None


def _wrong_table(name: str, values: object, others: Mapping[str, Mapping[str, Any]]) -> str | None:
    """The end of a sentence that starts with the table."""
    if not isinstance(values, dict):
        return f"is no table: write [{SECTION}.NAME] and the keys of that camera below it"
    if not SLUG.fullmatch(name):
        return 'must be named with letters a-z, digits, "_" and "-" only'
    if values.get("source", "auto") == "auto":
        return "must say where its frames come from, in its source: only the first camera is found by itself"
    if other := _reader_of(values["source"], others):
        return f"has the source of [{SECTION}.{other}], and only one camera can have it"
    return None


def _wrong_value(key: str, value: object) -> str | None:
    """The end of a sentence that starts with the key."""
    hints = hints_of("camera")
    if key == "name":
        return f"is not needed: the camera is named by its table, [{SECTION}.NAME]"
    if key in OF_ALL:
        return f"is of all cameras together: set camera.{key}"
    if key not in hints:
        return f"is no setting{did_you_mean(key, [known for known in hints if known not in OF_ALL])}"
    return checked(hints[key], value)[1]
