# SPDX-License-Identifier: Apache-2.0
"""What the pages about logging in, and about who may, are sent."""

from typing import Literal

from pydantic import Field

from web_admin.schemas.common import Model
from web_admin.schemas.tokens import ScopeWord

Password = Field(description="a text: the password")


class NextQuery(Model):
    """Where to go on."""

    next: str = Field("/", description="a path of this site")


class CodeQuery(Model):
    """A one-time code, as the link of `whod try` and of the installer has it."""

    code: str = Field("", description="a one-time code")


class FirstForm(Model):
    """The one-time code and a new password."""

    code: str = Field(description="a text: the one-time code")
    password: str = Password
    again: str = Password


class LoginForm(NextQuery):
    """The password."""

    password: str = Password


class PasswordForm(Model):
    """A new password."""

    password: str = Password
    again: str = Password


class NewTokenForm(Model):
    """What a token is for."""

    name: str = Field(description="a text: what the token is for")
    scope: ScopeWord = Field(description="one of read, enrol, admin")
    days: Literal["", "30", "365"] = Field("", description="a number of days: 30 or 365; empty: for good")


class SessionPath(Model):
    """A session in the address."""

    session_id: str = Field(description="a session's id")
