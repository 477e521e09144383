# SPDX-License-Identifier: Apache-2.0
"""Backups, what a restore would do, and what became of a damaged gallery."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from daemon.clock import from_iso, iso

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class RestoreMode(StrEnum):
    """What becomes of those who are here."""

    REPLACE = "replace"
    """Afterwards the gallery is as it was when the backup was made."""
    MERGE = "merge"
    """What the backup has is added; nothing goes."""


class BackupFile(NamedTuple):
    """A snapshot in the folder of backups."""

    name: str
    made_at: datetime
    size: int
    """In bytes."""
    encrypted: bool
    people: int | None = None
    """How many are in it; None where it does not say so without its passphrase, or is damaged."""

    def as_json(self) -> dict[str, Any]:
        """For the API and ``whod backups --json``."""
        return {**self._asdict(), "made_at": iso(self.made_at)}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Self:
        """The opposite of `as_json`."""
        return cls(record["name"], from_iso(record["made_at"]), record["size"], record["encrypted"], record["people"])


class PersonDifference(NamedTuple):
    """What a restore does to one person."""

    change: str
    """`added`, `changed` or `removed`."""
    person_id: str
    name: str
    """As it is afterwards; of somebody removed as it was."""
    was: str | None = None
    """The name here, if it changes."""
    samples_added: int = 0
    samples_removed: int = 0
    groups_added: tuple[str, ...] = ()
    """Names."""
    groups_removed: tuple[str, ...] = ()
    familiar: bool | None = None
    """What it becomes, if it changes."""

    def as_json(self) -> dict[str, Any]:
        """For the API."""
        return self._asdict()

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Self:
        """The opposite of `as_json`."""
        known = {name: record[name] for name in cls._fields}
        for name in ("groups_added", "groups_removed"):
            known[name] = tuple(known[name])
        return cls(**known)


class SettingDifference(NamedTuple):
    """A setting that is another here than where the backup was made; None: there is no such setting."""

    name: str
    """`section.key`."""
    here: object
    there: object


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """What a restore did, or, when it was only tried, would do."""

    mode: RestoreMode
    dry_run: bool
    applied: bool
    made_at: str | None
    """When the backup was made (RFC 3339); None where it does not say."""
    app_version: str | None
    model_id: str | None
    """Of the embeddings that whod made then."""
    people: int = 0
    """In the backup, as are the next three."""
    groups: int = 0
    samples: int = 0
    pictures: int = 0
    added: int = 0
    """People, as are the next three."""
    changed: int = 0
    removed: int = 0
    same: int = 0
    groups_added: tuple[str, ...] = ()
    groups_removed: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    """What is wrong with the backup, a sentence each, without names: with any, nothing is restored."""
    notes: tuple[str, ...] = ()
    """What should be known, a sentence each."""
    settings: tuple[SettingDifference, ...] = ()
    """They are told and never restored: the settings file is the administrator's."""
    re_embed_job: str | None = None
    """Id of the job that embeds pictures of another model's samples again."""
    differences: tuple[PersonDifference, ...] = ()
    """The first `MOST_DIFFERENCES` of those added, changed and removed."""

    def as_json(self) -> dict[str, Any]:
        """For the API and ``whod restore --json``."""
        return {
            **asdict(self),
            "settings": [difference._asdict() for difference in self.settings],
            "differences": [difference.as_json() for difference in self.differences],
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Self:
        """The opposite of `as_json`."""
        known = {field.name: record[field.name] for field in fields(cls)}
        for name in ("groups_added", "groups_removed", "problems", "notes"):
            known[name] = tuple(known[name])
        known["mode"] = RestoreMode(record["mode"])
        known["settings"] = tuple(SettingDifference(**one) for one in record["settings"])
        known["differences"] = tuple(map(PersonDifference.from_json, record["differences"]))
        return cls(**known)


MOST_DIFFERENCES = 1000


class Recovery(NamedTuple):
    """A damaged gallery was set aside at start, and a snapshot took its place."""

    at: datetime
    aside: str | None
    """Name that the damaged file has now, in the state folder; None if there was none."""
    snapshot: str
    """Name of the snapshot."""
    made_at: datetime
    """When the snapshot was made."""

    def as_json(self) -> dict[str, Any]:
        """For the API."""
        return {**self._asdict(), "at": iso(self.at), "made_at": iso(self.made_at)}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Self:
        """The opposite of `as_json`."""
        return cls(from_iso(record["at"]), record["aside"], record["snapshot"], from_iso(record["made_at"]))
