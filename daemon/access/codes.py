# SPDX-License-Identifier: Apache-2.0
"""One-time codes: read from a screen and typed on a phone."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

LIFETIME = timedelta(days=1)
"""Long enough to install whod in the evening and to set it up the next morning."""

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without letters and digits that look alike."""
_GROUPS, _GROUP = 3, 4
"""12 of 30 signs are 58 bits: at 20 guesses a minute nobody finds one within its lifetime."""


def new_code() -> str:
    """``XXXX-XXXX-XXXX``."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))


def digest(code: str) -> bytes:
    """SHA-256 of the signs alone: small letters, spaces and dashes do not matter. Enough for 58 random bits a day."""
    signs = "".join(sign for sign in code.upper() if sign.isalnum())
    return hashlib.sha256(signs.encode("utf-8", "replace")).digest()
