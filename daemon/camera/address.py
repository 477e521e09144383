# SPDX-License-Identifier: Apache-2.0
"""How a source may be named where others can read it."""

from __future__ import annotations

import re

_NETWORK = re.compile(r"(?P<scheme>rtsps?|https?)://(?P<rest>.*)", re.DOTALL)


def describe_source(source: str) -> str:
    """A camera source without what may be secret in it: user and password, query, a path that holds either.

    Passwords are often written into addresses as they are, with ``@``, ``/`` or ``#`` in them, so this takes
    no address apart by the book: all up to the last ``@`` goes.
    """
    network = _NETWORK.match(source)
    if network is None:
        return source
    rest = network["rest"].rpartition("@")[2]
    host, slash, path = re.split(r"[?#]", rest, maxsplit=1)[0].partition("/")
    if re.search(r"[=&;]", path):  # some cameras take user=…&password=… as the path
        path = "…"
    return f"{network['scheme']}://{host}{slash}{path}"
