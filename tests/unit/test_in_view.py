# SPDX-License-Identifier: Apache-2.0
"""Who is told to be in view: people as they are enrolled now, and strangers by number."""

from support_script import ALICE, BOB, FAR, HERE, STRANGER, THERE, Face, axis, near

from daemon.types import InView, Person

OTHER_STRANGER = axis(7)


def people(*them):
    return InView(frozenset(them))


def test_somebody_is_in_view_from_the_decision_to_the_end_of_the_visit(door, alice):
    door.show(Face(ALICE), frames=1)
    assert door.view == InView()
    door.show(Face(ALICE), frames=9)
    assert door.view == people(alice)
    door.leave(4)
    assert door.view == people(alice)
    door.leave(2)
    assert door.view == InView()


def test_two_people_and_two_strangers(door, alice, bob):
    faces = Face(ALICE, HERE), Face(BOB, THERE, look=1), Face(STRANGER, FAR, look=2)
    door.show(*faces, frames=40)
    assert door.view == InView(frozenset({alice, bob}), strangers=1)
    door.show(faces[2], Face(OTHER_STRANGER, HERE, look=3), frames=60)
    assert door.view == InView(strangers=2)


def test_a_stranger_counts_once_it_is_decided_and_no_longer_than_the_visit(door, alice):
    door.show(Face(STRANGER), frames=3)
    assert door.view == InView()
    door.show(Face(STRANGER), frames=37)
    assert door.view == InView(strangers=1)
    door.leave(6)
    assert door.view == InView()


def test_a_stranger_who_turns_away_and_comes_back_is_one(door):
    door.show(Face(STRANGER), frames=40)
    door.leave(2)
    door.show(Face(STRANGER, FAR, look=1), frames=40)
    assert door.view == InView(strangers=1)


def test_nobody_is_in_view_under_a_name_that_was_taken_back(door, alice):
    door.show(Face(near(ALICE, 0.72, 8)), frames=4)
    assert door.view == people(alice)
    for look in range(1, 8):
        door.show(Face(near(ALICE, 0.3, 8), look=look))
    assert door.told == [("identified", "Alice"), ("retracted", "Alice")]
    assert door.view == InView()


def test_a_familiar_visitor_is_in_view_as_such(door, alice):
    door.gallery.set_familiar(alice.id, familiar=True)
    door.show(Face(ALICE), frames=10)
    assert door.view == people(Person(alice.id, "Alice", familiar=True))


def test_who_is_renamed_in_view_has_the_new_name(door, alice):
    door.show(Face(ALICE), frames=10)
    door.gallery.rename(alice.id, "Alicia")
    door.show(frames=1)
    assert door.view == people(Person(alice.id, "Alicia"))


def test_who_is_forgotten_in_view_is_a_stranger(door, alice):
    door.show(Face(ALICE), frames=10)
    door.gallery.forget(alice.id)
    door.show(frames=1)
    assert door.view == InView(strangers=1)


def test_a_stranger_who_is_enrolled_in_view_is_no_stranger_any_more(door):
    door.show(Face(STRANGER), frames=40)
    postman = door.enrol("Postman", STRANGER)
    door.show(Face(STRANGER), frames=20)
    assert door.view == people(postman)
