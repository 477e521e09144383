# SPDX-License-Identifier: Apache-2.0
"""How often may be guessed (W3): at most 20 a minute whatever the sources, and the owner still gets in."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from daemon.access.guesses import DEVICES, STRANGERS, Guesses

MINUTE_S = 60.0
Sources = st.sampled_from([None, "a", "b", "c", "d"])
Steps = st.lists(st.tuples(Sources, st.floats(0.0, 20.0), st.sampled_from([False, False, True])), max_size=150)


def most_in_a_minute(times: list[float]) -> int:
    return max((sum(start <= at <= start + MINUTE_S for at in times) for start in times), default=0)


def test_what_was_kept_is_never_fuller_than_full() -> None:
    """A file that is damaged does not lock the owner out for years."""
    guesses = Guesses({STRANGERS: 1e12}, 0.0)
    assert guesses.take(None, 0.0) == 10
    assert guesses.take(None, 10.0) == 0


@given(Steps)
def test_at_most_twenty_in_any_minute(steps: list[tuple[str | None, float, bool]]) -> None:
    """From any sources at any times, with any number of restarts between."""
    guesses, now, taken = Guesses({}, 0.0), 0.0, []
    kept: dict[str, float] = {}
    for device, pause, restart in steps:
        if restart:
            guesses = Guesses(kept, now)
        now += pause
        if not guesses.take(device, now):
            kept |= guesses.used(device)
            taken.append(now)
    assert most_in_a_minute(taken) <= 20


def test_a_flood_gets_twenty_a_minute_and_no_more() -> None:
    guesses = Guesses({}, 0.0)
    taken = []
    for tenth in range(6000):
        now = tenth / 10
        taken += [now for device in (None, "a", "b", "c") if not guesses.take(device, now)]
    assert 18 <= most_in_a_minute(taken) <= 20
    assert 12 <= len(taken) / 10 <= 13  # as the buckets leak


def test_the_owners_device_gets_in_while_strangers_flood() -> None:
    guesses = Guesses({}, 0.0)
    for tenth in range(6000):
        guesses.take(None, tenth / 10)
    assert guesses.take(None, 599.9) > 0
    assert guesses.take("phone", 599.9) == 0


def test_the_owner_gets_in_within_30_s_while_everybody_floods_and_after_typing_it_wrong() -> None:
    guesses = Guesses({}, 0.0)
    for tenth in range(3000):
        for device in (None, "tablet"):  # one that has an old password kept in it
            guesses.take(device, tenth / 10)
    now = 300.0
    while not guesses.take("phone", now):
        pass
    waits = [guesses.take("phone", now)]
    assert 0 < waits[0] <= 30
    assert guesses.take("phone", now + waits[0]) == 0


def test_the_wait_that_is_told_is_enough_and_no_longer_than_needed() -> None:
    for device in (None, "phone"):
        guesses, now = Guesses({}, 0.0), 0.0
        while not (wait := guesses.take(device, now)):
            pass
        assert guesses.take(device, now + wait - 1) > 0
        assert guesses.take(device, now + wait) == 0


def test_what_was_right_is_no_guess() -> None:
    guesses = Guesses({}, 0.0)
    for _ in range(100):
        assert guesses.take("phone", 0.0) == 0
        guesses.give_back("phone")
    assert guesses.used("phone") == {"phone": 0.0, DEVICES: 0.0}


def test_a_restart_gives_no_guess() -> None:
    guesses = Guesses({}, 0.0)
    while not guesses.take(None, 5.0):
        pass
    again = Guesses(guesses.used(None), 90_000.0)
    assert again.take(None, 90_000.0) > 0
    levels = []
    for _ in range(10):
        again = Guesses(again.used(None), 0.0)
        again.take(None, 0.0)
        levels.append(again.used(None)[STRANGERS])
    assert all(before <= after for before, after in pairwise(levels))
