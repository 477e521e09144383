# SPDX-License-Identifier: Apache-2.0
"""Groups of visits by likeness, against the same by definition, and against scipy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.cluster.hierarchy import fcluster, linkage
from support_visits import around, face

from daemon.faces import ALIKE, best_of, group, mean_of


def people(seed, sizes, noise):
    """Vectors of so many people, in any order, and whose they are."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(len(sizes), 24))
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    whose = random.permutation(np.repeat(np.arange(len(sizes)), sizes))
    vectors = centres[whose] + noise * random.normal(size=(len(whose), 24)) / np.sqrt(24)
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32), whose


CROWDS = st.builds(
    people, st.integers(0, 10**6), st.lists(st.integers(1, 7), min_size=1, max_size=9), st.floats(0.1, 1.5)
)


@given(CROWDS, st.floats(0.1, 0.9))
def test_each_is_in_one_group_and_the_order_is_that_of_time(crowd, alike):
    groups = group(crowd[0], alike)
    assert sorted(place for places in groups for place in places) == list(range(len(crowd[0])))
    assert all(places == sorted(places) for places in groups)
    assert groups == sorted(groups)


@given(CROWDS, st.floats(0.1, 0.9))
def test_no_two_groups_are_left_that_should_be_one(crowd, alike):
    vectors, _ = crowd
    groups = group(vectors, alike)
    means = vectors @ vectors.T
    for i, one in enumerate(groups):
        for other in groups[:i]:
            assert means[np.ix_(one, other)].mean() < alike + 1e-5


@given(CROWDS, st.floats(0.1, 0.9))
def test_it_is_average_linkage(crowd, alike):
    vectors, _ = crowd
    if len(vectors) < 2:
        return
    merges = linkage(vectors.astype(float), "average", "cosine")
    if np.abs(merges[:, 2] - (1 - alike)).min() < 1e-4:
        return  # too near to tell apart in float32
    labels = fcluster(merges, 1 - alike, "distance")
    expected = sorted(np.flatnonzero(labels == label).tolist() for label in np.unique(labels))
    assert group(vectors, alike) == expected


def test_people_who_are_clearly_different_are_told_apart():
    vectors, whose = people(1, [5, 1, 8, 2], noise=0.5)
    assert [set(whose[places].tolist()) for places in group(vectors)] == [
        {whose[places[0]]} for places in group(vectors)
    ]
    assert len(group(vectors)) == 4


@pytest.mark.parametrize("count", [0, 1])
def test_few(count):
    assert group(np.eye(4, dtype=np.float32)[:count], ALIKE) == [[0]] * count


def test_copies_are_one_group():
    assert group(np.repeat(np.eye(4, dtype=np.float32)[:1], 5, axis=0)) == [[0, 1, 2, 3, 4]]


def test_the_mean_goes_by_quality():
    moments = face([around(0, noise=0), around(1, noise=0)]).moments
    mean = mean_of([moments[0]._replace(quality=0.9), moments[1]._replace(quality=0.3)])
    assert mean[0] == pytest.approx(3 * mean[1])
    assert np.linalg.norm(mean) == pytest.approx(1)
    assert np.isfinite(mean_of([moments[0]._replace(quality=0.0)])).all()


def test_what_is_learned_is_good_and_different():
    good = face([around(0, i) for i in range(4)], quality=0.9)
    poor = face([around(1)], quality=0.3)
    found = best_of([good, poor], 3)
    assert len(found) == 3
    assert {observation.quality for observation in found} == {0.9}
    assert len({observation.embedding.vector.tobytes() for observation in found}) == 3
    assert best_of([poor], 3)[0].quality == 0.3
