# SPDX-License-Identifier: Apache-2.0
"""What can be undone, and what cannot."""

from typing import Literal

from pydantic import Field, RootModel

from web_admin.schemas.common import Model, Person, Time


class UndoPath(Model):
    """A change in the address."""

    undo_id: str = Field(description="the id of a change")


class UndoRecord(Model):
    """A change that can be undone."""

    id: str
    kind: Literal["sample", "merge"]
    person: Person = Field(description="Whose sample it was, or into whom somebody was merged.")
    gone: str = Field(description="The id of the sample; the name of who was merged.")
    made_at: Time
    until: Time


class UndoList(RootModel[list[UndoRecord]]):
    """Newest first."""
