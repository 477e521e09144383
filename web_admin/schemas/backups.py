# SPDX-License-Identifier: Apache-2.0
"""Backups."""

from typing import Any, Literal

from pydantic import Field, RootModel
from pydantic.json_schema import SkipJsonSchema

from daemon.types import RestoreMode
from web_admin.schemas.common import Flag, Form, Model, Strict, Time, Upload

_NOT_EMPTY = "a text of at least one character"


class PreferHeader(Model):
    """How to answer."""

    prefer: str | SkipJsonSchema[None] = Field(
        None, alias="Prefer", description="respond-async (RFC 7240), or nothing"
    )


class BackupBody(Strict):
    """How to make a backup."""

    passphrase: str | None = Field(None, min_length=1, description=_NOT_EMPTY)


class RestoreForm(Form):
    """A backup, and how to restore it."""

    backup: Upload = Field(title="backup", description="a file that whod backup or POST /backup has made")
    passphrase: str | None = Field(None, min_length=1, description=_NOT_EMPTY)
    mode: Literal[tuple(RestoreMode)] = Field("replace", description="replace or merge")  # type: ignore[valid-type]
    dry_run: Flag = Field("0", description="1 or 0")


class MadePath(Model):
    """A job that makes a backup, in the address."""

    made_id: str = Field(description="a job's id")


class RestorePath(Model):
    """A job that restores one."""

    restore_id: str = Field(description="a job's id")


class NewBackupForm(Form):
    """How to make a backup, on a page: with a passphrase, typed twice, or on purpose without."""

    passphrase: str = Field("", description="a text")
    again: str = Field("", description="a text")
    plain: Flag = Field("0", description="1 or 0")


class KeptQuery(Model):
    """Which backup is restored: none for a file."""

    name: str | SkipJsonSchema[None] = Field(None, description="a name of GET /backups")


class TryForm(Form):
    """How a backup is restored."""

    passphrase: str = Field("", description="a text")
    mode: Literal[tuple(RestoreMode)] = Field("replace", description="replace or merge")  # type: ignore[valid-type]


class TryFileForm(TryForm):
    """The same, with the backup."""

    backup: Upload = Field(title="backup", description="a file that whod has made")


class Difference(Model):
    """What a restore does to one person."""

    change: Literal["added", "changed", "removed"]
    person_id: str
    name: str
    was: str | None = Field(description="The name here, if it changes.")
    samples_added: int
    samples_removed: int
    groups_added: list[str]
    groups_removed: list[str]
    familiar: bool | None = Field(description="What it becomes, if it changes.")


class OtherSetting(Model):
    """A setting that is another here."""

    name: str
    here: Any
    there: Any


class RestoreRecord(Model):
    """What a restore did, or would do."""

    mode: Literal[tuple(RestoreMode)]  # type: ignore[valid-type]
    dry_run: bool
    applied: bool
    made_at: Time | None = Field(description="Of the backup, as are the next six.")
    app_version: str | None
    model_id: str | None
    people: int
    groups: int
    samples: int
    pictures: int
    added: int = Field(description="People, as are the next three.")
    changed: int
    removed: int
    same: int
    groups_added: list[str]
    groups_removed: list[str]
    problems: list[str] = Field(description="What is wrong with the backup: with any, nothing is restored.")
    notes: list[str] = Field(description="What should be known.")
    settings: list[OtherSetting] = Field(description="Told, and never restored.")
    re_embed_job: str | None = Field(description="Id of the job that embeds pictures of another model again.")
    differences: list[Difference] = Field(description="At most 1000.")


class BackupPath(Model):
    """A backup in the address."""

    name: str = Field(description="a name of GET /backups")


class BackupRecord(Model):
    """A backup that is kept on the device."""

    name: str
    made_at: Time
    size: int = Field(description="In bytes.")
    encrypted: bool
    people: int | None = Field(description="Null where it does not say so without its passphrase, or is damaged.")


class BackupList(RootModel[list[BackupRecord]]):
    """Newest first."""


class Recovered(Model):
    """A damaged gallery was replaced by a backup when whod started."""

    at: Time
    aside: str | None = Field(description="What the damaged file is called now.")
    snapshot: str = Field(description="The backup's name.")
    made_at: Time = Field(description="When that was made.")


class RecoveryRecord(Model):
    """Null when nothing was, or when somebody has taken notice."""

    recovery: Recovered | None
