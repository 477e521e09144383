# SPDX-License-Identifier: Apache-2.0
"""What an app must be told about where it is served."""

from __future__ import annotations

from dataclasses import dataclass

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True, slots=True)
class WebSettings:
    """One app, one place."""

    trusted: bool = False
    """True on the owner's socket, where the file's permissions are the login: the API that changes people.
    False on TCP, where nobody has proved who they are: the page, which changes nothing."""
    hosts: tuple[str, ...] = LOOPBACK
    """Names under which the page may be asked for, so that no foreign site can point its own name at us
    (DNS rebinding). The port does not matter: an ssh tunnel may use any."""
