# SPDX-License-Identifier: Apache-2.0
"""What a broker is told, and when it need not be."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.mqtt.board import Board
from daemon.mqtt.topics import Topics
from daemon.types import InView, Person

TOPICS = Topics("whod", "door")
A, B, C = (Person(name.lower(), name) for name in "ABC")
OF_A, OF_B = TOPICS.present("a"), TOPICS.present("b")
EVERYBODY = [Person(letter, letter.upper()) for letter in "abcdef"]
PEOPLE = st.frozensets(st.sampled_from(EVERYBODY))


@pytest.fixture
def board():
    return Board(TOPICS)


def told(board):
    messages = []
    while (message := board.take()) is not None:
        messages.append(message)
    return messages


def present(board):
    """What is told of each person alone."""
    return [message for message in told(board) if message[0] != TOPICS.presence]


def view(*people, strangers=0):
    return InView(frozenset(people), strangers)


def test_who_is_away_is_told_before_who_is_in_view_and_then_who_it_is(board):
    board.show_people([A, B], view(A))
    *each, (topic, presence) = told(board)
    assert each == [(OF_B, b"OFF"), (OF_A, b"ON")]
    assert topic == TOPICS.presence
    assert json.loads(presence) == {
        "people": [{"person_id": "a", "name": "A"}],
        "names": "A",
        "count": 1,
        "unknown": False,
        "strangers": 0,
    }


def test_only_changes_are_told(board):
    board.show_people([A, B], view(A))
    told(board)
    board.show_people([A, B], view(A))
    assert told(board) == []
    board.show_people([A, B], view(A, B))
    assert present(board) == [(OF_B, b"ON")]


def test_strangers_are_told_in_presence_alone(board):
    board.show_people([A], view())
    told(board)
    board.show_people([A], view(strangers=2))
    [(topic, presence)] = told(board)
    assert topic == TOPICS.presence
    assert (json.loads(presence)["unknown"], json.loads(presence)["strangers"]) == (True, 2)


def test_who_was_renamed_in_view_has_the_new_name(board):
    board.show_people([A], view(A))
    told(board)
    board.show_people([Person("a", "Anna")], view(A))
    [(_, presence)] = told(board)
    assert json.loads(presence)["names"] == "Anna"


def test_somebody_who_is_not_known_is_never_in_view(board):
    board.show_people([A], view(A, B))
    *each, (_, presence) = told(board)
    assert each == [(OF_A, b"ON")]
    assert json.loads(presence)["names"] == "A"


def test_of_a_topic_only_the_newest_is_told_in_the_first_ones_place(board):
    board.show_status(b"1")
    board.show_last(b"x", None)
    board.show_status(b"2")
    assert told(board) == [(TOPICS.status, b"2"), (TOPICS.last, b"x")]


def test_the_same_status_is_told_again(board):
    for _ in range(2):
        board.show_status(b"1")
        assert told(board) == [(TOPICS.status, b"1")]


def test_a_connection_is_told_everything_and_at_last_that_we_are_online(board):
    board.show_status(b"1")
    board.show_last(b"x", "a")
    board.show_people([A, B, C], view(A))
    told(board)
    board.show_people([A, B], view(B))  # between two connections
    board.begin()
    gone, *rest = told(board)
    assert gone == (TOPICS.present("c"), b"")
    topics, payloads = zip(*rest, strict=True)
    assert topics == (OF_A, OF_B, TOPICS.presence, TOPICS.status, TOPICS.last, TOPICS.availability)
    assert payloads[:2] == (b"OFF", b"ON")
    assert payloads[-1] == b"online"


def test_a_decision_of_somebody_who_is_forgotten_goes_and_can_come_again(board):
    board.show_last(b"x", "b")
    board.show_people([A, B], view())
    told(board)
    board.show_people([A], view())
    assert (TOPICS.last, b"") in told(board)
    board.show_last(b"x", "a")
    assert told(board) == [(TOPICS.last, b"x")]


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        (TOPICS.present("gone"), b"ON"),
        (TOPICS.last, b'{"person_id": "gone"}'),
        (TOPICS.snapshot, b"a picture of nobody knows whom"),
    ],
)
def test_what_was_left_of_somebody_gone_is_cleared(board, topic, payload):
    board.show_people([A], view())
    told(board)
    board.found(topic, payload)
    assert told(board) == [(topic, b"")]


def test_what_was_left_of_somebody_who_is_known_stays(board):
    board.show_people([A], view())
    told(board)
    board.found(OF_A, b"ON")
    board.found(TOPICS.last, b'{"person_id": "a"}')
    assert told(board) == []


def test_an_old_decision_does_not_take_a_new_one_away(board):
    board.show_last(b"new", None)
    board.found(TOPICS.last, b'{"person_id": "gone"}')
    assert told(board) == [(TOPICS.last, b"new")]


def test_a_picture_of_this_run_stays_until_anybody_is_forgotten(board):
    board.show_people([A, B], view())
    told(board)
    board.told_picture(kept=True)
    board.found(TOPICS.snapshot, b"a picture")
    assert told(board) == []
    board.show_people([A], view())
    assert told(board) == [(OF_B, b""), (TOPICS.snapshot, b"")]
    board.clear_picture()
    assert told(board) == []


def test_what_is_to_be_cleared_still_is_where_everything_is_told_anew(board):
    board.show_people([A, B], view())
    board.begin()
    told(board)
    board.told_picture(kept=True)
    board.show_people([A], view())
    board.begin()  # Home Assistant starts before it was told
    cleared = [topic for topic, payload in told(board) if not payload]
    assert cleared == [OF_B, TOPICS.snapshot]


def test_a_picture_that_is_to_go_does_not_take_the_next_one_along(board):
    board.told_picture(kept=True)
    board.clear_picture()
    board.told_picture(kept=True)
    assert told(board) == []


def test_a_picture_that_is_told_does_not_keep_an_older_one_at_the_broker(board):
    board.told_picture(kept=False)
    board.found(TOPICS.snapshot, b"a picture of another run")
    assert told(board) == [(TOPICS.snapshot, b"")]
    board.told_picture(kept=True)
    board.clear_picture()
    board.told_picture(kept=False)  # before the broker was told
    assert told(board) == [(TOPICS.snapshot, b"")]


@given(st.lists(st.tuples(PEOPLE, PEOPLE, st.booleans(), st.booleans()), max_size=20))
def test_however_often_it_changes_the_broker_ends_with_what_holds(changes):
    board, broker = Board(TOPICS), {}
    last = frozenset({A, B, C}), frozenset({A}), True, False
    for people, in_view, tell, again in [*changes, last]:
        board.show_people(people, InView(in_view))
        if again:
            board.begin()
            for topic, payload in broker.items():
                if payload:
                    board.found(topic, payload)
        if tell or again:
            broker.update(told(board))
    held = {topic: payload for topic, payload in broker.items() if payload and TOPICS.person_in(topic)}
    assert held == {OF_A: b"ON", OF_B: b"OFF", TOPICS.present("c"): b"OFF"}
    assert json.loads(broker[TOPICS.presence])["names"] == "A"


def test_who_goes_takes_all_of_it_away_the_device_first_and_what_older_runs_left_too(board):
    board.show_people([A], view(A))
    told(board)
    board.show_people([A, B], view(A))
    board.clear("device")
    board.leave()
    first, *others, then = told(board)
    assert first == ("device", b"")
    assert set(others) == {(t, b"") for t in (OF_A, OF_B, TOPICS.presence, TOPICS.last, TOPICS.snapshot)}
    assert then == (TOPICS.availability, b"offline")


def test_who_stops_tells_only_who_is_gone(board):
    board.show_people([A, B], view(A))
    told(board)
    board.show_people([A], view())
    board.leave()
    assert told(board) == [(OF_B, b""), (TOPICS.availability, b"offline")]
