# SPDX-License-Identifier: Apache-2.0
"""The words of `whod explain`."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from support_visits import ALICE, BOB, NOW, event, visit, why

from daemon.clock import iso
from daemon.gallery import Reason
from daemon.service.accounts import REASONS, RULES, of_decision, of_visit
from daemon.types import Account, Decision, EventType, Explanation, Match, Rule

NAMES = {"a": "Alice", "b": "Bob"}


def decision(**changes):
    told = replace(event(), **changes)
    # As it comes from the history: without names.
    kept = Explanation.from_json(json.loads(json.dumps(told.why.as_json())))
    return Decision(
        event_id=told.event_id,
        sighting_id=told.sighting_id,
        event_type=told.event_type,
        camera=told.camera,
        person_id=told.person and told.person.id,
        similarity=told.similarity,
        margin=told.margin,
        votes=told.votes,
        quality=told.quality,
        captured_at=NOW,
        retracts=told.retracts,
        simulated=told.simulated,
        why=kept,
    )


def told(**changes):
    return of_decision(decision(**changes), NAMES.get)


def test_who_was_identified_and_why():
    sentences = told().sentences
    assert sentences[0].endswith("camera main: the visitor was identified as Alice.")
    assert sentences[1:] == (
        "Enough looks agreed, and all together were clearly more like Alice than is required.",
        "3 of 3 looks agreed that it was Alice; 3 must (tracking.min_votes).",
        (
            "All looks together: Alice is similar enough, 0.71 where 0.58 is required, and 0.20 ahead of anybody "
            "else, where 0.05 is required (gallery.margin)."
        ),
        (
            "What is required is the setting gallery.threshold, 0.55, and 0.03 more, as the face and Alice are also "
            "like others of the gallery."
        ),
        "Candidate 1: Alice, similarity 0.71, required 0.58, 5 votes of the nearest samples.",
        "Candidate 2: Bob, similarity 0.51, required 0.58, 4 votes of the nearest samples.",
        *["Look after 0.4 s: quality 0.83, most like Alice, 0.70, agrees."] * 3,
    )


@pytest.mark.parametrize("rule", Rule)
@pytest.mark.parametrize("reason", sorted(set(Reason) - {Reason.OTHER_PERSON}))  # that is of pictures only
def test_there_are_words_for_whatever_there_is(rule, reason):
    for people in ((), (ALICE,), (ALICE, BOB)):
        if people or reason is not Reason.ACCEPTED:
            account = told(person=None, why=why(*people, rule=rule, reason=reason))
            assert RULES[rule].split("{")[0] in account.sentences[1]
            assert REASONS[reason].split("{")[0] in account.sentences[3]
            assert not any("{" in sentence or "None" in sentence for sentence in account.sentences)


@pytest.mark.parametrize("kind", EventType)
def test_there_are_words_for_each_event(kind):
    assert "the visitor was" in (head := told(event_type=kind).sentences[0]) or "of the visitor was" in head


def test_who_was_forgotten_since_has_no_name():
    account = of_decision(decision(), {"b": "Bob"}.get)
    assert "identified as someone since forgotten" in account.sentences[0]
    assert account.numbers["name"] is None
    assert account.numbers["candidates"][1]["name"] == "Bob"
    assert "Alice" not in json.dumps(account.as_json())


def test_a_name_is_that_of_now():
    assert "Alicia" in of_decision(decision(), {"a": "Alicia", "b": "Bob"}.get).sentences[0]


def test_it_is_about_who_was_found_also_where_somebody_else_was_nearer():
    account = told(person=BOB, why=why(ALICE, BOB, found=BOB))
    assert account.sentences[3].startswith("All looks together: Bob is similar enough")


def test_without_a_crowd_the_threshold_is_what_is_required():
    reasons = why(ALICE)
    (match,) = reasons.identification.candidates
    found = replace(reasons.identification, candidates=(replace(match, required=0.55),))
    sentences = told(why=replace(reasons, identification=found)).sentences
    assert "What is required is the setting gallery.threshold, 0.55." in sentences


def test_the_numbers():
    numbers = told(retracts="e0").numbers
    assert numbers["rule"] == "sure"
    assert numbers["reason"] == "accepted"
    assert (numbers["similarity"], numbers["required"], numbers["votes"]) == (0.71, 0.58, [3, 3])
    assert numbers["settings"] == {"gallery.threshold": 0.55, "gallery.margin": 0.05, "tracking.min_votes": 3}
    assert numbers["observations"][0] == {
        "after_s": 0.4, "quality": 0.83, "person_id": "a", "name": "Alice", "similarity": 0.7, "agrees": True,
    }  # fmt: skip
    assert numbers["at"] == iso(NOW)
    assert numbers["retracts"] == "e0"


def test_the_end_of_a_visit():
    seen = visit(None)
    account = of_visit(seen, why(ALICE, rule=Rule.LEFT, reason="below_threshold"), NAMES.get)
    assert account.sentences[0].endswith("the visit of somebody unknown had ended.")
    assert account.sentences[1].startswith("The visitor left")
    assert (account.numbers["sighting_id"], account.numbers["event_type"]) == (seen.sighting_id, "sighting")
    assert of_visit(visit(ALICE), why(ALICE), NAMES.get).sentences[0].endswith("a visit of Alice had ended.")


CLEARLY = why(ALICE, BOB, rule=Rule.LEFT)
NOT_CLEARLY = replace(CLEARLY, observations=(CLEARLY.observations[0], CLEARLY.observations[1]._replace(agrees=False)))
JUST = replace(
    CLEARLY,
    identification=replace(CLEARLY.identification, candidates=(Match(ALICE, 0.71, 1, 5, 0.65),)),
)


@pytest.mark.parametrize(
    ("now", "why_then", "corrected"),
    [
        (None, why(ALICE), True),
        (BOB, why(ALICE, BOB), True),
        (ALICE, why(ALICE), False),
        (None, CLEARLY, True),
        (ALICE, CLEARLY, False),
        (None, NOT_CLEARLY, False),
        (ALICE, NOT_CLEARLY, True),
        (None, JUST, False),
        (ALICE, why(ALICE, rule=Rule.TIME_IS_UP, reason="below_threshold"), True),
        (None, why(ALICE, rule=Rule.HOPELESS, reason="below_threshold"), False),
        (None, why(rule=Rule.LEFT, reason="empty_gallery"), False),
    ],
)
def test_the_end_of_a_visit_that_was_corrected(now, why_then, corrected):
    account = of_visit(visit(now), why_then, NAMES.get)
    assert account.numbers["corrected"] is corrected
    assert account.sentences[1].startswith("Whose visit it was has been corrected since") is corrected


def test_what_is_said_of_a_corrected_visit_is_of_whom_it_was_taken_for():
    account = of_visit(visit(BOB), why(ALICE, BOB), NAMES.get)
    assert "more like Alice than is required" in account.sentences[2]
    assert (account.numbers["about"], account.numbers["votes"]) == (1, [3, 3])
    assert of_visit(visit(None), why(ALICE), NAMES.get).numbers["votes"] == [3, 3]
    assert of_visit(visit(None), why(rule=Rule.LEFT, reason="empty_gallery"), NAMES.get).numbers["about"] is None


def test_the_votes_for_a_stranger_are_those_for_nobody():
    left = why(ALICE, rule=Rule.LEFT, reason="below_threshold")
    left = replace(left, observations=tuple(noted._replace(agrees=False) for noted in left.observations))
    account = of_visit(visit(None), left, NAMES.get)
    assert account.numbers["votes"] == [3, 3]
    assert "0 of 3 looks agreed that it was Alice; 3 must (tracking.min_votes)." in account.sentences


def test_it_comes_back_from_json():
    account = told()
    assert Account.from_json(json.loads(json.dumps(account.as_json()))) == account
