# SPDX-License-Identifier: Apache-2.0
"""What a command's payload says. Pure; each raises BadCommand, in whose sentence nothing of the payload stands."""

from __future__ import annotations

import json
import re

from daemon.errors import BadCommand

_NUMBER = re.compile(rb"[0-9]{1,6}(\.[0-9]{1,12})?")
_JSON = ('"', "{", "[")
_NAME = 'Send a name, or it as JSON: {"name": "Alice"}.'


def switch(payload: bytes) -> bool:
    """``ON`` or ``OFF``."""
    found = {b"ON": True, b"OFF": False}.get(payload.strip())
    if found is None:
        raise BadCommand("Send ON or OFF.")
    return found


def number(payload: bytes) -> float:
    """Decimal digits, with a point where it is no whole number."""
    text = payload.strip()
    if not _NUMBER.fullmatch(text):
        raise BadCommand("Send a number, such as 0.55.")
    return float(text)


def name_in(payload: bytes) -> str:
    """A name as it is, or in JSON; whether it can be a person's is for the gallery to say."""
    try:
        text = payload.decode().strip()
        said = json.loads(text) if text.startswith(_JSON) else text
    except (ValueError, RecursionError) as error:
        raise BadCommand(_NAME) from error
    name = said["name"] if isinstance(said, dict) and said.keys() == {"name"} else said
    if not isinstance(name, str) or not name:
        raise BadCommand(_NAME)
    return name
