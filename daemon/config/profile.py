# SPDX-License-Identifier: Apache-2.0
"""The defaults of this machine: a small one has some of its own."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from daemon.config.building import Table

SMALL_BYTES = 800_000_000
"""Below it a machine is small. One that is sold with 1 GB shows some 950 MB, without what its firmware keeps."""


def default_toml() -> str:
    """The text of config.default.toml."""
    return _text("config.default.toml")


def defaults(profile: object = "auto") -> Table:
    """The defaults with this `machine.profile`; what is no profile counts as "auto"."""
    table: Table = tomllib.loads(default_toml())
    if is_small(profile):
        for section, values in tomllib.loads(_text("config.small.toml")).items():
            table[section].update(values)
    return table


def is_small(profile: object) -> bool:
    """Whether a machine with this profile has the defaults of a small one."""
    return profile == "small" or (profile != "full" and memory_bytes() < SMALL_BYTES)


def memory_bytes() -> int:
    """Of the whole machine, as far as the system may use it."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _text(name: str) -> str:
    return Path(__file__).parents[1].joinpath(name).read_text(encoding="utf-8")
