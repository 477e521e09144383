# SPDX-License-Identifier: Apache-2.0
"""The feed of what happens now."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from daemon.feed import Feed

if TYPE_CHECKING:
    from daemon.feed import Listener


@pytest.fixture
def feed() -> Feed:
    return Feed("b007cafe-1234", 3)


def heard(listener: Listener) -> tuple[bool, list[int]]:
    found = listener.next(0)
    assert found is not None
    missed, told = found
    return missed, [one.record["n"] for one in told]


def listen(feed: Feed, after: str | None = None) -> Listener:
    listener = feed.listen(after)
    assert listener is not None
    return listener


def test_a_listener_hears_what_comes(feed: Feed) -> None:
    feed.tell({"n": 0})
    first, second = listen(feed), listen(feed)
    assert heard(first) == (False, [])
    feed.tell({"n": 1})
    feed.tell({"n": 2})
    assert heard(first) == (False, [1, 2])
    assert heard(first) == (False, [])
    feed.tell({"n": 3})
    assert heard(first) == (False, [3])
    assert heard(second) == (False, [1, 2, 3])


def test_a_place_is_where_to_go_on(feed: Feed) -> None:
    listener = listen(feed)
    for n in range(3):
        feed.tell({"n": n})
    _, told = listener.next(0) or (True, [])
    places = [feed.place(one) for one in told]
    listener.close()
    assert [heard(listen(feed, place)) for place in places] == [(False, [1, 2]), (False, [2]), (False, [])]


@pytest.mark.parametrize(
    "place", ["", "b007cafe-", "b007cafe-4", "b007cafe--1", "deadbeef-1", "1", "b007cafe-" + "9" * 5000, "b007cafe-²"]
)
def test_an_unknown_place_begins_with_what_is_kept_and_says_so(feed: Feed, place: str) -> None:
    for n in range(3):
        feed.tell({"n": n})
    listener = listen(feed, place)
    assert heard(listener) == (True, [0, 1, 2])
    assert heard(listener) == (False, [])


def test_one_who_is_too_slow_finds_a_gap(feed: Feed) -> None:
    listener = listen(feed)
    for n in range(501):
        feed.tell({"n": n})
    missed, found = heard(listener)
    assert (missed, found[0], len(found)) == (True, 1, 500)
    feed.tell({"n": 501})
    assert heard(listener) == (False, [501])


def test_only_so_many_may_listen(feed: Feed) -> None:
    listeners = [listen(feed) for _ in range(3)]
    assert (feed.listen(), feed.listeners) == (None, 3)
    listeners[0].close()
    listeners[0].close()
    assert feed.listeners == 2
    listen(feed)
    assert feed.listen() is None


def test_a_waiting_listener_is_woken(feed: Feed) -> None:
    for wake, expected in ((lambda: feed.tell({"n": 1}), (False, [1])), (feed.close, None)):
        listener, found = listen(feed), []
        thread = threading.Thread(target=lambda: found.append(listener.next(30)))  # noqa: B023
        thread.start()
        wake()
        thread.join(5)
        assert not thread.is_alive()
        got = found[0] and (found[0][0], [one.record["n"] for one in found[0][1]])
        assert got == expected


def test_who_is_forgotten_is_nowhere_in_it(feed: Feed) -> None:
    feed.tell({"n": 1, "person_id": "a", "name": "Alice"})
    feed.tell({"n": 2, "person_id": "b", "name": "Bob"})
    assert feed.forget("a") == 0
    _, told = listen(feed, "begin").next(0) or (True, [])
    assert [one.record for one in told] == [
        {"n": 1, "person_id": None, "name": None},
        {"n": 2, "person_id": "b", "name": "Bob"},
    ]
