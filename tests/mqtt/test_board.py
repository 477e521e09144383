# SPDX-License-Identifier: Apache-2.0
"""What a broker is told, and when it need not be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.mqtt.board import Board
from daemon.mqtt.topics import Topics

TOPICS = Topics("whod", "door")
A, B = TOPICS.present("a"), TOPICS.present("b")
PEOPLE = st.frozensets(st.sampled_from("abcdef"))


@pytest.fixture
def board():
    return Board(TOPICS)


def told(board):
    messages = []
    while (message := board.take()) is not None:
        messages.append(message)
    return messages


def test_who_is_away_is_told_before_who_is_in_view(board):
    board.show_people(frozenset("ab"), frozenset("a"))
    assert told(board) == [(B, b"OFF"), (A, b"ON")]


def test_only_changes_are_told(board):
    board.show_people(frozenset("ab"), frozenset("a"))
    told(board)
    board.show_people(frozenset("ab"), frozenset("a"))
    assert told(board) == []
    board.show_people(frozenset("ab"), frozenset("ab"))
    assert told(board) == [(B, b"ON")]


def test_somebody_who_is_not_known_is_never_in_view(board):
    board.show_people(frozenset("a"), frozenset("ab"))
    assert told(board) == [(A, b"ON")]


def test_of_a_topic_only_the_newest_is_told_in_the_first_ones_place(board):
    board.show_status(b"1")
    board.show_last(b"x")
    board.show_status(b"2")
    assert told(board) == [(TOPICS.status, b"2"), (TOPICS.last, b"x")]


def test_the_same_status_is_told_again(board):
    for _ in range(2):
        board.show_status(b"1")
        assert told(board) == [(TOPICS.status, b"1")]


def test_a_decision_that_was_taken_back_can_be_shown_again(board):
    board.show_last(b"x")
    told(board)
    board.clear_last()
    assert told(board) == [(TOPICS.last, b"")]
    board.show_last(b"x")
    assert told(board) == [(TOPICS.last, b"x")]


@pytest.mark.parametrize(
    ("topic", "payload"),
    [(TOPICS.present("gone"), b"ON"), (TOPICS.last, b'{"person_id": "gone"}')],
)
def test_what_was_left_of_somebody_gone_is_cleared(board, topic, payload):
    board.show_people(frozenset("a"), frozenset())
    told(board)
    board.found(topic, payload)
    assert told(board) == [(topic, b"")]


def test_what_was_left_of_somebody_who_is_known_stays(board):
    board.show_people(frozenset("a"), frozenset())
    told(board)
    board.found(A, b"ON")
    board.found(TOPICS.last, b'{"person_id": "a"}')
    assert told(board) == []


def test_an_old_decision_does_not_take_a_new_one_away(board):
    board.show_last(b"new")
    board.found(TOPICS.last, b'{"person_id": "gone"}')
    assert told(board) == [(TOPICS.last, b"new")]


@given(st.lists(st.tuples(PEOPLE, PEOPLE, st.booleans()), max_size=20))
def test_however_often_it_changes_the_broker_ends_with_what_holds(changes):
    board, broker = Board(TOPICS), {}
    for people, present, tell in [*changes, (frozenset("abc"), frozenset("a"), True)]:
        board.show_people(people, present)
        if tell:
            broker.update(told(board))
    held = {topic: payload for topic, payload in broker.items() if payload}
    assert held == {A: b"ON", B: b"OFF", TOPICS.present("c"): b"OFF"}
