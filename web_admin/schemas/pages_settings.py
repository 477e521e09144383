# SPDX-License-Identifier: Apache-2.0
"""What the pages about settings and the log take."""

from typing import Literal

from pydantic import Field

from web_admin.schemas.common import Form, Model
from web_admin.schemas.logs import Level


class SectionPath(Model):
    """A section in the address."""

    section: str = Field(description="a section of settings, such as camera")


class PictureQuery(Model):
    """How the picture is to be turned."""

    rotation: Literal["0", "90", "180", "270"] = Field("0", description="0, 90, 180 or 270")
    hflip: bool = Field(False, description="1 or 0")
    vflip: bool = Field(False, description="1 or 0")


class ShownQuery(Model):
    """Which messages of the log to show."""

    level: Level = Field("info", description="one of debug, info, warning, error")
    text: str = Field("", max_length=200, description="a text of at most 200 characters")


class DetailForm(Form):
    """Whether everything is to be logged."""

    on: Literal["0", "1"] = Field(description="1 or 0")
