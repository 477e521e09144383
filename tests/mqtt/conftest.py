# SPDX-License-Identifier: Apache-2.0
"""A door with a publisher."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from support_door import Door

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def make_door(tmp_path: Path) -> Iterator[Callable[..., Door]]:
    """Makes doors that are stopped at the end of the test."""
    with contextlib.ExitStack() as opened:

        def make(port: int, password: str | None = None, **settings: object) -> Door:
            door = Door(tmp_path, port, password, **settings)
            opened.callback(door.stop)
            return door

        yield make
