# SPDX-License-Identifier: Apache-2.0
"""Groups of people, and cameras that may tell those of some groups only."""

import pytest
from support_gallery import axis, embedding, names, seen
from support_script import ALICE, BOB, FAR, HERE, Door, Face, near

from daemon.errors import BadName, NameTaken, NoSuchGroup, NoSuchPerson
from daemon.gallery import Reason, at_camera, group_parts
from daemon.types import State


@pytest.fixture
def people(gallery):
    """A gallery of Alice, Bob and Carol."""
    for number, name in enumerate(("Alice", "Bob", "Carol"), 1):
        gallery.enrol(name, [seen(number)], "upload")
    return gallery


def groups(gallery):
    return {group.name: [person.name for person in group.people] for group in gallery.groups()}


def of_people(gallery):
    return {person.name: person.groups for person in gallery.people()}


def test_groups_are_made_changed_and_deleted(people, open_gallery):
    family = people.create_group("  The   Family ", ["bob", "ALICE"])
    assert [person.name for person in family.people] == ["Alice", "Bob"]
    people.create_group("Cleaners")
    assert groups(people) == {"Cleaners": [], "The Family": ["Alice", "Bob"]}
    people.change_group("the family", name="Family", add=["Carol"], remove=["Bob"])
    people.change_group("CLEANERS", people=["Bob", "Carol"])
    assert groups(people) == {"Cleaners": ["Bob", "Carol"], "Family": ["Alice", "Carol"]}
    assert of_people(people) == {"Alice": ("Family",), "Bob": ("Cleaners",), "Carol": ("Cleaners", "Family")}
    assert people.group(family.id).name == "Family"
    again = open_gallery()
    assert (again.groups(), again.people()) == (people.groups(), people.people())
    assert people.delete_group("family").id == family.id
    assert names(people) == ["Alice", "Bob", "Carol"]
    assert groups(open_gallery()) == {"Cleaners": ["Bob", "Carol"]}


def test_a_group_has_one_spelling_of_its_name(people):
    people.create_group("Family")
    with pytest.raises(NameTaken, match='There is a group "Family" already: choose another name'):
        people.create_group("\uff26amily")
    people.create_group("Cleaners")
    with pytest.raises(NameTaken):
        people.change_group("Cleaners", name="family")
    assert people.change_group("family", name="FAMILY").name == "FAMILY"
    with pytest.raises(BadName):
        people.create_group(" ")


def test_a_person_is_given_a_name_and_groups_together_or_neither(people, open_gallery):
    people.create_group("Family", ["Alice", "Bob"])
    people.create_group("Cleaners", ["Bob"])
    people.create_group("Choir", ["Alice"])
    with pytest.raises(NoSuchGroup):
        people.change("Alice", "Alicia", groups=["Cleaners", "Nowhere"])
    assert of_people(people) == of_people(open_gallery()) == {
        "Alice": ("Choir", "Family"), "Bob": ("Cleaners", "Family"), "Carol": (),
    }  # fmt: skip
    people.change("Alice", "Alicia", groups=["Cleaners", "family"])
    assert of_people(people) == of_people(open_gallery()) == {
        "Alicia": ("Cleaners", "Family"), "Bob": ("Cleaners", "Family"), "Carol": (),
    }  # fmt: skip
    people.change("Bob", familiar=True)
    assert of_people(people)["Bob"] == ("Cleaners", "Family")
    people.change("Bob", groups=[])
    assert of_people(open_gallery())["Bob"] == ()


def test_what_is_not_there_is_said_and_nothing_is_changed(people, open_gallery):
    people.create_group("Family", ["Alice"])
    with pytest.raises(NoSuchGroup, match=r'There is no group "Famly"; did you mean "Family"\?'):
        people.group("Famly")
    for change in (
        lambda: people.change_group("Family", name="House", add=["Bob", "Dave"]),
        lambda: people.change_group("Family", remove=["Dave"]),
        lambda: people.create_group("Cleaners", ["Dave"]),
    ):
        with pytest.raises(NoSuchPerson):
            change()
    with pytest.raises(NoSuchGroup):
        people.delete_group("Cleaners")
    assert groups(people) == groups(open_gallery()) == {"Family": ["Alice"]}


def test_who_is_forgotten_or_merged_leaves_no_trace_in_a_group(people, open_gallery):
    people.create_group("Family", ["Alice", "Bob"])
    people.create_group("Cleaners", ["Carol", "Bob"])
    people.merge("Carol", "Alice")
    assert of_people(people) == {"Alice": ("Cleaners", "Family"), "Bob": ("Cleaners", "Family")}
    people.forget("Bob")
    assert groups(people) == groups(open_gallery()) == {"Family": ["Alice"], "Cleaners": ["Alice"]}


def test_whoever_is_in_no_group_of_a_camera_is_unknown_there(people):
    people.create_group("Family", ["Alice"])
    camera = at_camera(people, ["family"])
    assert camera.identify(embedding(1), frozenset()).person.name == "Alice"
    bob = camera.identify(embedding(2), frozenset())
    assert (bob.person, bob.reason) == (None, Reason.OTHER_GROUP)
    assert bob.candidates[0].person.name == "Bob"
    people.change_group("Family", add=["Bob"], remove=["Alice"])
    assert camera.identify(embedding(2), frozenset()).person.name == "Bob"
    assert camera.identify(embedding(1), frozenset()).person is None


def test_nobody_becomes_a_second_best_who_may_pass(gallery):
    """Without Bob, the face would be his twin's, Alice, who may pass."""
    twin, bob = axis(1), near_twin()
    gallery.enrol("Alice", [seen_vector(twin)], "upload")
    assert gallery.identify(embedding_of(bob)).person.name == "Alice"
    gallery.enrol("Bob", [seen_vector(bob)], "upload", force=True)
    gallery.create_group("Family", ["Alice"])
    found = at_camera(gallery, ["Family"]).identify(embedding_of(bob), frozenset())
    assert (found.person, found.reason) == (None, Reason.OTHER_GROUP)
    assert [match.person.name for match in found.candidates] == ["Bob", "Alice"]


def near_twin():
    vector = 0.8 * axis(1) + 0.6 * axis(2)
    return vector.astype("float32")


def seen_vector(vector):
    observation = seen(1)
    return type(observation)(observation.detection, observation.quality, embedding_of(vector))


def embedding_of(vector):
    return type(embedding(1))(vector, embedding(1).model_id)


def test_groups_that_are_not_there_have_nobody_and_are_told(people):
    assert at_camera(people, ()) is people
    assert group_parts(people, ()) == ()
    camera = at_camera(people, ["Family", "\u202e"])
    assert camera.identify(embedding(1), frozenset()).person is None
    (part,) = group_parts(people, ["Family", "\u202e"])
    assert part.state is State.DEGRADED
    assert 'camera.groups names "Family", ' in part.detail
    people.create_group("FAMILY", ["Alice"])
    assert camera.identify(embedding(1), frozenset()).person.name == "Alice"
    (part,) = group_parts(people, ["Family"])
    assert part.state is State.OK


@pytest.fixture
def limited(tmp_path):
    """A door that tells the family only: Alice."""
    door = Door(tmp_path, ['camera.groups=["Family"]'])
    door.enrol("Alice", ALICE)
    door.enrol("Bob", BOB)
    door.gallery.create_group("Family", ["Alice"])
    yield door
    door.gallery.close()


def test_a_camera_of_a_group_tells_others_as_unknown(limited):
    limited.show(Face(ALICE, HERE), Face(BOB, FAR), frames=60)
    limited.finish()
    assert sorted(limited.told, key=str) == [("identified", "Alice"), ("unknown", None)]
    assert sorted(limited.visits, key=str) == ["Alice", None]


def test_who_leaves_the_group_in_mid_visit_is_taken_back(limited):
    limited.show(Face(ALICE), frames=10)
    limited.gallery.change_group("Family", remove=["Alice"])
    limited.show(Face(ALICE), frames=60)
    assert limited.told == [("identified", "Alice"), ("retracted", "Alice"), ("unknown", None)]
    limited.gallery.change_group("Family", add=["Alice"])
    limited.show(Face(ALICE), frames=10)
    assert limited.told[3:] == [("retracted", None), ("identified", "Alice")]


def test_an_outsider_in_a_residents_place_is_another_visitor(limited):
    """Though nearly as alike as two looks of one person."""
    bob = near(ALICE, 0.6, 9)
    limited.gallery.forget("Bob")
    limited.enrol("Bob", bob, force=True)
    limited.show(Face(ALICE), frames=10)
    limited.show(Face(bob, look=1), frames=60)
    limited.finish()
    assert limited.visits == ["Alice", None]
    assert ("identified", "Alice") in limited.told
    assert ("retracted", "Alice") not in limited.told
