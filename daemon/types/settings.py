# SPDX-License-Identifier: Apache-2.0
"""Settings as they are shown and changed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class SettingKind(StrEnum):
    """What a value is."""

    SWITCH = "switch"
    """True or false."""
    WHOLE = "whole"
    """A whole number."""
    NUMBER = "number"
    CHOICE = "choice"
    TEXT = "text"
    NAMES = "names"
    """A list of texts."""
    SOME = "some"
    """Any of its choices."""
    ZONE = "zone"
    """x, y, width, height in parts of the picture."""
    SIZE = "size"
    """Width and height in pixels."""


class Origin(StrEnum):
    """Where a value comes from."""

    DEFAULT = "default"
    FILE = "file"
    """The administrator's settings file."""
    PAGE = "page"
    """It was set on the page, or with ``whod settings``."""
    PINNED = "pinned"
    """``--set``: it cannot be changed while whod runs."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting, as it is now. Passwords in addresses are shown as "…"."""

    name: str
    """``section.key``."""
    value: Any
    default: Any
    below: Any
    """What it would be if it were not set on the page."""
    origin: Origin
    kind: SettingKind
    about: str
    """What it does; in English, lines of a list below each other."""
    unit: str = ""
    """s, px, MB, days, hours, fps, degrees; empty: it has none."""
    low: float | None = None
    high: float | None = None
    choices: tuple[Any, ...] = ()
    at_start: bool = False
    """A change takes effect when whod starts again; others do at once."""
    waiting: bool = False
    """It was changed, and whod has not started again yet."""
    left_out: bool = False
    """What was set on the page could not be taken when whod started: the value is `below`."""
    can_be_tried: bool = False
    """Past visits tell what another value would have made of them; see `Trial`."""

    @property
    def section(self) -> str:
        """The part of the name before the dot."""
        return self.name.partition(".")[0]

    @property
    def key(self) -> str:
        """The part of the name after it."""
        return self.name.partition(".")[2]

    def as_json(self) -> dict[str, Any]:
        """For the API."""
        return {
            "name": self.name,
            "value": _plain(self.value),
            "default": _plain(self.default),
            "below": _plain(self.below),
            "origin": self.origin.value,
            "kind": self.kind.value,
            "about": self.about,
            "unit": self.unit,
            "low": self.low,
            "high": self.high,
            "choices": list(self.choices),
            "at_start": self.at_start,
            "waiting": self.waiting,
            "left_out": self.left_out,
            "can_be_tried": self.can_be_tried,
        }

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> Setting:
        """See `as_json`."""
        return cls(
            **{
                **record,
                "origin": Origin(record["origin"]),
                "kind": SettingKind(record["kind"]),
                "choices": tuple(record["choices"]),
            }
        )


@dataclass(frozen=True, slots=True)
class SettingsView:
    """All settings, and what is to be said of them."""

    settings: tuple[Setting, ...]
    undo: tuple[str, ...]
    """Names of those that the last change changed: it can be undone. Empty: there is nothing to undo."""
    notes: tuple[str, ...]
    """What of the settings made on the page could not be taken at start, a sentence each."""

    def of(self, section: str) -> tuple[Setting, ...]:
        """Those of a section."""
        return tuple(setting for setting in self.settings if setting.section == section)

    def as_json(self) -> dict[str, Any]:
        """For the API."""
        return {
            "settings": [setting.as_json() for setting in self.settings],
            "undo": list(self.undo),
            "notes": list(self.notes),
        }

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> SettingsView:
        """See `as_json`."""
        return cls(
            tuple(Setting.from_json(one) for one in record["settings"]), tuple(record["undo"]), tuple(record["notes"])
        )


@dataclass(frozen=True, slots=True)
class SettingsChange:
    """What a change has changed."""

    names: tuple[str, ...]
    at_start: tuple[str, ...]
    """Those of them that take effect when whod starts again."""

    def as_json(self) -> dict[str, Any]:
        """For the API."""
        return {"changed": list(self.names), "at_start": list(self.at_start)}

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> SettingsChange:
        """See `as_json`."""
        return cls(tuple(record["changed"]), tuple(record["at_start"]))


@dataclass(frozen=True, slots=True)
class BrokerTrial:
    """How a broker answered."""

    works: bool
    sentence: str
    """What works, or what is wrong and what to do."""
    kind: str
    """The same in a word: works, no-host, unknown-name, refused, unreachable, silent, strange, no-entry, old, closed,
    lost, no-greeting, no-password, busy, denied-write or denied-read."""
    place: str = ""
    """Host and port that were asked."""

    def as_json(self) -> dict[str, Any]:
        """For the API."""
        return {"works": self.works, "sentence": self.sentence, "kind": self.kind, "place": self.place}

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> BrokerTrial:
        """See `as_json`."""
        return cls(**record)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
