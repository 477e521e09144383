# SPDX-License-Identifier: Apache-2.0
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.gallery import Reason, decide
from daemon.types import Match, Person

ALICE, BOB, CAROL = (Person(name.lower(), name) for name in ("Alice", "Bob", "Carol"))


def candidates(**similarities):
    """Matches by first name, ranked: ``candidates(alice=0.7, bob=0.4)``."""
    people = {person.id: person for person in (ALICE, BOB, CAROL)}
    ranked = sorted(similarities.items(), key=lambda item: -item[1])
    return [Match(people[name], similarity, rank, 1) for rank, (name, similarity) in enumerate(ranked, start=1)]


def decided(matches, *excluded):
    """At a threshold of 0.5 and a margin of 0.1."""
    return decide(matches, 0.5, 0.1, frozenset(person.id for person in excluded))


def test_an_empty_gallery_knows_nobody():
    decision = decided([])
    assert (decision.person, decision.similarity, decision.margin) == (None, 0, 0)
    assert decision.reason is Reason.EMPTY_GALLERY
    assert decision.candidates == ()


def test_the_best_is_accepted_when_it_is_similar_enough_and_clear():
    matches = candidates(alice=0.75, bob=0.25)
    decision = decided(matches)
    assert decision.person == ALICE
    assert (decision.similarity, decision.margin) == (0.75, 0.5)
    assert decision.reason is Reason.ACCEPTED
    assert decision.candidates == tuple(matches)


@pytest.mark.parametrize(
    ("similarities", "reason"),
    [
        ({"alice": 0.5}, Reason.ACCEPTED),
        ({"alice": 0.4999}, Reason.BELOW_THRESHOLD),
        ({"alice": 0.5, "bob": 0.25}, Reason.ACCEPTED),
        ({"alice": 0.75, "bob": 0.7}, Reason.TOO_CLOSE_TO_SECOND),
        ({"alice": 0.45, "bob": 0.44}, Reason.BELOW_THRESHOLD),
        ({"alice": -0.2}, Reason.BELOW_THRESHOLD),
    ],
)
def test_the_limits_belong_to_those_who_pass(similarities, reason):
    assert decided(candidates(**similarities)).reason is reason


def test_the_margin_of_a_lone_person_is_the_distance_to_nothing():
    assert decided(candidates(alice=0.75)).margin == 0.75
    assert decided(candidates(alice=-0.25)).margin == 0


def test_an_unknown_face_still_tells_its_best_candidate():
    decision = decided(candidates(alice=0.4, bob=0.3))
    assert decision.person is None
    assert (decision.similarity, decision.margin) == (0.4, pytest.approx(0.1))


def test_who_is_in_the_frame_already_is_passed_over():
    decision = decided(candidates(alice=0.9, bob=0.75, carol=0.5), ALICE)
    assert decision.person == BOB
    assert (decision.similarity, decision.margin) == (0.75, 0.25)
    assert decision.reason is Reason.ACCEPTED


def test_the_one_in_the_frame_already_does_not_take_from_the_margin():
    assert decided(candidates(alice=0.75, bob=0.74), BOB).person == ALICE


def test_a_second_face_of_the_same_person_is_nobody():
    decision = decided(candidates(alice=0.75, bob=0.25), ALICE)
    assert decision.person is None
    assert decision.reason is Reason.TAKEN
    assert (decision.similarity, decision.margin) == (0.75, 0.5)


def test_a_lone_person_who_is_in_the_frame_already_is_taken():
    decision = decided(candidates(alice=0.75), ALICE)
    assert (decision.reason, decision.similarity, decision.margin) == (Reason.TAKEN, 0.75, 0.75)


def test_a_stranger_beside_a_resident_is_a_stranger():
    assert decided(candidates(alice=0.3, bob=0.1), ALICE).reason is Reason.BELOW_THRESHOLD


similarities = st.floats(-1, 1, allow_subnormal=False)
limits = st.floats(0, 1, allow_subnormal=False)
names = st.sampled_from([f"person-{number}" for number in range(8)])
galleries = st.dictionaries(names, similarities, max_size=8).map(
    lambda people: [Match(Person(name, name), value, 1, 1) for name, value in people.items()]
)
exclusions = st.frozensets(names)


@given(galleries, limits, limits, exclusions)
def test_who_is_accepted_passes_every_rule(matches, threshold, margin, excluded):
    decision = decide(matches, threshold, margin, excluded)
    free = sorted((m.similarity for m in matches if m.person.id not in excluded), reverse=True)
    should = bool(free) and free[0] >= threshold and free[0] - (free[1] if len(free) > 1 else 0) >= margin
    assert (decision.person is not None) == (decision.reason is Reason.ACCEPTED) == should
    if decision.person:
        assert decision.person.id not in excluded
        assert decision.similarity == free[0]


@given(galleries, limits, limits, limits, exclusions)
def test_a_lower_threshold_or_margin_names_the_same_people_and_more(matches, limit, other, lower, excluded):
    strict = decide(matches, limit, other, excluded)
    if strict.person:
        assert decide(matches, min(limit, lower), other, excluded).person == strict.person
        assert decide(matches, limit, min(other, lower), excluded).person == strict.person


@given(st.data(), galleries, limits, limits, exclusions)
def test_the_order_of_the_candidates_does_not_matter(data, matches, threshold, margin, excluded):
    shuffled = data.draw(st.permutations(matches))
    assert decide(shuffled, threshold, margin, excluded) == decide(matches, threshold, margin, excluded)


@given(galleries, limits, limits, exclusions)
def test_the_figures_are_of_their_kind(matches, threshold, margin, excluded):
    decision = decide(matches, threshold, margin, excluded)
    assert -1 <= decision.similarity <= 1
    assert 0 <= decision.margin <= 2
    assert [m.similarity for m in decision.candidates] == sorted((m.similarity for m in matches), reverse=True)
    assert (decision.reason is Reason.EMPTY_GALLERY) == (not matches)


@given(galleries, limits)
def test_who_is_accepted_stays_so_when_a_rival_is_excluded(matches, threshold):
    accepted = decide(matches, threshold, 0).person
    for match in matches:
        if accepted and match.person != accepted:
            assert decide(matches, threshold, 0, frozenset({match.person.id})).person == accepted
