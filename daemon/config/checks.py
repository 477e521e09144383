# SPDX-License-Identifier: Apache-2.0
"""What a setting's value may be."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

SLUG = re.compile(r"[a-z0-9_-]+")

Check = Callable[[Any], "str | None"]
"""Gives what is wrong with a value, as the end of a sentence that starts with its name; None if nothing is."""


def between(low: float, high: float) -> Check:
    """A number from `low` to `high`."""
    return lambda value: None if low <= value <= high else f"must be from {low:g} to {high:g}, not {_shown(value)}"


def _shown(value: float) -> str:
    return f"{value:g}" if abs(value) < 10**15 else "so large a number"


def plain(value: str) -> str | None:
    """A text without control characters."""
    return None if value.isprintable() else f"must hold printable characters only, not {value!r}"


def names(values: Sequence[str]) -> str | None:
    """Texts without control characters, none of them empty."""
    return None if all(value and value.isprintable() for value in values) else f"must be names, not {list(values)!r}"


def one_of(*choices: object) -> Check:
    """One of `choices`."""
    words = ", ".join(map(str, choices))
    return lambda value: None if value in choices else f"must be one of {words}, not {value!r}"


def slug(value: str) -> str | None:
    """A word that may stand in an MQTT topic; empty is for the default."""
    if not value or SLUG.fullmatch(value):
        return None
    return f"may hold a-z, 0-9, _ and - only, not {value!r}"


def filled_slug(value: str) -> str | None:
    """A word that may stand in an MQTT topic."""
    return slug(value) if value else "must not be empty"


def without_password(value: str) -> str:
    """A URL, or what may have been meant as one, without user and password."""
    return re.sub(r"[^/]*@", "…@", value)


def source(value: str) -> str | None:
    """A camera source, by its form alone."""
    if problem := plain(value):
        return problem
    kind, _, rest = value.partition(":")
    if value in ("auto", "picamera2", "demo") or (kind in SOURCE_KINDS and rest):
        return None
    return (
        "must be auto, picamera2, demo, v4l2:DEVICE, file:CLIP, folder:FOLDER "
        f"or an rtsp, http or https address, not {without_password(value)!r}"
    )


SOURCE_KINDS = ("v4l2", "file", "folder", "rtsp", "rtsps", "http", "https")


def frame_size(value: Sequence[int]) -> str | None:
    """Width and height of a camera picture."""
    if len(value) != 2 or not all(160 <= side <= 4096 and side % 2 == 0 for side in value):  # noqa: PLR2004
        return f"must be width and height, two even numbers from 160 to 4096, not {list(value)}"
    return None


def zone(value: Sequence[float]) -> str | None:
    """x, y, width, height within the unit square."""
    if len(value) == 4:  # noqa: PLR2004
        x, y, w, h = value
        if x >= 0 and y >= 0 and w > 0 and h > 0 and x + w <= 1 + 1e-9 and y + h <= 1 + 1e-9:
            return None
    return f"must be x, y, width, height within 0 to 1, not {list(value)}"


def loopback(value: str) -> str | None:
    """HOST:PORT of this machine alone."""
    host, _, port = value.rpartition(":")
    if not value:
        return None
    if not port.isdecimal() or not 0 < int(port) < 65536:  # noqa: PLR2004
        return f"must be HOST:PORT, not {value!r}"
    if host not in ("127.0.0.1", "localhost", "[::1]"):
        return f"must be a loopback address (127.0.0.1:PORT) while the page has no login, not {value!r}"
    return None
