# SPDX-License-Identifier: Apache-2.0
"""Browsers that the owner has logged in with: each has a bucket of guesses of its own, see `guesses`."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST = 50
"""The one whose login is longest ago goes first."""

_SECRET_BYTES = 32


class Devices:
    """By the digests of their secrets, in the order of their latest logins. Not safe from several threads."""

    def __init__(self, digests: Iterable[bytes]) -> None:
        self._digests = list(digests)

    def bucket(self, secret: str | None) -> str | None:
        """The name of the device's bucket; None for a stranger."""
        found = digest(secret) if secret else b""
        return found.hex() if found in self._digests else None

    def surplus(self, coming: bytes) -> list[bytes]:
        """Those that must go for another one."""
        others = [known for known in self._digests if known != coming]
        return others[: max(0, len(others) + 1 - MOST)]

    def add(self, coming: bytes) -> None:
        """It was logged in just now."""
        gone = self.surplus(coming)
        self._digests = [known for known in self._digests if known not in (coming, *gone)] + [coming]


def new_secret() -> str:
    """For a cookie."""
    return secrets.token_hex(_SECRET_BYTES)


def digest(secret: str) -> bytes:
    """SHA-256 is enough for 256 random bits."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()
