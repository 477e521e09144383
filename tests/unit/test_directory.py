# SPDX-License-Identifier: Apache-2.0
"""People as the page lists them, and who of them needs attention."""

from datetime import timedelta

import numpy as np
import pytest
from support_gallery import MODEL
from support_office import FRONTAL, Office, photo, vector
from support_visits import NOW, visit

from daemon.errors import NoPictureKept, NoSuchGroup
from daemon.service.care import Care
from daemon.service.directory import PAGE, Directory
from daemon.types import Best, Embedding, Need, Observation, Order, Photo, SampleKind
from daemon.vision import decode, encode_jpeg


@pytest.fixture
def office(tmp_path):
    office = Office(tmp_path)
    office.care = Care(office.gallery, office.events, office.settings)
    office.directory = Directory(office.people.people, office.gallery, office.events, office.settings, office.care)
    yield office
    office.close()


def names(page):
    return [card.person.name for card in page.cards]


def needs(office, ref):
    return [concern.need for concern in office.care.concerns(office.people.person(ref))]


def test_people_are_found_by_a_part_of_the_name_whatever_its_case_and_accents(office):
    for name in ("Zoë Müller", "MÜLLER, Jan", "Alice", "אליס بنت"):
        office.people.create(name)
    assert names(office.directory.find("muller")) == ["MÜLLER, Jan", "Zoë Müller"]
    assert names(office.directory.find("ZOE")) == ["Zoë Müller"]
    assert names(office.directory.find("بنت")) == ["אליס بنت"]
    assert names(office.directory.find("  alice ")) == ["Alice"]
    nobody = office.directory.find("bob")
    assert (nobody.cards, nobody.found, nobody.enrolled) == ((), 0, 4)


def test_a_list_comes_in_parts_and_one_too_far_is_the_last(office):
    for number in range(PAGE + 2):
        office.people.create(f"Person {number:03}")
    first, second, beyond = (office.directory.find(number=number) for number in (1, 2, 9))
    assert (len(first.cards), first.found, first.pages) == (PAGE, PAGE + 2, 2)
    assert names(second) == [f"Person {PAGE:03}", f"Person {PAGE + 1:03}"] == names(beyond)
    assert beyond.number == 2


def test_people_are_filtered_by_group_familiarity_and_need(office):
    office.people.create("Alice")
    office.people.create("Bob", familiar=True)
    office.people.enrol("Cy", [photo(seed) for seed in (11, 12, 13)])
    family = office.people.groups.create("Family", ["Alice", "Cy"])
    assert names(office.directory.find(group=family.id)) == ["Alice", "Cy"]
    assert names(office.directory.find("a", group=family.id)) == ["Alice"]
    assert names(office.directory.find(familiar=True)) == ["Bob"]
    page = office.directory.find(needy=True)
    assert (names(page), page.needy, page.enrolled) == (["Alice", "Bob"], 2, 3)
    with pytest.raises(NoSuchGroup):
        office.directory.find(group="nowhere")


def test_people_are_sorted_by_what_is_wanted(office):
    for name, seeds in (("Ann", (11, 12)), ("Bo", (21,)), ("Cy", (31, 32, 33))):
        office.people.enrol(name, [photo(seed) for seed in seeds])
        office.clock.advance(60)
    bo = office.people.find("Bo")
    office.events.record(visit(bo, NOW))
    assert names(office.directory.find(order=Order.NEW)) == ["Cy", "Bo", "Ann"]
    assert names(office.directory.find(order=Order.SAMPLES)) == ["Bo", "Ann", "Cy"]
    assert names(office.directory.find(order=Order.SEEN))[0] == "Bo"
    assert office.directory.visits(bo.id) == 1


def test_too_few_samples_are_a_need_until_there_are_three(office):
    office.people.create("Ann")
    assert needs(office, "Ann") == [Need.NO_SAMPLE]
    office.people.add_samples("Ann", SampleKind.POSITIVE, [photo(11), photo(12)])
    assert needs(office, "Ann") == [Need.FEW_SAMPLES]
    office.people.add_samples("Ann", SampleKind.POSITIVE, [photo(13)])
    assert needs(office, "Ann") == []


def test_old_samples_are_a_need_until_a_new_one_comes(office):
    office.people.enrol("Ann", [photo(seed) for seed in (11, 12, 13)])
    office.care.look(office.clock.now() + timedelta(days=2 * 365))
    assert needs(office, "Ann") == []
    office.care.look(office.clock.now() + timedelta(days=4 * 365))
    assert needs(office, "Ann") == [Need.OLD_SAMPLES]
    office.clock.advance(4 * 365 * 86_400 + 60)
    office.people.add_samples("Ann", SampleKind.POSITIVE, [photo(14)])
    assert needs(office, "Ann") == []
    office.care.look(office.clock.now())
    assert needs(office, "Ann") == []


def test_who_is_recognised_less_well_needs_a_picture(office):
    ann = office.people.enrol("Ann", [photo(seed) for seed in (11, 12, 13)]).person
    now = office.clock.now() + timedelta(days=40)
    for day in range(40):
        similarity = 0.8 + 0.001 * day if day < 30 else 0.6 + 0.001 * day
        ended = now - timedelta(days=40 - day)
        office.events.record(visit(ann, ended, best=Best(similarity, 0.2, 0.9)))
    found = office.care.look(now)
    assert [waning.person_id for waning in found] == [ann.id]
    (concern,) = office.care.concerns(office.people.person("Ann"))
    assert concern.need is Need.WANING
    assert concern.similarity < concern.before


def test_two_who_can_hardly_be_told_apart_need_attention_until_they_are_one(office):
    office.people.enrol("Ann", [photo(seed) for seed in (11, 12, 13)])
    office.people.enrol("Ana", [photo(seed) for seed in (14, 15, 16)], force=True)
    office.people.enrol("Bo", [photo(seed) for seed in (21, 22, 23)])
    assert needs(office, "Ann") == []
    office.care.look(office.clock.now())
    (concern,) = office.care.concerns(office.people.person("Ann"))
    assert (concern.need, concern.other.name) == (Need.LOOK_ALIKE, "Ana")
    assert needs(office, "Ana") == [Need.LOOK_ALIKE]
    assert needs(office, "Bo") == []
    office.clock.advance(1)
    office.people.merge("Ana", "Ann")
    assert needs(office, "Ann") == []


def test_the_best_picture_of_those_that_are_kept_is_the_face(office):
    sides = {0.7: 60, 0.95: 90, 0.8: 120}
    faces = [Observation(FRONTAL, quality, Embedding(vector(11 + n), MODEL)) for n, quality in enumerate(sides)]
    pictures = [encode_jpeg(np.full((side, side, 3), 90, np.uint8)) for side in sides.values()]
    office.gallery.enrol("Ann", faces, "upload", pictures=pictures, force=True)
    assert decode(Photo("face", office.people.face("Ann"))).shape == (90, 90, 3)


def test_the_face_of_a_person_is_small(office):
    office.people.create("Ann")
    with pytest.raises(NoPictureKept):
        office.people.face("Ann")
    office.people.add_samples("Ann", SampleKind.POSITIVE, [photo(11)])
    assert office.directory.find().cards[0].pictured
    small = decode(Photo("face", office.people.face("Ann")))
    assert max(small.shape[:2]) <= 240


def test_a_face_that_is_damaged_is_not_shown(office):
    sample_id = office.people.enrol("Ann", [photo(11)]).sample_ids[0]
    with office.gallery._draft() as draft:
        draft.writer.delete_pictures()
        draft.writer.keep_picture(sample_id, b"no picture")
    with pytest.raises(NoPictureKept, match="damaged"):
        office.people.face("Ann")


def test_a_counter_example_is_no_face_of_the_person(office):
    office.people.create("Ann")
    office.people.add_samples("Ann", SampleKind.NEGATIVE, [photo(24)])
    assert not office.directory.find().cards[0].pictured
    with pytest.raises(NoPictureKept):
        office.people.face("Ann")


def test_cameras_are_told_of_the_groups_that_they_are_limited_to(tmp_path):
    office = Office(tmp_path, "camera.groups=['family','nowhere']", "camera.name=porch")
    try:
        care = Care(office.gallery, office.events, office.settings)
        directory = Directory(office.people.people, office.gallery, office.events, office.settings, care)
        family, staff = (office.people.groups.create(name) for name in ("Family", "Staff"))
        assert directory.cameras(family.id) == ("porch",)
        assert directory.cameras(staff.id) == ()
    finally:
        office.close()
