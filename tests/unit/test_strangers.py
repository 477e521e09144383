# SPDX-License-Identifier: Apache-2.0
"""Unknown visitors: in parts, several at once, familiar with a name; and remembered until something changes."""

from __future__ import annotations

import pytest
from support_visits import MODEL, around, face

from daemon.errors import BadName, NameTaken, NoSuchVisit, StorageError
from daemon.types import Embedding, Outcome


def ids(unknowns):
    return [unknown.id for unknown in unknowns]


class TestList:
    def test_in_parts(self, house):
        visits = [house.came(number) for number in range(3, 10)]
        whole = ids(house.unknowns.all())
        assert whole == visits[::-1]
        first = house.unknowns.page(3)
        assert (ids(first.unknowns), first.total, first.after) == (whole[:3], 7, whole[2])
        last = house.unknowns.page(4, first.after)
        assert (ids(last.unknowns), last.total, last.after) == (whole[3:], 7, None)
        assert ids(house.unknowns.page(2, "gone").unknowns) == whole[:2]
        assert house.unknowns.count() == 7

    def test_what_changes_is_seen_at_once(self, house):
        assert house.unknowns.count() == 0
        visits = [house.came(3), house.came(4), house.came(5), house.came(6)]
        assert house.unknowns.count() == 4
        house.unknowns.forget(visits[0])
        house.unknowns.assign(visits[1], "Bob")
        house.visits.disown("Bob", visits[1])
        house.visits.correct(visits[2], "Carol")
        assert ids(house.unknowns.all()) == [visits[3], visits[1]]
        house.enrol("Alice", 6)
        assert house.unknowns.find(visits[3]).nearest.name == "Alice"

    def test_nothing_is_searched_again_while_nothing_changes(self, house, monkeypatch):
        house.came(3)
        house.unknowns.count()
        monkeypatch.setattr(house.events.faces, "recent", None)
        assert house.unknowns.count() == 1
        assert house.unknowns.find(house.unknowns.all()[0].id).similarity == 0

    def test_the_pictures_that_are_kept_the_best_first(self, house):
        dim = house.came(3, face=face([around(3, 1)], quality=0.4))
        best = house.came(3)
        bare = house.came(3)
        with house.events._database.transaction() as transaction:
            house.events.faces.drop_crop(transaction, bare)
        (unknown,) = house.unknowns.all()
        assert set(unknown.pictures) == {dim, best}
        assert unknown.sighting_ids == (dim, best, bare)
        assert house.unknowns.find(bare) == unknown


class TestSeveral:
    def test_they_are_one_person(self, house):
        hat, beard, other = [house.came(3), house.came(3)], [house.came(4)], house.came(6)
        done = house.unknowns.assign_all([hat[0], beard[0], hat[1]], "Carol")
        (named,) = done.named
        assert done.left == ()
        assert set(named.sighting_ids) == {*hat, *beard}
        assert [house.who(each) for each in (*hat, *beard, other)] == ["Carol"] * 3 + [None]
        for number in (3, 4):
            assert house.gallery.identify(Embedding(around(number, 999), MODEL)).person == named.person
        assert house.changes == 1

    def test_who_is_gone_meanwhile_is_said_and_the_rest_is_done(self, house):
        gone, there = house.came(3), house.came(4)
        house.unknowns.forget(gone)
        done = house.unknowns.assign_all([gone, there], "Carol")
        assert [left.id for left in done.left] == [gone]
        assert "no unknown visitor" in done.left[0].why
        assert house.who(there) == "Carol"

    def test_none_is_there(self, house):
        for call in (
            lambda: house.unknowns.assign_all(["5e1", "5e2"], "Carol"),
            lambda: house.unknowns.forget_all(["5e1"]),
        ):
            with pytest.raises(NoSuchVisit):
                call()
        assert house.people.people() == []

    def test_a_bad_name_changes_nothing(self, house):
        visits = [house.came(3), house.came(4)]
        with pytest.raises(BadName):
            house.unknowns.assign_all(visits, " ")
        assert house.unknowns.count() == 2

    def test_each_comes_often(self, house):
        visits = [house.came(3), house.came(4), house.came(4)]
        done = house.unknowns.assign_all([visits[0], visits[1], visits[2]], None)
        assert [named.person.name for named in done.named] == ["Familiar 1", "Familiar 2"]
        assert [house.events.history.find(each)[0].outcome for each in visits] == [Outcome.FAMILIAR] * 3

    def test_one_that_fails_does_not_stop_the_others(self, house, monkeypatch):
        visits = [house.came(3), house.came(4), house.came(6)]
        enrol, calls = house.gallery.enrol_familiar, []

        def sometimes(*given, **more):
            calls.append(given)
            if len(calls) == 2:
                raise StorageError("The disk is full.")
            return enrol(*given, **more)

        monkeypatch.setattr(house.gallery, "enrol_familiar", sometimes)
        done = house.unknowns.assign_all(visits, None)
        assert [named.sighting_ids for named in done.named] == [(visits[0],), (visits[2],)]
        assert done.left == ((visits[1], "The disk is full."),)
        assert ids(house.unknowns.all()) == [visits[1]]

    def test_faces_are_forgotten(self, house):
        visits = [house.came(3), house.came(3), house.came(4), house.came(6)]
        done = house.unknowns.forget_all([visits[1], visits[2], "5e1"])
        assert sorted(ids(done.forgotten)) == sorted([visits[0], visits[2]])
        assert [left.id for left in done.left] == ["5e1"]
        assert ids(house.unknowns.all()) == [visits[3]]
        assert house.events.faces.find(visits[1]) is None
        assert house.who(visits[0]) is None


class TestFamiliar:
    def test_with_a_name(self, house):
        visited = house.came(3)
        done = house.unknowns.assign(visited, "The postman", familiar=True)
        assert (done.person.name, done.person.familiar) == ("The postman", True)
        assert house.events.history.find(visited)[0].outcome is Outcome.FAMILIAR
        again = house.unknowns.assign(house.came(4), "the postman", familiar=True)
        assert again.person == done.person

    def test_a_resident_is_not_made_a_familiar_by_it(self, house):
        house.enrol("Alice", 5)
        with pytest.raises(NameTaken, match="choose another name"):
            house.unknowns.assign(house.came(3), "Alice", familiar=True)
        assert house.unknowns.count() == 1
        assert not house.gallery.find("Alice").familiar


def test_whoever_shows_their_pictures_is_told_that_they_are_forgotten(house):
    told = []
    house.unknowns.on_forget = lambda: told.append(house.unknowns.count())
    visits = [house.came(number) for number in range(3, 8)]
    house.unknowns.forget(visits[0])
    house.unknowns.forget_all(visits[1:3])
    house.people.forget_all()
    assert told == [4, 2, 0]
