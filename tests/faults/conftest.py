# SPDX-License-Identifier: Apache-2.0
"""A door whose camera goes wrong."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from support_faults import FaultyDoor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def door(tmp_path: Path) -> Iterator[FaultyDoor]:
    """One that is yet to be started."""
    with contextlib.closing(FaultyDoor(tmp_path)) as door:
        yield door
