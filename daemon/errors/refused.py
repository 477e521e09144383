# SPDX-License-Identifier: Apache-2.0
"""Wrong input: whoever gave it is not let in."""

from __future__ import annotations

from daemon.errors.root import InputError


class BadPassword(InputError):
    """A new password is too short, too long, or one that is guessed first."""

    http_status = 422


class WrongPassword(InputError):
    """It is not the owner's password, or none was set yet: nobody is told which."""

    http_status = 403


class WrongCode(InputError):
    """It is not the one-time code, or it was used, or it is too old."""

    http_status = 403


class TooManyGuesses(InputError):
    """Passwords or codes were tried too often; the next one may be tried after ``retry_s`` seconds."""

    http_status = 429

    def __init__(self, message: str, retry_s: int = 60) -> None:
        super().__init__(message)
        self.retry_s = retry_s


class BadCommand(InputError):
    """What was asked over MQTT is not understood, or may not be asked there, or not now."""

    http_status = 422


class TooManyCommands(InputError):
    """More was asked over MQTT than is heeded."""

    http_status = 429


class ConfirmationNeeded(InputError):
    """The owner is logged in, but what was asked for needs the password anew."""

    http_status = 403
