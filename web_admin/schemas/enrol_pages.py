# SPDX-License-Identifier: Apache-2.0
"""What the pages of enrolment take."""

from pydantic import Field

from web_admin.schemas.common import Flag, Form, Images, Model, Upload
from web_admin.schemas.door import PoseName

_Name = Field(description="the person's name")


class WhoView(Model):
    """Who is chosen already."""

    person: str = Field("", description="a person's id")


class UploadForm(Form):
    """Whom, and pictures of them."""

    name: str = _Name
    image: Images


class FaceForm(Form):
    """Which face of a picture, and whose it is."""

    name: str = _Name
    region: str = Field(description="a region's id")
    title: str = Field("", max_length=300, description="what the picture is called, in at most 300 characters")
    force: Flag = "0"


class DoorForm(Form):
    """Whom, before the camera."""

    name: str = _Name
    take_over: Flag = "0"
    camera: str = Field("", description="a camera's name; empty for the first")


class GuideView(Model):
    """Whether to have the last look now."""

    review: Flag = "0"


class ShotForm(Form):
    """Which shot."""

    pose: PoseName


class LookedForm(Form):
    """What the last look was at."""

    version: int = Field(description="the version of the pictures that were looked at")
    force: Flag = "0"


class ImportPageForm(Form):
    """An archive."""

    archive: Upload = Field(title="zip file")
    force: Flag = "0"
