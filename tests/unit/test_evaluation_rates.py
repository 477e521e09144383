# SPDX-License-Identifier: Apache-2.0
"""The statistics of `whod evaluate`, against cases worked out by hand and properties that always hold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.evaluation.rates import NEVER, det_curve, threshold_at, wilson
from daemon.evaluation.searches import Searches
from daemon.evaluation.verification import best_threshold, cross_validate, true_match_rate

similarities = st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=60).map(np.array)
some = st.lists(st.floats(-1, 1, width=32) | st.just(NEVER), min_size=1, max_size=60).map(np.array)


@pytest.mark.parametrize(
    ("hits", "count", "low", "high"),
    [(5, 10, 0.23659, 0.76341), (0, 20, 0.0, 0.16113), (20, 20, 0.83887, 1.0), (1, 3000, 0.0000588, 0.0018861)],
)
def test_the_wilson_interval(hits, count, low, high):
    assert wilson(hits, count) == pytest.approx((low, high), abs=1e-5)


@pytest.mark.parametrize(
    ("rate", "passing"),
    [(0.0, []), (0.19, []), (0.2, [0.9]), (0.4, [0.9]), (0.6, [0.9, 0.5, 0.5]), (1.0, [0.9, 0.5, 0.5, 0.1])],
)
def test_the_threshold_lets_as_many_through_as_the_rate_says(rate, passing):
    scores = np.array([0.1, 0.5, NEVER, 0.9, 0.5])
    threshold = threshold_at(scores, rate)
    assert sorted(scores[scores >= threshold], reverse=True) == passing


@given(some, st.floats(0, 1))
def test_never_more_than_the_rate_and_no_lower_threshold_would_do(scores, rate):
    threshold = threshold_at(scores, rate)
    assert (scores >= threshold).mean() <= rate + 1e-9
    lower = scores[(scores < threshold) & np.isfinite(scores)]
    assert not len(lower) or (scores >= lower.max()).mean() > rate - 1e-9


@given(some, st.floats(0, 1), st.floats(0, 1))
def test_a_smaller_rate_never_lowers_the_threshold(scores, one, other):
    assert threshold_at(scores, min(one, other)) >= threshold_at(scores, max(one, other))


@given(some, st.floats(0, 1), st.data())
def test_a_weight_is_as_good_as_repeating(scores, rate, data):
    weights = data.draw(st.lists(st.integers(0, 4), min_size=len(scores), max_size=len(scores)).filter(any))
    repeated = np.repeat(scores, weights)
    weighted = threshold_at(scores, rate, np.array(weights, float))
    assert weighted == threshold_at(repeated, rate)


def test_the_trade_off_of_known_scores():
    different = np.linspace(-1, 0, 1000)
    same = np.array([NEVER, -0.0505, 0.5, 0.6])
    curve = dict(det_curve(same, different))
    assert min(curve) == pytest.approx(0.01)
    assert max(curve) == pytest.approx(0.1)
    assert curve[min(curve)] == 0.5  # -0.0505 is under the ten best of 1,000, the missed face is under everything
    assert curve[max(curve)] == 0.25


@given(similarities, st.integers(100, 400))
def test_the_trade_off_falls(same, count):
    missed = [part for _, part in det_curve(same, np.random.default_rng(count).uniform(-1, 1, count))]
    assert missed == sorted(missed, reverse=True)


def test_too_few_comparisons_have_no_trade_off():
    assert det_curve(np.array([0.5]), np.zeros(99)) == []


@pytest.mark.parametrize(
    ("same", "different", "threshold"), [([0.6, 0.8], [0.1, 0.2], 0.4), ([0.6], [], -0.2), ([], [0.5], 0.75)]
)
def test_the_best_threshold_parts_the_two_kinds(same, different, threshold):
    kinds = np.array([True] * len(same) + [False] * len(different))
    assert best_threshold(np.array([*same, *different]), kinds) == pytest.approx(threshold)


def test_each_fold_is_judged_by_the_others():
    # In the second fold the two are closer than in the first, which says 0.5.
    similarity = np.array([0.9, 0.1, 0.45, 0.3])
    same = np.array([True, False, True, False])
    accuracies, thresholds = cross_validate(similarity, same, np.array([0, 0, 1, 1]))
    assert accuracies == [1.0, 0.5]
    assert thresholds == pytest.approx([0.375, 0.5])


def test_a_missed_face_is_wrong_whatever_the_truth():
    similarity = np.array([0.9, np.nan, 0.9, 0.1])
    accuracies, _ = cross_validate(similarity, np.array([True, False, True, False]), np.array([0, 0, 1, 1]))
    assert accuracies[0] == 0.5


def test_true_matches_at_a_false_match_rate():
    similarity = np.array([0.8, 0.4, np.nan, 0.2, *np.linspace(-1, 0.3, 100)])
    same = np.array([True] * 4 + [False] * 100)
    assert true_match_rate(similarity, same, 0.0) == 0.5
    assert true_match_rate(similarity, same, 0.5) == 0.75


def searches(residents, right, strangers):
    """One search a person."""
    people = len(residents) + len(strangers)
    mated = (np.array(residents), np.array(right), np.arange(len(residents)))
    return Searches.joined([mated], [(np.array(strangers), np.arange(len(residents), people))], people)


def test_the_rates_of_searches_by_hand():
    found = searches([0.9, 0.7, 0.6, NEVER], [True, False, True, True], [0.65, 0.2, NEVER, 0.1])
    point = found.at_threshold(0.65)
    assert (point.fpir, point.fnir, point.misidentified) == (0.25, 0.75, 0.25)
    stricter = found.at_fpir(0.0)
    assert (stricter.fpir, stricter.fnir) == (0.0, 0.75)
    assert 0.65 < stricter.threshold < 0.66
    assert found.at_fpir(0.25).fnir == 0.5


def test_no_error_among_few_people_does_not_mean_much():
    point = searches([0.9] * 10, [True] * 10, [0.1] * 100).at_threshold(0.5)
    assert point.fnir_bounds == pytest.approx((0, 0.308), abs=1e-3)  # 1 - 0.025 ** (1 / 10)
    assert point.fpir_bounds == pytest.approx((0, 0.036), abs=1e-3)


def test_many_searches_for_one_person_are_no_more_certain():
    scores, right = np.array([0.9, 0.1] * 50), np.full(100, True)
    apart = searches(scores, right, [0.0] * 10).at_threshold(0.5).fnir_bounds
    mated = (scores, right, np.arange(100) % 2)
    together = Searches.joined([mated], [(np.zeros(10), np.arange(2, 12))], 12).at_threshold(0.5).fnir_bounds
    assert apart.low > 0.3
    assert apart.high < 0.7
    assert together == (0.0, 1.0)


@given(some, some, st.floats(0, 1), st.floats(0, 1))
def test_whoever_names_fewer_strangers_misses_more_residents(residents, strangers, one, other):
    found = searches(residents, np.full(len(residents), True), strangers)
    strict, lax = found.at_fpir(min(one, other)), found.at_fpir(max(one, other))
    assert strict.threshold >= lax.threshold
    assert strict.fpir <= lax.fpir <= max(one, other) + 1e-9
    assert strict.fnir >= lax.fnir
    for point in (strict, lax):
        assert 0 <= point.fnir_bounds.low <= point.fnir_bounds.high <= 1
