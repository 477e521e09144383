# SPDX-License-Identifier: Apache-2.0
"""Settings."""

from typing import Any, Literal

from pydantic import Field, model_validator

from web_admin.schemas.common import Model, Strict

Value = bool | int | float | str | list[Any]


class SettingPath(Model):
    """A setting in the address."""

    name: str = Field(description="a setting's name, such as gallery.threshold")


class SettingRecord(Model):
    """A setting as it is."""

    name: str = Field(description="section.key")
    value: Value = Field(description="Passwords in addresses are shown as …")
    default: Value
    below: Value = Field(description="What it would be if it were not set here.")
    origin: Literal["default", "file", "page", "pinned"] = Field(
        description="pinned: given with --set, so that it cannot be changed while whod runs."
    )
    kind: Literal["switch", "whole", "number", "choice", "text", "names", "some", "zone", "size"]
    about: str = Field(description="What it does.")
    unit: str
    low: float | None
    high: float | None
    choices: list[str | int]
    at_start: bool = Field(description="A change takes effect when whod starts again.")
    waiting: bool = Field(description="It was changed, and whod has not started again yet.")
    left_out: bool = Field(description="What was set here could not be taken when whod started.")
    can_be_tried: bool = Field(description="It can be tried on past visits: POST /api/v1/replay.")


class SettingsRecord(Model):
    """All settings."""

    settings: list[SettingRecord]
    undo: list[str] = Field(description="What undoing the last change would change.")
    notes: list[str] = Field(description="What could not be taken when whod started.")


class SettingsBody(Strict):
    """Settings to change, all or none."""

    settings: dict[str, Any] = Field({}, description="an object of settings by name")
    mqtt_password: str | None = Field(
        None, max_length=1000, description='a text: the password at the broker; "" for none'
    )

    @model_validator(mode="after")
    def something(self) -> "SettingsBody":
        """Something must be changed."""
        if not self.model_fields_set:
            raise ValueError("The body must be a JSON object with 'settings' or 'mqtt_password'.")
        return self


class BrokerBody(Strict):
    """How to reach a broker."""

    settings: dict[str, Any] = Field({}, description="an object of mqtt settings by name; the others are as they are")
    mqtt_password: str | None = Field(
        None, max_length=1000, description="a text: the password; without it the one that is kept"
    )


class ChangedRecord(Model):
    """What was changed."""

    changed: list[str] = Field(description="Names of the settings that are different now.")
    at_start: list[str] = Field(description="Those of them that take effect when whod starts again.")


class BrokerRecord(Model):
    """How the broker answered."""

    works: bool
    sentence: str = Field(description="What works, or what is wrong and what to do.")
    kind: str = Field(description="The same in a word.")
    place: str = Field(description="Host and port that were asked.")
