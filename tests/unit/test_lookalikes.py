# SPDX-License-Identifier: Apache-2.0
"""Who is like whom in a gallery, against the gallery itself without the sample that is looked for."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support_memory import peak

from daemon.config import load
from daemon.errors import InputError
from daemon.gallery import decide
from daemon.gallery.decide import required
from daemon.gallery.index import CROWD, Index, crowd
from daemon.gallery.leave_one_out import leave_one_out, nearest_people
from daemon.gallery.lookalikes import PAIRS, look_alikes
from daemon.gallery.thresholds import advise, measured_threshold, own_threshold
from daemon.types import Match, Person

SETTINGS = load().settings.gallery
D = 64


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)


def directions(count, seed=0):
    return unit(np.random.default_rng(seed).normal(size=(count, D)))


def samples(people, each, noise=0.7, seed=0):
    """`each` samples of as many people as there are `people`, which are directions; (people, each, D)."""
    around = directions(len(people) * each, seed + 1).reshape(len(people), each, D)
    return unit(people[:, np.newaxis] + noise * around)


def index_of(*people):
    """An index of the people 0, 1, …, each with some samples."""
    owners = [str(place) for place, own in enumerate(people) for _ in own]
    return Index.build(owners, np.concatenate(people))


def alike(*people, negatives=None, settings=SETTINGS):
    return look_alikes(index_of(*people), negatives or {}, settings)


def by_the_gallery(people, place, number, negatives, settings):
    """What the gallery says of a sample without it, one step after the other."""
    face = people[place][number]
    rest = [np.delete(own, number, axis=0) if p == place else own for p, own in enumerate(people)]
    there = [str(p) for p, own in enumerate(rest) if len(own)]
    index = Index.build([str(p) for p, own in enumerate(rest) for _ in own], np.concatenate(rest))
    whole = index_of(*people)
    found = index.nearest_people(face, len(there) + CROWD, index.search(face, 7))
    matches = []
    for rank, (at, similarity) in enumerate(found.best(len(there)), 1):
        person = Person(index.person_ids[at], "")
        other = index if person.id == str(place) else whole
        of_person = other.crowd_of(other.person_ids.index(person.id))
        of_face = crowd(found.similarities[found.people != at])
        counters = negatives.get(person.id)
        counter = None if counters is None else float((counters @ face).max())
        limit = required(settings.threshold, of_face, of_person)
        matches.append(Match(person, similarity, rank, 1, limit, counter))
    own = next((match.similarity for match in matches if match.person.id == str(place)), -np.inf)
    named = decide(matches, settings.threshold, settings.margin).person
    return own, int(named.id) if named else -1


@pytest.mark.parametrize("seed", range(4))
def test_each_sample_is_decided_as_by_the_gallery_without_it(seed, monkeypatch):
    monkeypatch.setattr("daemon.gallery.leave_one_out._BLOCK", 200)
    centres = directions(9, seed)
    centres[1] = unit(centres[0] + 0.6 * centres[8])
    settings = replace(SETTINGS, threshold=0.4)
    people = [samples(centres[p : p + 1], 1 + p % 4, 1.2, seed + p)[0] for p in range(8)]
    negatives = {"0": samples(centres[1:2], 2, 0.5, 99)[0], "5": samples(people[5][:1], 1, 0.3, 98)[0]}
    index = index_of(*people)
    found = leave_one_out(index, negatives, nearest_people(index), settings.threshold, settings.margin)
    assert len(found.own) == len(index)
    assert len(set(found.named.tolist())) > 3
    for place, number, own, named in zip(found.places, found.numbers, found.own, found.named, strict=True):
        expected, who = by_the_gallery(people, place, number, negatives, settings)
        assert own == pytest.approx(expected, abs=1e-5)
        assert named == who


def test_a_thousand_samples_take_little_memory():
    index = index_of(*samples(directions(330), 3))
    near = nearest_people(index)
    assert peak(lambda: leave_one_out(index, {}, near, 0.5, 0.05)) < 10e6


def test_a_person_who_is_left_out_is_a_stranger(monkeypatch):
    monkeypatch.setattr("daemon.gallery.leave_one_out._BLOCK", 100)
    centres = directions(8, 3)
    centres[1] = unit(centres[0] + 0.5 * centres[7])
    people = [samples(centres[p : p + 1], 3, 0.7, p)[0] for p in range(7)]
    index = index_of(*people)
    found = leave_one_out(index, {}, nearest_people(index), 0.5, 0.05)
    for place, number, foreign in zip(found.places, found.numbers, found.foreign, strict=True):
        rest = index.without(str(place))
        face = people[place][number]
        near = rest.nearest_people(face, 6, rest.search(face, 20))
        best, second = near.similarities[:2]
        limit = required(0, crowd(near.similarities[1:]), rest.crowd_of(int(near.people[0])))
        expected = best - limit if best - second >= 0.05 else -np.inf
        assert foreign == pytest.approx(expected, abs=1e-5)


def test_of_a_large_gallery_some_samples_are_looked_for(monkeypatch):
    monkeypatch.setattr("daemon.gallery.leave_one_out.MOST", 10)
    found = alike(*samples(directions(5), 5))
    assert found.counts.tolist() == [5] * 5
    assert sum(found.tested) == 9


class TestNothingIsWrong:
    def test_people_who_are_apart(self):
        found = alike(*samples(directions(6), 4))
        assert found.odd == found.couples == ()
        assert (found.tested.tolist(), sum(found.missed), sum(found.mistaken)) == ([4] * 6, 0, 0)
        assert all(found.required > SETTINGS.threshold)
        assert all(found.lowest > 0.5)

    @given(copies=st.integers(2, 6), seed=st.integers(0, 50))
    def test_copies_of_a_sample_never_warn(self, copies, seed):
        one, *others = samples(directions(5, seed), 3, seed=seed)
        found = alike(np.repeat(one[:1], copies, axis=0), *others)
        assert found.lowest[0] == pytest.approx(1, abs=1e-5)
        assert not [odd for odd in found.odd if odd.place == 0]
        assert found.missed[0] == found.mistaken[0] == 0

    def test_somebody_alone(self):
        found = alike(samples(directions(1), 3)[0])
        assert found.odd == found.couples == ()
        assert found.pairs() == []
        assert found.nearest.people.tolist() == [[-1] * (CROWD + 1)]
        assert found.required == pytest.approx(SETTINGS.threshold)

    def test_a_person_with_one_sample_is_not_tested(self):
        one, other = samples(directions(2), 3)
        found = alike(one[:1], other)
        assert found.tested.tolist() == [0, 3]
        assert found.missed.tolist() == [0, 0]
        assert found.lowest[0] == np.inf


class TestOddSamples:
    @given(seed=st.integers(0, 50), each=st.integers(2, 6), first=st.integers(0, 5), second=st.integers(0, 5))
    def test_two_that_are_exchanged_are_found(self, seed, each, first, second):
        first, second = first % each, second % each
        people = samples(directions(6, seed), each, seed=seed)
        people[2, first], people[4, second] = people[4, second].copy(), people[2, first].copy()
        odd = {(one.place, one.number): one for one in alike(*people).odd}
        assert odd.keys() >= {(2, first), (4, second)}
        if each > 3:  # with fewer, what is right is nearly as unlike the wrong one
            assert odd.keys() == {(2, first), (4, second)}
            assert (odd[2, first].other, odd[4, second].other) == (4, 2)
            assert odd[2, first].similarity > odd[2, first].own

    def test_a_stranger_is_like_nobody(self):
        people = samples(directions(4), 4)
        people[1, 3] = directions(1, 77)[0]
        (odd,) = alike(*people).odd
        assert (odd.place, odd.number, odd.other) == (1, 3, None)

    @given(order=st.permutations(range(12)), seed=st.integers(0, 20))
    def test_the_order_does_not_matter(self, order, seed):
        people = samples(directions(4, seed), 3, 1.2, seed=seed)
        people[0, 1] = people[3, 0]
        owners, rows = [f"p{i // 3}" for i in range(12)], people.reshape(12, D)
        one, other = (
            told(Index.build([owners[i] for i in places], rows[list(places)])) for places in (range(12), order)
        )
        assert one == other


def told(index):
    """What is found of each person and sample, whatever their places."""
    found = look_alikes(index, {}, SETTINGS)
    ids = index.person_ids
    odd = {(ids[one.place], index.samples_of(ids[one.place])[one.number].tobytes()) for one in found.odd}
    couples = {frozenset((ids[one.first], ids[one.second])) for one in found.couples}
    people = {
        id_: (int(found.missed[p]), int(found.mistaken[p]), round(float(found.lowest[p]), 4))
        for p, id_ in enumerate(ids)
    }
    return odd, couples, people


class TestAlike:
    @pytest.mark.parametrize("each", [1, 2, 4])
    def test_somebody_who_is_enrolled_twice(self, each):
        one, other, third = samples(directions(3), 2 * each, 0.4)
        found = alike(one[:each], other, one[each:], third)
        ((first, second, similarity),) = found.couples
        assert (first, second) == (0, 2)
        assert similarity > 0.8
        assert found.odd == ()
        assert found.pairs()[0][:2] == (0, 2)

    def test_one_wrong_sample_does_not_make_two_alike(self):
        one, other = samples(directions(2), 3)
        found = alike(np.concatenate([one[:2], other[:1]]), other[1:])
        assert found.couples == ()
        assert [(odd.place, odd.number) for odd in found.odd] == [(0, 2)]

    def test_the_closest_pairs(self):
        people = samples(directions(40), 2, 0.1)
        found = alike(*people)
        prototypes = unit(people.sum(axis=1))
        cosines = prototypes @ prototypes.T
        pairs = sorted(((float(cosines[a, b]), a, b) for a in range(40) for b in range(a)), reverse=True)[:PAIRS]
        assert [(pair.first, pair.second) for pair in found.pairs()] == [(b, a) for _, a, b in pairs]

    def test_who_is_like_others_needs_more(self):
        centres = directions(6, 5)
        centres[1] = unit(centres[0] + centres[1])
        found = alike(*samples(centres, 4))
        assert min(found.required[:2]) > max(found.required[2:])


class TestThresholds:
    def test_a_lower_rate_needs_a_higher_threshold(self):
        rates = [0.05, 0.01, 0.001, 0.0003]
        thresholds = [measured_threshold(rate) for rate in rates]
        assert thresholds == sorted(thresholds)
        assert 0.4 < thresholds[0] < thresholds[-1] < 0.6

    @pytest.mark.parametrize("rate", [0, -1, 1e-4, 0.06, 1, float("nan"), float("inf")])
    def test_a_rate_that_was_not_measured(self, rate):
        with pytest.raises(InputError, match=r"from 0\.0003 to 0\.05"):
            measured_threshold(rate)

    def test_the_shipped_threshold_is_of_a_rate_that_was_measured(self):
        assert measured_threshold(0.001) < SETTINGS.threshold < measured_threshold(0.0003)

    @given(
        scores=st.lists(st.floats(-1, 1, width=32), min_size=20, max_size=60),
        people=st.integers(20, 20),
        rate=st.sampled_from([0.05, 0.1, 0.3]),
    )
    def test_ones_own_threshold_keeps_the_rate(self, scores, people, rate):
        foreign = np.array(scores, np.float32)
        owners = np.arange(len(scores)) % people
        threshold = own_threshold(foreign, owners, rate)
        weights = 1 / np.bincount(owners)[owners]
        assert weights[foreign >= threshold].sum() <= rate * people + 1e-6
        lower = foreign[foreign < threshold]
        if len(lower):
            assert weights[foreign >= lower.max()].sum() > rate * people

    def test_too_few_people_say_nothing(self):
        assert own_threshold(np.full(19, 0.9, np.float32), np.arange(19), 0.05) is None
        assert advise(0.001, alike(*samples(directions(3), 2))).own is None

    def test_nobody_who_would_be_named_asks_for_nothing(self):
        assert own_threshold(np.full(30, -np.inf, np.float32), np.arange(30), 0.05) == 0

    def test_look_alikes_raise_it_and_nothing_lowers_it(self):
        apart = alike(*samples(directions(30), 2, 0.2))
        advice = advise(0.05, apart)
        assert advice.own is not None
        assert advice.own < advice.measured == advice.threshold
        twins = np.concatenate([directions(15), unit(directions(15) + 0.5 * directions(15, 9))])
        advice = advise(0.05, alike(*samples(twins, 2, 0.2)))
        assert advice.threshold == advice.own > advice.measured
        assert advise(0.05, None).threshold == advice.measured
