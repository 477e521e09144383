# SPDX-License-Identifier: Apache-2.0
"""What happens now."""

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from web_admin.schemas.common import Model


class EventsHeader(Model):
    """Where to go on."""

    last_event_id: str | SkipJsonSchema[None] = Field(
        None, alias="Last-Event-ID", description="the id of the last event that you have"
    )
