# SPDX-License-Identifier: Apache-2.0
"""A machine to install on."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from support_machine import Machine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """A machine to install a service on."""
    with contextlib.closing(Machine(tmp_path)) as machine:
        yield machine


@pytest.fixture
def one(machine: Machine) -> str:
    """A checkout on it."""
    return machine.checkout("one")


@pytest.fixture
def installed(machine: Machine, one: str) -> Machine:
    """The machine with that, which runs."""
    done = machine.install(one)
    assert done.returncode == 0, done.stderr
    machine.calls()
    return machine
