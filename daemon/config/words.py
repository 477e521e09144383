# SPDX-License-Identifier: Apache-2.0
"""What stands in several sentences about settings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


_ADDRESS = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*:/{1,2})(?P<rest>.*)", re.DOTALL)
_ON_THE_DEVICE = ("v4l2:", "file:", "folder:", "script:")
HIDDEN = "…"
"""Stands where something may be secret."""


def without_password(value: str) -> str:
    """An address, or what may have been meant as one, without what may be secret in it.

    That is user and password, the query, and a path that holds either. Passwords are often written into addresses as
    they are, with ``@``, ``/`` or ``#`` in them, so none is taken apart by the book: all up to the last ``@`` goes.
    """
    if value.startswith(_ON_THE_DEVICE):
        return value
    address = _ADDRESS.fullmatch(value)
    secret, at, place = (address["rest"] if address else value).rpartition("@")
    if address is None:
        return f"{HIDDEN}@{place}" if ":" in secret else value
    place, query, _ = re.fullmatch(r"([^?#]*)([?#]?)(.*)", place, re.DOTALL).groups()  # type: ignore[union-attr]
    host, slash, path = place.partition("/")
    if re.search(r"[=&;]", path):  # some cameras take user=…&password=… as the path
        path = HIDDEN
    user = f"{HIDDEN}@" if at else ""
    return f"{address['scheme']}{user}{host}{slash}{path}{f'?{HIDDEN}' if query else ''}"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a sentence about a word that is none of those that are known."""
    import difflib  # noqa: PLC0415

    names = list(known)
    close = difflib.get_close_matches(word, names, n=1)
    return f"; did you mean {close[0]}" if close else f"; there are {', '.join(names)}"
