# SPDX-License-Identifier: Apache-2.0
"""A visit that was somebody else's: put right, and what that would change tried before."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from support_visited import seen
from support_visits import MODEL, NOW, around, event, face, why

from daemon.errors import BadName, LookAlikeName, NoFaceKept, NoSuchPerson, NoSuchVisit, OtherPerson
from daemon.types import Change, Embedding, EventType, Trial


def negatives(house, name):
    return house.people.person(name).negatives


def told(end):
    return end.person and end.person.name, round(end.similarity, 5)


def ends(house):
    """Of the visits on which somebody is recognised by the gallery of now, who, and how similar."""
    nobody = house.visits.replay(Trial(40, settings=("tracking.min_votes=10", "gallery.threshold=0.95")))
    return {rerun.sighting_id: told(rerun.now) for rerun in nobody.changed}


class TestCorrect:
    def test_it_was_somebody_new(self, house):
        alice = house.enrol("Alice", 5)
        wrong, right = house.came(6, alice), house.came(5, alice)
        done = house.visits.correct(wrong, "Bob")
        assert (done.change, done.person.name, done.sighting_ids) == (Change.CREATED, "Bob", (wrong,))
        assert [house.who(each) for each in (wrong, right)] == ["Bob", "Alice"]
        assert 1 <= negatives(house, "Alice") <= 3
        assert house.gallery.identify(Embedding(around(6, 999), MODEL)).person == done.person
        assert house.changes == 1

    @pytest.mark.parametrize("by", ["name", "id", "decision"])
    def test_it_was_somebody_who_is_there(self, house, by):
        alice, bob = house.enrol("Alice", 5), house.enrol("Bob", 6)
        wrong = house.came(6, alice)
        told = event(alice, sighting_id=wrong)
        house.events.decide(told)
        done = house.visits.correct(told.event_id if by == "decision" else wrong, bob.id if by == "id" else "bob")
        assert (done.change, done.person) == (Change.UPDATED, bob)
        assert house.who(wrong) == "Bob"
        assert len(house.people.people()) == 2

    def test_an_unknown_visit_makes_no_counter_example(self, house):
        house.enrol("Alice", 5)
        house.visits.correct(house.came(6), "Bob")
        assert negatives(house, "Alice") == 0

    def test_it_was_them_after_all(self, house):
        alice = house.enrol("Alice", 5)
        visited = house.came(5, alice)
        house.visits.disown("Alice", visited)
        house.visits.correct(visited, "Alice")
        assert negatives(house, "Alice") == 0
        assert house.who(visited) == "Alice"

    @pytest.mark.parametrize("who", ["Bob", None])
    def test_what_was_learned_of_it_goes(self, house, who):
        """An unknown visitor was given the wrong name."""
        right, wrong = house.came(5), house.came(6)
        house.unknowns.assign(right, "Alice")
        house.unknowns.assign(wrong, "Alice")
        tried = house.visits.replay(Trial(40, disowned=(("Alice", wrong),)))
        assert [rerun.sighting_id for rerun in tried.changed] == [wrong]
        if who:
            house.visits.correct(wrong, who)
        else:
            house.visits.disown("Alice", wrong)
        assert house.who(wrong) == who
        person = house.gallery.identify(Embedding(around(6, 999), MODEL)).person
        assert (person and person.name) == who
        assert house.gallery.identify(Embedding(around(5, 999), MODEL)).person.name == "Alice"

    def test_a_picture_of_another_source_that_speaks_against_it_stays(self, house):
        alice = house.enrol("Alice", 5)
        wrong = house.came(5, alice, face=face([around(5, 77)]))
        with pytest.raises(OtherPerson, match="delete that one instead") as refused:
            house.visits.correct(wrong, "Bob")
        (held,) = house.people.samples("Alice")
        assert refused.value.sample == (alice.id, held.id)
        assert house.people.person("Alice").samples == 1
        assert [person.name for person in house.people.people()] == ["Alice"]

    @pytest.mark.parametrize(("name", "error"), [("", BadName), ("\u0410lice", LookAlikeName)])
    def test_a_name_that_cannot_be_changes_nothing(self, house, name, error):
        alice = house.enrol("Alice", 5)
        wrong = house.came(6, alice)
        with pytest.raises(error):
            house.visits.correct(wrong, name)
        assert house.who(wrong) == "Alice"
        assert negatives(house, "Alice") == 0
        assert house.changes == 0

    def test_without_a_face_that_can_be_compared(self, house):
        alice = house.enrol("Alice", 5)
        for kept in (None, face([around(6)], model_id="older-1")):
            with pytest.raises(NoFaceKept, match="give pictures instead"):
                house.visits.correct(house.came(6, alice, face=kept), "Bob")
        assert [person.name for person in house.people.people()] == ["Alice"]

    def test_no_such_visit(self, house):
        with pytest.raises(NoSuchVisit):
            house.visits.correct("5e1", "Bob")


class TestTrial:
    def test_disowning_a_look_alike_loses_her_visits(self, house):
        alice = house.gallery.enrol("Alice", [seen(around(5, 77, noise=0.4))], "test").person
        wrong = house.came(5, alice, noise=0.05)
        others = [house.came(5, alice, noise=0.05) for _ in range(3)]
        done = house.visits.replay(Trial(40, disowned=(("Alice", wrong),)))
        assert {rerun.sighting_id for rerun in done.changed} == {wrong, *others}
        assert all(rerun.now.person == alice and rerun.then.person is None for rerun in done.changed)
        assert negatives(house, "Alice") == 0
        assert house.who(wrong) == "Alice"

    def test_it_says_what_then_happens(self, house):
        alice = house.enrol("Alice", 5)
        wrong = house.came(6, alice)
        later = [house.came(6), house.came(5, alice)]
        tried = house.visits.replay(Trial(40, corrected=(("Bob", wrong),)))
        expected = {rerun.sighting_id: rerun.then.person.name for rerun in tried.changed if rerun.then.person}
        assert expected == {wrong: "Bob", later[0]: "Bob"}
        assert [person.name for person in house.people.people()] == ["Alice"]
        house.visits.correct(wrong, "Bob")
        assert house.visits.replay(Trial(40)).unlike == 1  # that one, which is recorded as unknown's

    def test_a_correction_disowns_as_well(self, house):
        alice = house.gallery.enrol("Alice", [seen(around(5, 77, noise=0.4))], "test").person
        bob = house.enrol("Bob", 6)
        wrong = house.came(5, alice, noise=0.05)
        done = house.visits.replay(Trial(40, corrected=((bob.id, wrong),)))
        (rerun,) = done.changed
        assert (rerun.now.person, rerun.then.person) == (alice, bob)

    def test_the_visit_itself_is_tried_however_old_it_is(self, house):
        wrong = house.came(6, house.enrol("Alice", 5))
        later = [house.came(3) for _ in range(3)]
        done = house.visits.replay(Trial(2, corrected=(("Bob", wrong),)))
        assert (done.visits, [rerun.sighting_id for rerun in done.changed]) == (3, [wrong])
        assert house.visits.replay(Trial(2, corrected=(("Bob", later[-1]),))).visits == 2

    @pytest.mark.parametrize("seed", range(6))
    def test_whatever_is_tried_then_happens(self, house, seed):
        """People, visits and corrections by chance: each is tried, done, and all visits then are as it was said."""
        chance = random.Random(seed)
        names = ["Alice", "Bob", "Carol", "Dora"]
        for number, name in enumerate(names[:3], 3):
            house.gallery.enrol(name, [seen(around(number, 77, noise=0.4))], "upload")
        numbers = [chance.randrange(3, 7) for _ in range(10)]
        said = [chance.choice([None, *names[:3]]) for _ in numbers]
        people = {name: name and house.gallery.find(name) for name in said}
        visits = [
            house.came(number, people[name], noise=chance.choice([0.05, 0.3, 0.6]))
            for number, name in zip(numbers, said, strict=True)
        ]
        house.unknowns.assign(house.came(6), "Bob")
        for _ in range(10):
            wrong, who = chance.choice(visits), chance.choice([None, *names])
            if who is None and (who := house.who(wrong)):
                trial, deed = Trial(40, disowned=((who, wrong),)), (house.visits.disown, who, wrong)
            elif who:
                trial, deed = Trial(40, corrected=((who, wrong),)), (house.visits.correct, wrong, who)
            else:
                continue
            before = ends(house)
            try:
                tried = house.visits.replay(trial)
            except OtherPerson as refused:
                with pytest.raises(OtherPerson, match="nearly the same picture"):
                    deed[0](*deed[1:])
                assert "nearly the same picture" in str(refused)
                assert ends(house) == before
                continue
            assert ends(house) == before
            changed = {rerun.sighting_id: told(rerun.then) for rerun in tried.changed}
            deed[0](*deed[1:])
            after = ends(house)
            expected = {key: name for key, (name, _) in (before | changed).items() if name}
            assert {key: name for key, (name, _) in after.items()} == expected
            assert {key: after[key] for key in changed if key in after} == {k: v for k, v in changed.items() if v[0]}

    def test_nothing_of_a_trial_is_written_or_logged(self, house, caplog):
        alice = house.enrol("Alice", 5)
        wrong = house.came(6, alice)
        kept = house.gallery._store.path.read_bytes()
        changes = house.gallery.changes
        caplog.set_level("INFO")
        caplog.clear()
        house.visits.replay(Trial(40, corrected=(("Bob", wrong),)))
        assert house.gallery._store.path.read_bytes() == kept
        assert house.gallery.changes == changes
        assert not caplog.records
        house.visits.correct(wrong, "Bob")
        assert [record.getMessage().split(": ", 1)[1] for record in caplog.records] == [
            "3 negative samples added, 0 set aside",
            "5 positive samples added, 0 set aside",
        ]

    def test_a_name_that_would_be_refused_is_refused(self, house):
        wrong = house.came(6, house.enrol("Alice", 5))
        with pytest.raises(LookAlikeName):
            house.visits.replay(Trial(corrected=(("\u0410lice", wrong),)))

    def test_nobody_and_nothing(self, house):
        house.enrol("Alice", 5)
        with pytest.raises(NoSuchPerson):
            house.visits.replay(Trial(disowned=(("Bob", house.came(5)),)))
        with pytest.raises(NoSuchVisit):
            house.visits.replay(Trial(corrected=(("Bob", "5e1"),)))


class TestFind:
    def test_a_visit_and_its_decisions(self, house):
        alice = house.enrol("Alice", 5)
        told = event(alice, sighting_id="5e1")
        house.events.decide(told)
        with pytest.raises(NoSuchVisit, match="not ended yet"):
            house.visits.find(told.event_id)
        house.came(5, alice, sighting_id="5e1")
        assert house.visits.find("5e1") == house.visits.find(told.event_id)
        with pytest.raises(NoSuchVisit, match="Nothing is kept"):
            house.visits.find("5e2")

    def test_only_of_strangers_a_picture_is_kept(self, house):
        stranger, alice = house.came(3), house.came(5, house.enrol("Alice", 5))
        assert house.visits.crop(stranger)[:2] == b"\xff\xd8"
        with pytest.raises(NoFaceKept):
            house.visits.crop(alice)
        assert house.visits.pictured([stranger, alice, "5e1"]) == {stranger}

    def test_from_a_time_to_a_time(self, house):
        visits = [house.came(3) for _ in range(4)]
        begun = house.visits.find(visits[1]).started_at
        found = house.visits.recent(since=begun, until=NOW + timedelta(hours=4, seconds=-7.25))
        assert [visit.sighting_id for visit in found] == [visits[2], visits[1]]
        assert house.visits.recent(until=begun)[0].sighting_id == visits[0]

    def test_those_that_were_wrong(self, house):
        alice = house.enrol("Alice", 5)
        visits = {kind: house.came(5, alice) for kind in ("right", "disowned", "retracted", "corrected")}
        for sighting_id in visits.values():
            house.events.decide(event(alice, sighting_id=sighting_id, why=why(alice)))
        taken_back = event(alice, sighting_id=visits["retracted"], event_type=EventType.RETRACTED)
        house.events.decide(taken_back)
        stranger = house.came(3)
        house.events.decide(event(None, sighting_id=stranger))
        house.unknowns.assign(stranger, "Carol")
        house.visits.disown("Alice", visits["disowned"])
        house.visits.correct(visits["corrected"], "Bob")
        found = [visit.sighting_id for visit in house.visits.recent(corrected=True)]
        assert found == [visits["corrected"], visits["retracted"], visits["disowned"]]
