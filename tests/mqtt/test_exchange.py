# SPDX-License-Identifier: Apache-2.0
"""What a broker owes, and what it has shown of itself."""

from __future__ import annotations

import pytest

from daemon.clock import FakeClock
from daemon.mqtt.exchange import IN_FLIGHT, Exchange
from daemon.mqtt.notices import Up
from daemon.mqtt.problems import Broker

DENIED = 0x87


class Line:
    """A link that gives each message a number."""

    def __init__(self):
        self.sent = []

    def publish(self, topic, payload, *, qos, **_):
        self.sent.append((topic, len(payload), qos))
        return len(self.sent)

    def subscribe(self, topic, **_):
        return self.publish(topic, b"", qos=0)

    def ask(self):
        return self.publish("?", b"", qos=0)

    unsubscribe = subscribe


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def line():
    return Line()


def exchange_over(line, clock, receive_maximum=65535, most_bytes=None):
    return Exchange(line, Up(receive_maximum, most_bytes, mqtt5=True), Broker("hub", 1883), clock)


@pytest.mark.parametrize(("takes", "window"), [(65535, IN_FLIGHT), (3, 3)])
def test_no_more_is_owed_than_a_broker_takes(line, clock, takes, window):
    exchange = exchange_over(line, clock, takes)
    assert exchange.room == window
    exchange.write("a", b"")
    assert (exchange.room, exchange.idle) == (window - 1, False)
    exchange.answered(1, 0)
    assert (exchange.room, exchange.idle) == (window, True)


def test_the_oldest_debt_counts(line, clock):
    exchange = exchange_over(line, clock)
    exchange.write("a", b"")
    clock.advance(2)
    exchange.read("b")
    clock.advance(1)
    assert exchange.waited_s == 3
    exchange.answered(1, 0)
    assert exchange.waited_s == 1


def test_the_way_is_as_long_as_the_last_question_took(line, clock):
    exchange = exchange_over(line, clock)
    answers = []
    exchange.ask(lambda: answers.append(exchange.trip_s), urgent=True)
    assert exchange.urgent
    clock.advance(1.5)
    exchange.answered(1, 0)
    assert answers == [1.5]
    assert not exchange.urgent


def test_a_broker_has_proven_itself_once_it_has_answered_a_message(line, clock):
    exchange = exchange_over(line, clock)
    exchange.read("a")
    exchange.ask(lambda: None)
    exchange.write("b", b"")
    exchange.answered(1, 0)
    exchange.answered(2, 0)
    assert not exchange.proven
    exchange.answered(3, DENIED)
    assert exchange.proven


def test_what_is_denied_is_a_problem_until_it_is_allowed(line, clock):
    exchange = exchange_over(line, clock)
    told = []
    for code in (DENIED, 0):
        exchange.write("a", b"", taken=lambda: told.append("taken"), refused=lambda: told.append("refused"))
        exchange.answered(len(line.sent), code)
        assert bool(exchange.problem) == (code == DENIED)
    assert told == ["refused", "taken"]


def test_what_is_too_long_is_not_sent_and_is_a_problem(line, clock):
    exchange = exchange_over(line, clock, most_bytes=1000)
    assert not exchange.write("a", bytes(1000))
    assert "hub:1883 takes 1000 bytes at most, too few for a" in exchange.problem
    assert exchange.write("a", bytes(100))
    assert exchange.problem is None
    assert not exchange.write_once("b", bytes(1000))
    assert line.sent == [("a", 100, 1)]
    assert exchange.waited_s == 0


def test_an_answer_to_nothing_is_none(line, clock):
    exchange = exchange_over(line, clock)
    exchange.answered(7, DENIED)
    assert exchange.problem is None


def test_where_others_want_an_answer_that_cannot_go_there_it_is_no_trouble_of_ours(line, clock):
    exchange = exchange_over(line, clock)
    for theirs in (True, False):
        exchange.reply("whod/door/response/x", b"", b"7", theirs=theirs)
        exchange.answered(len(line.sent), DENIED)
        assert (exchange.problem is None) is theirs
        assert exchange.idle
