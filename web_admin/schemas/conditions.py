# SPDX-License-Identifier: Apache-2.0
"""Headers that say on what a request depends."""

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from web_admin.schemas.common import Model


class MatchHeader(Model):
    """What a person must be like still."""

    if_match: str | SkipJsonSchema[None] = Field(
        None, alias="If-Match", description="the ETag that the person must still have, or *"
    )


class NoneMatchHeader(Model):
    """What the caller has."""

    if_none_match: str | SkipJsonSchema[None] = Field(
        None, alias="If-None-Match", description="the ETag that you have, in quotes"
    )


class IdempotencyHeader(Model):
    """That makes it safe to ask again."""

    idempotency_key: str | SkipJsonSchema[None] = Field(
        None,
        alias="Idempotency-Key",
        pattern=r"^[!-~]{1,100}$",
        description="1 to 100 letters, digits and signs without spaces, such as a UUID",
    )


class AddHeader(IdempotencyHeader, MatchHeader):
    """Both."""
