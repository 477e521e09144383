# SPDX-License-Identifier: Apache-2.0
"""The power goes while the gallery is written: whatever was acknowledged is there, and nothing is there by half."""

import pytest
from support_cuts import PATHS, Tally, cut, record, seed_of

from daemon.storage import Durability


@pytest.fixture(params=PATHS)
def path(request):
    return request.param


def cuts(folder, name, count):
    return cut(record(PATHS[name], folder), folder, count, seed_of(name))


def test_a_power_cut_takes_nothing_that_was_acknowledged(path, memory):
    assert cuts(memory, path, 60) == Tally(60)


@pytest.mark.slow
def test_2000_power_cuts_take_nothing_that_was_acknowledged(path, memory):
    assert cuts(memory, path, 2000) == Tally(2000)


@pytest.mark.parametrize("synchronous", ["OFF", "NORMAL", "FULL"])
def test_the_harness_sees_what_a_weaker_setting_takes(synchronous, memory, monkeypatch):
    weaker = (*Durability.PRECIOUS.value, f"synchronous={synchronous}")
    monkeypatch.setattr(Durability.PRECIOUS, "_value_", weaker)
    assert not cuts(memory, "enrol", 300).is_clean
