# SPDX-License-Identifier: Apache-2.0
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from daemon.ahead import made_ahead


def test_all_are_made_once_and_in_order():
    assert list(made_ahead(str, range(50))) == [str(number) for number in range(50)]
    assert list(made_ahead(str, [])) == []


def test_the_next_is_made_while_one_is_in_use_and_no_more():
    started = [threading.Event() for _ in range(6)]

    def make(number):
        started[number].set()
        return number

    for number in made_ahead(make, range(6)):
        if 0 < number < 5:
            assert started[number + 1].wait(10)
        assert not any(event.is_set() for event in started[number + 2 :])


def test_one_alone_needs_no_thread():
    makers = made_ahead(lambda _: threading.current_thread(), [0])
    assert next(makers) is threading.current_thread()


def test_what_cannot_be_made_is_raised_in_its_turn():
    made = made_ahead(lambda number: 12 // number, [3, 2, 0, 1])
    assert [next(made), next(made)] == [4, 6]
    with pytest.raises(ZeroDivisionError):
        next(made)


def test_whoever_stops_early_does_not_wait_for_what_is_being_made():
    begun, go_on = threading.Event(), threading.Event()

    def make(number):
        if number == 2:
            begun.set()
            assert go_on.wait(60)
        return number

    made = made_ahead(make, range(9))
    assert [next(made), next(made)] == [0, 1]
    assert begun.wait(10)
    with ThreadPoolExecutor(1) as closer:
        closer.submit(made.close).result(timeout=10)
    go_on.set()
