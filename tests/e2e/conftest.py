# SPDX-License-Identifier: Apache-2.0
"""A daemon for each test."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from support_daemon import Daemon

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    """A daemon that is yet to be started."""
    with contextlib.closing(Daemon(tmp_path)) as daemon:
        yield daemon
