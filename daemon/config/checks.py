# SPDX-License-Identifier: Apache-2.0
"""What a setting's value may be."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from daemon.config.words import HIDDEN, without_password

SLUG = re.compile(r"[a-z0-9_-]+")

Check = Callable[[Any], "str | None"]
"""Gives what is wrong with a value, as the end of a sentence that starts with its name; None if nothing is."""


@dataclass(frozen=True, slots=True)
class Between:
    """A number from `low` to `high`."""

    low: float
    high: float

    def __call__(self, value: float) -> str | None:
        """See `Check`."""
        if self.low <= value <= self.high:
            return None
        return f"must be from {self.low:g} to {self.high:g}, not {_shown(value)}"


def _shown(value: float) -> str:
    return f"{value:g}" if abs(value) < 10**15 else "so large a number"


def plain(value: str) -> str | None:
    """A text without control characters."""
    return None if value.isprintable() else f"must hold printable characters only, not {value!r}"


def names(values: Sequence[str]) -> str | None:
    """Texts without control characters, none of them empty."""
    return None if all(value and value.isprintable() for value in values) else f"must be names, not {list(values)!r}"


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of `choices`."""

    choices: tuple[object, ...]

    def __call__(self, value: object) -> str | None:
        """See `Check`."""
        words = ", ".join(map(str, self.choices))
        return None if value in self.choices else f"must be one of {words}, not {value!r}"


def between(low: float, high: float) -> Between:
    """A number from `low` to `high`."""
    return Between(low, high)


def one_of(*choices: object) -> OneOf:
    """One of `choices`."""
    return OneOf(choices)


@dataclass(frozen=True, slots=True)
class SomeOf:
    """Any of `choices`, none twice."""

    choices: tuple[str, ...]

    def __call__(self, values: Sequence[str]) -> str | None:
        """See `Check`."""
        wrong = [value for value in values if value not in self.choices]
        if wrong:
            return f"may hold {', '.join(self.choices)}, not {wrong[0]!r}"
        return None if len(set(values)) == len(values) else "must not hold anything twice"


def some_of(*choices: str) -> SomeOf:
    """Any of `choices`, none twice."""
    return SomeOf(choices)


def topic(value: str) -> str | None:
    """An MQTT topic that messages can be sent to; empty is for none."""
    if not value or (len(value) <= _LONGEST_TOPIC and _TOPIC.fullmatch(value)):
        return None
    return f"must be a topic such as homeassistant/status (no + or #, no / at its ends), not {value!r}"


_LONGEST_TOPIC = 200
_TOPIC = re.compile(r"[^\s+#/$][^\s+#/]*(/[^\s+#/]+)*")


def slug(value: str) -> str | None:
    """A word that may stand in an MQTT topic; empty is for the default."""
    if len(value) > _LONGEST_SLUG:
        return f"must have at most {_LONGEST_SLUG} characters, not {len(value)}"
    if not value or SLUG.fullmatch(value):
        return None
    return f"may hold a-z, 0-9, _ and - only, not {value!r}"


_LONGEST_SLUG = 64


def filled_slug(value: str) -> str | None:
    """A word that may stand in an MQTT topic."""
    return slug(value) if value else "must not be empty"


def source(value: str) -> str | None:
    """A camera source, by its form alone."""
    if not value.isprintable():
        return "must hold printable characters only: type it in, instead of pasting it"
    if _NETWORK.match(value) and HIDDEN in value:
        return f"has {HIDDEN} where something secret stands: type the whole address in again"
    if value in ("auto", "demo") or any(form.match(value) for form in (_OF_THE_PI, _ON_THE_DEVICE, _NETWORK)):
        return None
    return (
        "must be auto, picamera2, picamera2:1, demo, v4l2:DEVICE, file:CLIP, folder:FOLDER, script:FILE "
        f"or an rtsp, http or https address, not {without_password(value)!r}"
    )


_OF_THE_PI = re.compile(r"picamera2(:[0-9])?\Z")
_ON_THE_DEVICE = re.compile(r"(v4l2|file|folder|script):.")
_NETWORK = re.compile(r"(rtsps?|https?)://.")


def host(value: str) -> str | None:
    """The name or the address of a machine; empty is for none."""
    if not value or _MACHINE.fullmatch(value):
        return None
    return (
        "must be a name or an address alone, such as 192.168.1.2 (no mqtt://; the port has a setting of its own), "
        f"not {without_password(value)!r}"
    )


_MACHINE = re.compile(r"[\w.-]+|(?=.*:.*:)[0-9a-fA-F:.]+(%[\w.-]+)?")


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


def address(value: str) -> str | None:
    """HOST:PORT to listen at; empty is for none."""
    host, _, port = value.rpartition(":")
    if not value:
        return None
    if not _LISTEN.fullmatch(host) or not port.isdecimal() or not 0 < int(port) < 65536:  # noqa: PLR2004
        return f"must be HOST:PORT, such as 0.0.0.0:8737, not {value!r}"
    return None


_LISTEN = re.compile(r"[A-Za-z0-9._-]+|\[[0-9a-fA-F:.]+\]")


def hosts(values: Sequence[str]) -> str | None:
    """Names of a machine, as a browser sends them: without the port."""
    wrong = [value for value in values if not _LISTEN.fullmatch(value)]
    return f"must be names of hosts, such as door.example (no http://, no port), not {wrong[0]!r}" if wrong else None


def networks(values: Sequence[str]) -> str | None:
    """Addresses and networks, but not all there are."""
    for value in values:
        try:
            network = ipaddress.ip_network(value, strict=False)
        except ValueError:
            return f"must be addresses or networks, such as 192.168.1.2 or 172.30.32.0/23, not {value!r}"
        if not network.prefixlen:
            return f"must not be everybody ({value}): name the proxy alone"
    return None


def origins(values: Sequence[str]) -> str | None:
    """Sites, as a Content-Security-Policy names them."""
    wrong = [value for value in values if not _ORIGIN.fullmatch(value)]
    return f"must be sites such as https://home.example:8123, not {wrong[0]!r}" if wrong else None


def page_url(value: str) -> str | None:
    """Where a page is, or nothing."""
    if not value or _PAGE.fullmatch(value):
        return None
    return f"must be the page's address, such as https://home.example/whod/, or empty, not {value!r}"


_SITE = r"https?://([A-Za-z0-9._-]+|\[[0-9a-fA-F:.]+\])(:[0-9]{1,5})?"
_ORIGIN = re.compile(_SITE)
_PAGE = re.compile(_SITE + r"(/[A-Za-z0-9._~-]+)*/?")
