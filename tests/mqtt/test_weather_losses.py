# SPDX-License-Identifier: Apache-2.0
"""What is told to act on is fresh, or not told; and this measure finds those who tell it late."""

from __future__ import annotations

import contextlib
from functools import partial

import pytest
from support_broker import wait_until
from support_losses import MISFORTUNES, a_street, nobody_asks

pytestmark = pytest.mark.mqtt

LASTS_S, LATE_S = 4.5, 3.0
"""Shorter than the keepalive: the connection survives it, and brings what was held back."""

LONGER = [pytest.param(each, marks=pytest.mark.slow) for each in MISFORTUNES if each not in ("stall", "stop")]


def suffered(folder, misfortune, *, naive=False):
    """What a subscriber saw of a door that suffered this while people came."""
    with a_street(folder / "street", naive=naive, fresh_s=1) as street:
        with street.busy(decision_s=0.1, visit_s=1000):
            street.wait_for_return()
            street.suffer(misfortune, LASTS_S)
            street.wait_for_return()
        return street.seen()


@pytest.mark.parametrize("misfortune", ["stall", "stop", *LONGER])
def test_no_decision_comes_late(tmp_path, misfortune):
    seen = suffered(tmp_path, misfortune)
    assert seen.late(LATE_S) == []
    assert 0 < seen.told < seen.offered
    assert len(seen.ages_s) == seen.told, "one came twice"


@pytest.mark.parametrize(("broken", "misfortune"), [("naive", "stall"), ("unasked", "stop")])
def test_others_are_seen_to_come_late(tmp_path, broken, misfortune):
    with nobody_asks() if broken == "unasked" else contextlib.nullcontext():
        seen = suffered(tmp_path, misfortune, naive=broken == "naive")
    assert seen.late(LATE_S)


def test_what_would_not_be_fresh_when_it_arrives_is_not_sent(tmp_path):
    with a_street(tmp_path / "street", fresh_s=4) as street:
        told = partial(street.listener.on, street.door.topics.identified)
        street.decide()
        wait_until(told, "the first")
        street.weather.up_s = street.weather.down_s = 1.2
        street.decide()
        street.leave()
        wait_until(lambda: street.listener.on(street.door.topics.sighting), "the record after the second")
        street.weather.up_s = street.weather.down_s = 0
        street.decide()
        wait_until(lambda: len(told()) > 1, "the third")
        seen = street.seen()
    assert (seen.offered, seen.told) == (3, 2)
