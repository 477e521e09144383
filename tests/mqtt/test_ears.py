# SPDX-License-Identifier: Apache-2.0
"""What of all that is said to us is heeded."""

from __future__ import annotations

from itertools import pairwise

import pytest

from daemon.clock import FakeClock
from daemon.mqtt.ears import BIRTH_AFTER_S, BIRTH_EVERY_S, Ears
from daemon.mqtt.notices import Heard
from daemon.mqtt.topics import Topics

TOPICS = Topics("whod", "door")
BIRTH = "homeassistant/status"


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def ears(clock):
    return Ears(TOPICS, BIRTH, (), None, clock)


def says_online(ears):
    ears.heard(Heard(BIRTH, b"online", retained=False))


def test_it_listens_where_something_is_allowed_only(clock):
    assert Ears(TOPICS, "", ("pause",), None, clock).topics == ()
    assert Ears(TOPICS, "", (), lambda _: None, clock).topics == ()
    assert Ears(TOPICS, BIRTH, ("pause",), lambda _: None, clock).topics == ("whod/door/command/pause", BIRTH)


def test_a_start_of_home_assistant_is_answered_once_after_a_while(ears, clock):
    assert not ears.birth()
    says_online(ears)
    assert not ears.birth()
    clock.advance(BIRTH_AFTER_S[0] / 2)
    assert not ears.birth()
    clock.advance(BIRTH_AFTER_S[1])
    assert ears.birth()
    assert not ears.birth()


def test_not_all_doors_answer_at_once(clock):
    after_s = set()
    for _ in range(20):
        ears, began_s = Ears(TOPICS, BIRTH, (), None, clock), clock.monotonic()
        says_online(ears)
        while not ears.birth():
            clock.advance(0.01)
        after_s.add(clock.monotonic() - began_s)
    assert len(after_s) > 10


def test_starts_that_follow_each_other_are_answered_together_and_none_is_missed(ears, clock):
    answered = []
    for _ in range(1000):
        says_online(ears)
        clock.advance(0.1)
        if ears.birth():
            answered.append(clock.monotonic())
    assert all(later - earlier >= BIRTH_EVERY_S for earlier, later in pairwise(answered))
    assert len(answered) >= 100 / (BIRTH_EVERY_S + BIRTH_AFTER_S[1])
    clock.advance(BIRTH_EVERY_S + BIRTH_AFTER_S[1])
    assert ears.birth()
    clock.advance(1000)
    assert not ears.birth()
