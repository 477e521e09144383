# SPDX-License-Identifier: Apache-2.0
"""How a source may be named where others can read it."""

from __future__ import annotations

from daemon.config import HIDDEN, without_password


def describe_source(source: str) -> str:
    """A camera source without what may be secret in it, in short; see `without_password`."""
    return without_password(source).replace(f"{HIDDEN}@", "", 1).removesuffix(f"?{HIDDEN}")
