# SPDX-License-Identifier: Apache-2.0
"""What an app must be told about where it is served."""

from __future__ import annotations

from dataclasses import dataclass

from web_admin import limits


@dataclass(frozen=True, slots=True)
class WebSettings:
    """One app, one place."""

    trusted: bool = False
    """True on the owner's socket, where the file's permissions are the login: the API, for everybody.
    False on TCP: the pages, and the API, for the owner who is logged in and for bearers of a token."""
    hosts: tuple[str, ...] = ()
    """Names under which it may be asked for, besides loopback and the address that the client is connected to."""
    max_upload_bytes: int = limits.UPLOAD_BYTES
    """Of one request."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses and networks whose headers ``X-Forwarded-…`` are believed."""
    frame_ancestors: tuple[str, ...] = ()
    """Origins whose pages may show ours in a frame, such as ``https://home.example``."""
