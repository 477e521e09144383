# SPDX-License-Identifier: Apache-2.0
"""Who faces are."""

from typing import Annotated

from pydantic import Field, RootModel, model_validator

from web_admin.schemas.common import Candidate, Form, Images, Model, Problem, Strict

Count = Annotated[int | None, Field(ge=1, le=100, description="a number from 1 to 100")]
Group = Annotated[str | None, Field(description="a text: the name or id of a group")]
One = Annotated[str | None, Field(description="a text: the name or id of a person")]


class IdentifyForm(Form):
    """Pictures, and of whom is to be told."""

    image: Images
    k: Count = None
    group: Group = None
    person: One = None


class FaceDecision(Model):
    """A person, or unknown: then `person_id` and `name` are null."""

    person_id: str | None
    name: str | None
    familiar: bool
    similarity: float
    margin: float
    reason: str


class Identity(Model):
    """Who a face is."""

    decision: FaceDecision
    candidates: list[Candidate]


class IdentifiedFace(Identity):
    """A face and who it is."""

    box: list[float] = Field(description="x, y, width and height in pixels")
    score: float
    quality: float
    landmarks: list[list[float]] = Field(description="the left and the right eye, the nose and the mouth, in pixels")


class IdentifiedPicture(Model):
    """Largest face first."""

    faces: list[IdentifiedFace]


class IdentifiedResult(IdentifiedPicture):
    """One of several pictures."""

    image: str = Field(description="The name of the file.")
    error: Problem | None = Field(description="Why the picture could not be looked at; else null.")


class IdentifiedPictures(Model):
    """In the order in which they were sent."""

    results: list[IdentifiedResult]


class Identified(RootModel[IdentifiedPicture | IdentifiedPictures]):
    """Of one picture, or of several."""


Numbers = list[float]


class EmbeddingBody(Strict):
    """Embeddings, and of whom is to be told."""

    model_id: str = Field(description="a text: the model_id that came with the embeddings")
    embedding: Numbers | None = Field(None, description="a list of numbers")
    embeddings: list[Numbers] | None = Field(
        None, min_length=1, max_length=100, description="a list of 1 to 100 lists of numbers"
    )
    k: Count = None
    group: Group = None
    person: One = None

    @model_validator(mode="after")
    def something(self) -> "EmbeddingBody":
        """One of the two."""
        if (self.embedding is None) == (self.embeddings is None):
            raise ValueError("The body must be a JSON object with 'embedding' or 'embeddings', not with both.")
        return self


class Identities(Model):
    """In the order of the embeddings."""

    results: list[Identity]


class IdentifiedEmbeddings(RootModel[Identity | Identities]):
    """Of one embedding, or of several."""
