# SPDX-License-Identifier: Apache-2.0
"""What is in pictures."""

from typing import Literal

from pydantic import Field, RootModel, model_validator

from web_admin.schemas.common import Form, Images, Model, Problem, Source, Strict
from web_admin.schemas.samples import Kind


class PhotosForm(Form):
    """Pictures to look at."""

    image: Images


class Points(Model):
    """Of a face: x and y in pixels; left and right are the picture's."""

    left_eye: list[float]
    right_eye: list[float]
    nose: list[float]
    mouth: list[float]


class FoundFace(Model):
    """A face in a picture."""

    box: list[float] = Field(description="x, y, width and height in pixels")
    score: float = Field(description="The detector's, 0 to 1.")
    landmarks: Points
    quality: float = Field(description="The chance that it is recognised, 0 to 1.")


Flaw = Literal["size", "sharpness", "contrast", "brightness", "glare", "yaw", "pitch", "score"]


class Region(FoundFace):
    """A face that can be labelled for a while."""

    id: str
    objection: str | None = Field(description="Why it would be refused as a sample; null if it is good enough.")
    flaw: Flaw | None = Field(description="The same in a word.")


class DetectedPicture(Model):
    """A picture and its faces, largest first."""

    width: int | None
    height: int | None
    regions: list[Region]


class DetectedResult(DetectedPicture):
    """One of several pictures."""

    image: str = Field(description="The name of the file.")
    error: Problem | None = Field(description="Why the picture could not be looked at; else null.")


class DetectedPictures(Model):
    """In the order in which they were sent."""

    results: list[DetectedResult]


class Detected(RootModel[DetectedPicture | DetectedPictures]):
    """Of one picture, or of several."""


class EmbeddedFace(FoundFace):
    """A face and its embedding."""

    embedding: list[float] = Field(description="Of unit length.")


class EmbeddedPicture(Model):
    """A picture and its faces, largest first."""

    width: int | None
    height: int | None
    model_id: str = Field(description="Only embeddings of the same model can be compared.")
    faces: list[EmbeddedFace]


class EmbeddedResult(EmbeddedPicture):
    """One of several pictures."""

    image: str = Field(description="The name of the file.")
    error: Problem | None = Field(description="Why the picture could not be looked at; else null.")


class EmbeddedPictures(Model):
    """In the order in which they were sent."""

    results: list[EmbeddedResult]


class Embedded(RootModel[EmbeddedPicture | EmbeddedPictures]):
    """Of one picture, or of several."""


class RegionPath(Model):
    """A region in the address."""

    region_id: str = Field(description="a region's id")


class LabelBody(Strict):
    """Whose face it is, or is not."""

    name: str | None = Field(None, description="a text: a person's name, who may be new")
    person_id: str | None = Field(None, description="a text: the id of a person who is there")
    kind: Kind = "positive"
    source: Source = "upload"
    force: bool = Field(False, description="true or false")

    @model_validator(mode="after")
    def somebody(self) -> "LabelBody":
        """One of the two."""
        if (self.name is None) == (self.person_id is None):
            raise ValueError("The body must be a JSON object with a text 'name' or 'person_id', not with both.")
        return self
