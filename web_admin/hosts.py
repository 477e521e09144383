# SPDX-License-Identifier: Apache-2.0
"""Under which names whod may be asked for, so that no foreign site can point its own name at us (DNS rebinding).

The port does not matter: an ssh tunnel may use any.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

LOCAL = "whod.local_address"
"""In a request's environment: the IP address of ours that the client is connected to; empty on a Unix socket."""

LOOPBACK = ("localhost", "127.0.0.1", "::1")

_HOST = re.compile(r"(?:\[(?P<v6>[0-9a-f:.]+)\]|(?P<name>[a-z0-9._-]+))(?::[0-9]{1,5})?", re.IGNORECASE)


class Hosts:
    """Loopback, and what the settings name."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = {name.lower().strip("[]") for name in (*LOOPBACK, *names)}

    def allows(self, header: str, local_address: str) -> bool:
        """Whether a header `Host` names us; `local_address` is the one of ours that the client is connected to.

        That one is ours whatever the settings say, and no name can be pointed at it that would be sent as a number.
        """
        name = host_of(header)
        if name is None:
            return False
        return name in self._names or (bool(local_address) and address(name) == address(local_address))


def host_of(header: str) -> str | None:
    """The name or the address, without brackets, in a header `Host`; None if it is no such header."""
    match = _HOST.fullmatch(header)
    return (match["v6"] or match["name"]).lower() if match else None


def address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """What is no address is none; an IPv4 address within an IPv6 one is that."""
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found
