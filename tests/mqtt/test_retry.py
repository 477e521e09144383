# SPDX-License-Identifier: Apache-2.0
"""When the broker is tried again."""

from __future__ import annotations

from daemon.mqtt.problems import Broker
from daemon.mqtt.retry import FIRST_S, LASTING_S, LONGEST_S, STEADY_S, Retry

BROKER = Broker("broker", 1883)
WRONG_PASSWORD = BROKER.refused(0x86, "Bad user name or password")


def test_soon_then_less_often_and_never_at_the_same_moment():
    retries = [Retry() for _ in range(20)]
    for failure in range(40):
        delays = {retry.delay_s(BROKER.lost, 0) for retry in retries}
        longest = min(LONGEST_S, FIRST_S * 2**failure)
        assert all(longest / 2 <= delay <= longest for delay in delays)
        assert len(delays) > 1


def test_a_connection_that_held_makes_the_next_try_soon_a_short_one_does_not():
    retry = Retry()
    for _ in range(9):
        retry.delay_s(BROKER.lost, 0)
    assert retry.delay_s(BROKER.lost, STEADY_S - 1) > FIRST_S
    assert retry.delay_s(BROKER.lost, STEADY_S) <= FIRST_S


def test_what_a_person_must_put_right_is_tried_seldom():
    assert Retry().delay_s(WRONG_PASSWORD, 0) >= LASTING_S / 2
