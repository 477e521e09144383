# SPDX-License-Identifier: Apache-2.0
"""When a device is described, and in which steps what is gone is removed."""

from __future__ import annotations

import json

import pytest

from daemon.clock import FakeClock
from daemon.mqtt.device import EVERY_S, READ_BACK_S, Device

A, B = {"a": {"p": "sensor"}}, {"b": {"p": "button"}}


def message(*components):
    return {"dev": {"ids": "x"}, "cmps": {key: value for each in components for key, value in each.items()}}


class Scene:
    """A device whose description a test changes, and what is told of it."""

    def __init__(self):
        self.now = message(A)
        self.made = 0
        self.clock = FakeClock()
        self.device = Device("topic", self.clock)
        self.device.asked()

    def make(self):
        self.made += 1
        return self.now

    def told(self, after_s=0.0):
        self.clock.advance(after_s)
        messages = []
        while (payload := self.device.take(self.make)) is not None:
            messages.append(json.loads(payload))
        return messages

    def components(self, after_s=0.0):
        return [each["cmps"] for each in self.told(after_s)]


@pytest.fixture
def scene():
    return Scene()


def test_it_is_told_when_what_was_there_is_known_or_nothing_came_for_a_while(scene):
    assert scene.told(READ_BACK_S * 0.9) == []
    assert scene.told(READ_BACK_S * 0.2) == [message(A)]
    assert scene.told(60) == []


def test_nothing_is_told_before_the_broker_was_asked_what_is_there(scene):
    device = Device("topic", scene.clock)
    device.change()
    scene.clock.advance(60)
    assert device.take(scene.make) is None


def test_a_change_does_not_hurry_the_answer(scene):
    scene.device.change()
    assert scene.told() == []
    assert scene.told(READ_BACK_S) == [message(A)]


def test_what_was_there_is_told_again_at_once(scene):
    scene.device.found(json.dumps(message(A)).encode())
    assert scene.told() == [message(A)]


def test_what_an_older_connection_left_is_removed_first(scene):
    scene.device.found(json.dumps(message(A, B)).encode())
    first, then = scene.components()
    assert first["b"] == {"p": "button"}
    assert then == A


def test_what_goes_is_removed_once(scene):
    scene.now = message(A, B)
    scene.told(READ_BACK_S)
    scene.now = message(A)
    scene.device.change()
    assert [sorted(each) for each in scene.components(EVERY_S)] == [["a", "b"], ["a"]]
    scene.device.taken()
    scene.device.repeat()
    assert scene.components() == [A]


def test_what_comes_late_is_removed_too(scene):
    assert scene.told(READ_BACK_S) == [message(A)]
    scene.device.found(json.dumps(message(A, B)).encode())
    assert [sorted(each) for each in scene.components()] == [["a", "b"], ["a"]]


def test_our_own_words_are_not_answered(scene):
    scene.told(READ_BACK_S)
    scene.device.found(json.dumps(message(A)).encode())
    assert scene.told(60) == []


@pytest.mark.parametrize("payload", [b"", b"\xff", b"[]", b"[" * 100_000, b'{"cmps": 7}', b'{"cmps": {"a": []}}'])
def test_what_is_no_description_is_replaced(scene, payload):
    scene.device.found(payload)
    assert scene.told(READ_BACK_S) == [message(A)]


def test_what_is_gone_is_removed_though_a_broker_forgot_what_it_retained(scene):
    """Home Assistant remembers it all the same."""
    scene.now = message(A, B)
    scene.told(READ_BACK_S)
    scene.device.begin()
    scene.now = message(A)
    scene.device.asked()
    first, then = scene.components(READ_BACK_S)
    assert first["b"] == {"p": "button"}
    assert then == A


def test_what_is_gone_is_removed_again_unless_a_broker_took_that(scene):
    scene.now = message(A, B)
    scene.told(READ_BACK_S)
    scene.now = message(A)
    for taken in (False, True, None):
        scene.device.begin()
        scene.device.asked()
        assert len(scene.told(READ_BACK_S)) == (1 if taken is None else 2)
        if taken:
            scene.device.taken()


def test_what_was_half_told_is_removed_by_the_next_connection(scene):
    scene.now = message(A, B)
    scene.told(READ_BACK_S)
    scene.now = message(A)
    scene.device.change()
    scene.clock.advance(EVERY_S)
    assert b'"b"' in scene.device.take(scene.make)
    scene.device.taken()
    scene.device.begin()
    scene.device.found(json.dumps(message(A, {"b": {"p": "button"}})).encode())
    assert [sorted(each) for each in scene.components()] == [["a", "b"], ["a"]]


def test_a_change_that_changes_nothing_is_not_told(scene):
    scene.told(READ_BACK_S)
    scene.device.change()
    assert scene.told(60) == []


def test_many_changes_are_told_in_one(scene):
    scene.told(READ_BACK_S)
    made = scene.made
    for number in range(500):
        scene.now = message({str(number): {"p": "sensor"}})
        scene.device.change()
        assert scene.told(EVERY_S / 1000) == []
    told = scene.components(EVERY_S)
    assert told[-1] == {"499": {"p": "sensor"}}
    assert scene.made - made == len(told) == 2


def test_what_a_broker_does_not_take_is_not_told(scene):
    scene.now = None
    assert scene.told(READ_BACK_S) == []
    scene.now = message(A)
    scene.device.change()
    assert scene.told(EVERY_S) == [message(A)]
