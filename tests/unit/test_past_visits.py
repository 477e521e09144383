# SPDX-License-Identifier: Apache-2.0
"""Past visits as their owner sees them: explained, disowned, weighed again; unknown visitors named in one step."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support_visited import seen
from support_visits import MODEL, NOW, around, event, face, why

from daemon.errors import BadName, BadTrial, NoFaceKept, NoSuchPerson, NoSuchVisit
from daemon.types import Change, Embedding, Outcome, Photo, Trial


class TestUnknowns:
    def test_visits_of_one_person_are_one_visitor(self, house):
        postman = [house.came(3), house.came(3, camera="gate")]
        lost = house.came(4)
        house.came(5, house.enrol("Alice", 5))
        postman.append(house.came(3))
        first, second = house.unknowns.all()
        assert first.sighting_ids == tuple(postman)
        assert first.id == postman[0]
        assert first.cameras == ("gate", "main")
        assert (first.first_seen_at, first.last_seen_at) == (
            NOW + timedelta(hours=1, seconds=-7.25), NOW + timedelta(hours=5),
        )  # fmt: skip
        assert second.sighting_ids == (lost,)
        assert second.nearest.name == "Alice"
        assert second.similarity < 0.5

    def test_nothing_of_a_forgotten_face_is_left_on_the_disk(self, house):
        """No looks and no picture, in no file."""
        gone, stays = house.came(3), house.came(5, house.enrol("Alice", 5))
        store = house.events
        query = "SELECT moments, crop FROM face JOIN visit ON visit_id = id WHERE sighting_id = ?"
        ((moments, crop),) = store._database.query(query, (gone,))
        parts = (moments[100:150], crop[-60:-10])

        def on_disk(part):
            folder = store._database.path.parent
            return any(part in path.read_bytes() for path in folder.iterdir() if path.is_file())

        assert all(map(on_disk, parts))
        house.unknowns.forget_all([gone])
        assert not any(map(on_disk, parts))
        assert store.faces.find(gone) is None
        assert store.faces.find(stays)

    def test_the_id_stays_when_others_come(self, house):
        house.came(3)
        before = house.unknowns.all()[0].id
        for number in (4, 3, 5, 3):
            house.came(number)
        assert before in [unknown.id for unknown in house.unknowns.all()]

    def test_faces_of_another_model_are_passed_over(self, house):
        house.came(3, face=face([around(3)], model_id="older-1"))
        assert house.unknowns.all() == []
        assert house.visits.replay(Trial()).visits == 0

    def test_without_a_gallery_nobody_is_nearest(self, house):
        house.came(3)
        assert house.unknowns.all()[0].nearest is None

    def test_naming_enrols_and_makes_the_visits_theirs(self, house):
        visits = [house.came(3), house.came(3)]
        other = house.came(4)
        done = house.unknowns.assign(visits[1], "Carol")
        assert (done.change, done.person.name, set(done.sighting_ids)) == (Change.CREATED, "Carol", set(visits))
        assert 1 <= done.samples <= 5
        assert [house.who(each) for each in (*visits, other)] == ["Carol", "Carol", None]
        assert [unknown.id for unknown in house.unknowns.all()] == [other]
        assert house.gallery.identify(Embedding(around(3, 999), MODEL)).person == done.person
        assert {sample.source for sample in house.gallery.samples("Carol")} == {"visit"}
        assert house.events.faces.crop(visits[0]) is None
        assert house.events.faces.crop(other)
        assert house.changes == 1

    def test_naming_finds_visits_that_were_not_in_the_group(self, house):
        # She came before she was enrolled, and then in a hat.
        before, stranger = house.came(5), house.came(4)
        alice = house.enrol("Alice", 5)
        hat = house.came(3, looks=1)
        assert len(house.unknowns.all()) == 3
        done = house.unknowns.assign(hat, "Alice")
        assert (done.person, set(done.sighting_ids)) == (alice, {before, hat})
        assert [house.who(each) for each in (before, hat, stranger)] == ["Alice", "Alice", None]

    def test_somebody_who_is_enrolled_may_be_named_by_id_or_name(self, house):
        alice = house.enrol("Alice", 5)
        done = house.unknowns.assign(house.came(3), alice.id)
        assert (done.change, done.person) == (Change.UPDATED, alice)
        assert house.unknowns.assign(house.came(6), "ALICE").person == alice

    def test_who_comes_often_needs_no_name(self, house):
        postman = house.came(3)
        done = house.unknowns.assign(postman, None)
        assert done.person.familiar
        kept, _ = house.events.history.find(postman)
        assert (kept.outcome, kept.person) == (Outcome.FAMILIAR, done.person)
        assert house.unknowns.all() == []

    def test_a_bad_name_changes_nothing(self, house):
        stranger = house.came(3)
        with pytest.raises(BadName):
            house.unknowns.assign(stranger, " ")
        assert len(house.unknowns.all()) == 1
        assert house.changes == 0

    def test_the_crop_is_a_picture_of_the_best_visit(self, house):
        poor, good = house.came(3), house.came(3)
        assert house.unknowns.crop(poor) == house.events.faces.crop(good)
        assert house.unknowns.crop(poor)[:2] == b"\xff\xd8"

    def test_a_visitor_whose_crop_is_gone(self, house):
        sighting_id = house.came(3, house.enrol("Alice", 5))
        house.events.assign([sighting_id], None)
        with pytest.raises(NoFaceKept, match="No picture"):
            house.unknowns.crop(sighting_id)

    def test_a_face_can_be_forgotten(self, house):
        visits = [house.came(3), house.came(3)]
        assert house.unknowns.forget(visits[0]).sighting_ids == tuple(visits)
        assert house.unknowns.all() == []
        assert [house.who(each) for each in visits] == [None, None]

    @pytest.mark.parametrize("ref", ["", "5e1", "Alice"])
    def test_there_is_no_such_visitor(self, house, ref):
        house.came(3, house.enrol("Alice", 5), sighting_id="known")
        for call in (house.unknowns.crop, house.unknowns.forget, lambda ref: house.unknowns.assign(ref, "Bob")):
            with pytest.raises(NoSuchVisit, match="no unknown visitor"):
                call(ref)
        with pytest.raises(NoSuchVisit):
            house.unknowns.forget("known")


class TestExplain:
    def test_a_decision(self, house):
        alice = house.enrol("Alice", 5)
        told = event(alice, why=why(alice))
        house.events.decide(told)
        house.gallery.rename("Alice", "Alicia")
        (account,) = house.visits.explain(told.event_id)
        assert "identified as Alicia" in account.sentences[0]
        assert account.numbers["event_id"] == told.event_id

    def test_a_visit_with_all_that_was_decided(self, house):
        alice = house.enrol("Alice", 5)
        unknown = event(None, sighting_id="5e1", why=why(alice, reason="below_threshold"))
        house.events.decide(unknown)
        assert len(house.visits.explain("5e1")) == 1
        house.came(5, alice, sighting_id="5e1", why=why(alice))
        assert [account.numbers["event_type"] for account in house.visits.explain("5e1")] == ["unknown", "sighting"]

    def test_nothing_is_kept_of_it(self, house):
        with pytest.raises(NoSuchVisit, match='Nothing is kept of "5e1"'):
            house.visits.explain("5e1")

    def test_a_visit_from_before_reasons_were_kept(self, house):
        with pytest.raises(NoSuchVisit, match="not its reasons"):
            house.visits.explain(house.came(3))


class TestDisown:
    def test_a_visit_becomes_unknown_and_its_face_a_counter_example(self, house):
        alice = house.enrol("Alice", 5)
        wrong = house.came(5, alice)
        done = house.visits.disown("alice", wrong)
        assert done.person == alice
        assert 1 <= len(done.sample_ids) <= 3
        assert house.who(wrong) is None
        assert house.people.people()[0].negatives == len(done.sample_ids)
        assert house.changes == 1

    def test_by_a_decision(self, house):
        alice = house.enrol("Alice", 5)
        wrong = house.came(5, alice)
        told = event(alice, sighting_id=wrong)
        house.events.decide(told)
        house.visits.disown(alice.id, told.event_id)
        assert house.who(wrong) is None

    def test_a_visit_of_somebody_else_stays_theirs(self, house):
        house.enrol("Alice", 5)
        bob = house.enrol("Bob", 6)
        visited = house.came(6, bob)
        house.visits.disown("Alice", visited)
        assert house.who(visited) == "Bob"

    def test_it_was_them_after_all(self, house):
        alice = house.enrol("Alice", 5)
        wrong = house.came(5, alice, looks=15)
        house.visits.disown("Alice", wrong)
        for _ in range(3):
            house.came(5, looks=15)
        house.unknowns.assign(wrong, "Alice")
        assert house.people.people()[0].negatives == 0
        assert house.visits.replay(Trial()).unlike == 0

    def test_naming_keeps_other_counter_examples(self, house):
        house.enrol("Alice", 5)
        house.visits.disown("Alice", house.came(6))
        house.unknowns.assign(house.came(5), "Alice")
        assert house.people.people()[0].negatives > 0

    def test_without_a_face_it_says_so_and_changes_nothing(self, house):
        alice = house.enrol("Alice", 5)
        wrong = house.came(5, alice, face=None)
        with pytest.raises(NoFaceKept, match=r"privacy\.faces_days"):
            house.visits.disown("Alice", wrong)
        assert house.who(wrong) == "Alice"

    def test_a_visit_that_has_not_ended(self, house):
        alice = house.enrol("Alice", 5)
        told = event(alice, sighting_id="5e1")
        house.events.decide(told)
        with pytest.raises(NoSuchVisit, match="not ended yet"):
            house.visits.disown("Alice", told.event_id)

    def test_nobody_of_that_name(self, house):
        with pytest.raises(NoSuchPerson):
            house.visits.disown("Zed", house.came(3))


class TestReplay:
    def test_as_it_is_nothing_changes(self, house):
        house.came(5, house.enrol("Alice", 5))
        house.came(3)
        done = house.visits.replay(Trial())
        assert (done.visits, done.unlike, done.changed) == (2, 0, ())

    def test_a_higher_threshold_loses_a_resident(self, house):
        alice = house.enrol("Alice", 5)
        visited = house.came(5, alice, noise=0.5)
        done = house.visits.replay(Trial(settings=("gallery.threshold=0.95",)))
        (rerun,) = done.changed
        assert (rerun.sighting_id, rerun.recorded, rerun.now.person, rerun.then.person) == (
            visited,
            alice,
            alice,
            None,
        )
        assert rerun.then.required == 0.95
        assert 0.55 < rerun.then.similarity < 0.95
        assert house.who(visited) == "Alice"

    def test_a_lower_threshold_names_a_stranger(self, house):
        alice = house.enrol("Alice", 5)
        stranger = house.came(5, noise=1.6)
        done = house.visits.replay(Trial(settings=("gallery.threshold=0.2", "gallery.margin=0")))
        assert [(rerun.sighting_id, rerun.then.person) for rerun in done.changed] == [(stranger, alice)]

    def test_more_votes_than_looks(self, house):
        house.came(5, house.enrol("Alice", 5), looks=5, noise=0.9)
        done = house.visits.replay(Trial(settings=("tracking.min_votes=6",)))
        assert [rerun.then.outcome for rerun in done.changed] == [Outcome.UNKNOWN]

    def test_another_sample_names_somebody_new_and_nothing_is_written(self, house, monkeypatch):
        house.enrol("Alice", 5)
        stranger = house.came(3)
        monkeypatch.setattr(house.visits, "_one_face", lambda _: seen(around(3, 5)))
        done = house.visits.replay(Trial(samples=(("Carol", Photo("carol.jpg", b"")),)))
        (rerun,) = done.changed
        assert (rerun.sighting_id, rerun.then.person.name) == (stranger, "Carol")
        assert [person.name for person in house.people.people()] == ["Alice"]
        assert house.who(stranger) is None

    def test_another_sample_of_somebody_who_is_there(self, house, monkeypatch):
        alice = house.enrol("Alice", 5)
        house.came(3)
        monkeypatch.setattr(house.visits, "_one_face", lambda _: seen(around(3, 5)))
        done = house.visits.replay(Trial(samples=(("ALICE", Photo("a.jpg", b"")),)))
        assert [rerun.then.person for rerun in done.changed] == [alice]
        assert house.people.people()[0].samples == 1

    def test_what_would_already_end_otherwise_is_counted(self, house):
        house.came(5)
        house.enrol("Alice", 5)
        assert house.visits.replay(Trial()).unlike == 1

    def test_only_the_last_are_weighed(self, house):
        for number in range(5):
            house.came(number)
        assert house.visits.replay(Trial(last=3)).visits == 3

    @pytest.mark.parametrize(
        ("override", "sentence"),
        [
            ("gallery.threshold=7", r"gallery\.threshold must be"),
            ("gallery.treshold=0.5", r"there are gallery\.k"),
            ("camera.fps=5", "cannot be tried"),
            ("rubbish", "cannot be tried"),
        ],
    )
    def test_what_cannot_be_tried(self, house, override, sentence):
        with pytest.raises(BadTrial, match=sentence):
            house.visits.replay(Trial(settings=(override,)))


def test_visits_are_listed_by_name(house):
    alice = house.enrol("Alice", 5)
    first, _, last = house.came(5, alice), house.came(3), house.came(5, alice)
    assert [each.sighting_id for each in house.visits.recent(person="alice")] == [last, first]
    assert [each.sighting_id for each in house.visits.recent(person="alice", before=last)] == [first]
    assert len(house.visits.recent(outcome=Outcome.UNKNOWN)) == 1
    with pytest.raises(NoSuchPerson):
        house.visits.recent(person="Zed")
