# SPDX-License-Identifier: Apache-2.0
"""What an app must be told about where it is served."""

from __future__ import annotations

from dataclasses import dataclass

from web_admin import limits

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True, slots=True)
class WebSettings:
    """One app, one place."""

    trusted: bool = False
    """True on the owner's socket, where the file's permissions are the login: the API, for everybody.
    False on TCP: the page, which changes nothing, and the API for bearers of a token."""
    hosts: tuple[str, ...] = LOOPBACK
    """Names under which the page may be asked for, so that no foreign site can point its own name at us
    (DNS rebinding). The port does not matter: an ssh tunnel may use any."""
    max_upload_bytes: int = limits.UPLOAD_BYTES
    """Of one request."""
