# SPDX-License-Identifier: Apache-2.0
"""Tokens of the API."""

from typing import Literal

from pydantic import Field, RootModel

from daemon.types import Scope
from web_admin.schemas.common import Model, Strict, Time

ScopeWord = Literal["read", "enrol", "admin"]


class TokenBody(Strict):
    """What the token is for."""

    name: str = Field(description="a text: what the token is for")
    scope: ScopeWord = Field(description=f"one of {', '.join(Scope)}")
    days: int | None = Field(
        None, ge=1, le=3650, description="a number of days from 1 to 3650 after which it expires, or null"
    )


class TokenRecord(Model):
    """A token, without its secret."""

    id: str
    name: str
    scope: ScopeWord
    created_at: Time
    last_used_at: Time | None = Field(description="To the hour.")
    expires_at: Time | None


class NewTokenRecord(TokenRecord):
    """A token that was just made."""

    bearer: str = Field(description="What to send as Authorization: Bearer …; told this once.")


class NewCodeRecord(Model):
    """A one-time code that was just made."""

    code: str = Field(description="Told this once; with it the page takes a new password.")
    expires_at: Time


class OwnerRecord(Model):
    """What may be told of the owner."""

    has_password: bool


class TokenList(RootModel[list[TokenRecord]]):
    """Oldest first."""


class TokenPath(Model):
    """A token in the address."""

    token_id: str = Field(description="a token's id")


class DeedRecord(Model):
    """Something that was changed over HTTP or MQTT."""

    at: Time
    who: str = Field(description="The id of a token or a session, socket, mqtt, or nobody.")
    action: str = Field(description="The operation's id in this file; command_… over MQTT.")
    target: str = Field(description="Ids of what it was done to.")


class DeedList(RootModel[list[DeedRecord]]):
    """Newest first."""


class DeedsQuery(Model):
    """How many."""

    limit: int = Field(100, ge=1, le=1000, description="a number from 1 to 1000")
