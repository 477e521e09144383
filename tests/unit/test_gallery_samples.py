# SPDX-License-Identifier: Apache-2.0
"""What the gallery takes as samples of a person, and what it refuses."""

import pytest
from support_samples import ANN, BO, CY, NEGATIVE, SETTINGS, counts, enrol, picture, pictures, seen, view

from daemon.errors import (
    DuplicatePhoto,
    FacesDisagree,
    LastSample,
    ModelMismatch,
    NoSuchPerson,
    NoSuchSample,
    OtherPerson,
)
from daemon.types import Change


@pytest.fixture
def gallery_settings():
    return SETTINGS


def test_the_same_picture_once_more_is_refused(gallery):
    enrol(gallery, "Ann", picture(ANN))
    with pytest.raises(
        DuplicatePhoto, match=r'^1\.jpg is nearly the same picture as one that whod has of "Ann"'
    ) as e:
        enrol(gallery, "ann", picture(ANN, 1), picture(ANN))
    assert "leave it out, or force it" in str(e.value)
    assert counts(gallery) == {"Ann": (1, 0)}
    assert len(enrol(gallery, "ann", picture(ANN), force=True).sample_ids) == 1
    assert counts(gallery) == {"Ann": (2, 0)}


def test_a_picture_that_was_set_aside_is_still_known(gallery):
    enrol(gallery, "Ann", *pictures(ANN, 9))
    for number in range(9):
        with pytest.raises(DuplicatePhoto):
            enrol(gallery, "Ann", picture(ANN, number))


def test_the_same_picture_twice_in_a_call_is_refused(gallery):
    with pytest.raises(DuplicatePhoto, match=r"2\.jpg is nearly the same picture as 0\.jpg: leave one of them out"):
        enrol(gallery, "Ann", picture(ANN), picture(ANN, 1), picture(ANN))
    assert counts(gallery) == {}


def test_faces_without_titles_come_without_their_copies(gallery):
    """Of a visit nobody can choose the pictures."""
    frames = [picture(ANN), picture(ANN), picture(ANN, 1), picture(ANN)]
    assert len(gallery.enrol("Ann", frames, "visit").sample_ids) == 2
    again = gallery.enrol("Ann", frames, "visit")
    assert (again.change, again.sample_ids) == (Change.UPDATED, ())
    assert counts(gallery) == {"Ann": (2, 0)}
    assert len(gallery.add_counter_examples("Ann", [picture(BO), picture(BO)], "visit").sample_ids) == 1
    assert counts(gallery) == {"Ann": (2, 1)}


def test_a_face_that_has_a_name_gets_no_second_one(gallery):
    enrol(gallery, "Ann", *pictures(ANN, 2))
    with pytest.raises(
        OtherPerson, match=r'0\.jpg is more like "Ann" \(similarity 0\.\d\d\): enrol it as "Ann", merge'
    ):
        enrol(gallery, "Anna", picture(ANN, 5))
    with pytest.raises(OtherPerson):
        gallery.enrol_familiar([picture(ANN, 5)], "visit")
    assert counts(gallery) == {"Ann": (2, 0)}
    enrol(gallery, "Anna", picture(ANN, 5), force=True)
    assert counts(gallery) == {"Ann": (2, 0), "Anna": (1, 0)}


def test_a_face_under_the_name_of_another_is_refused(gallery):
    enrol(gallery, "Ann", picture(ANN))
    enrol(gallery, "Bo", picture(BO))
    with pytest.raises(OtherPerson, match='more like "Bo"'):
        enrol(gallery, "Ann", picture(ANN, 1), picture(BO, 1))
    assert counts(gallery) == {"Ann": (1, 0), "Bo": (1, 0)}


def test_twins_who_are_enrolled_go_on_under_their_own_names(gallery):
    enrol(gallery, "Ann", seen(ANN), seen(ANN, (20, 0.5)))
    twin = (ANN, 0.8), (BO, 0.6)
    enrol(gallery, "Amy", seen(*twin), seen(*twin, (21, 0.5)), force=True)
    enrol(gallery, "Amy", seen(*twin, (22, 0.5)))
    enrol(gallery, "Ann", seen(ANN, (23, 0.5)))
    assert counts(gallery) == {"Amy": (3, 0), "Ann": (3, 0)}


def test_somebody_else_among_the_pictures_is_named(gallery):
    with pytest.raises(FacesDisagree, match=r"2\.jpg is unlike the others: leave it out if it is somebody else"):
        enrol(gallery, "Ann", picture(ANN), picture(ANN, 1), picture(BO), picture(ANN, 2))
    with pytest.raises(FacesDisagree, match=r"0\.jpg is unlike the others"):
        enrol(gallery, "Ann", picture(BO), picture(ANN), picture(ANN, 1))
    assert counts(gallery) == {}
    enrol(gallery, "Ann", picture(ANN))
    with pytest.raises(FacesDisagree, match=r'0\.jpg is unlike what whod has of "Ann"'):
        enrol(gallery, "Ann", picture(BO))
    enrol(gallery, "Ann", picture(BO), force=True)
    # Now both are what whod has of her.
    enrol(gallery, "Ann", picture(ANN, 1), picture(BO, 1))
    assert counts(gallery) == {"Ann": (4, 0)}


def test_a_person_from_two_sides_is_one_if_there_is_a_picture_between(gallery):
    left, front, right = seen(ANN), seen((ANN, 0.5), (BO, 0.866)), seen((ANN, -0.5), (BO, 0.866))
    with pytest.raises(FacesDisagree):
        enrol(gallery, "Ann", left, right)
    enrol(gallery, "Ann", left, right, front)
    assert counts(gallery) == {"Ann": (3, 0)}


def test_a_face_that_is_like_a_counter_example_is_not_the_person(gallery, open_gallery):
    ann = enrol(gallery, "Ann", *pictures(ANN, 3)).person
    sister = seen((ANN, 0.8), (BO, 0.6))
    assert gallery.identify(sister.embedding).person == ann
    added = gallery.add_counter_examples("ann", [sister], "visit")
    assert (added.change, added.person, len(added.sample_ids)) == (Change.UPDATED, ann, 1)
    assert counts(gallery) == {"Ann": (3, 1)}
    for opened in (gallery, open_gallery()):
        assert opened.identify(sister.embedding).person is None
        assert opened.identify(picture(ANN, 7).embedding).person == ann
    gallery.delete_sample("Ann", added.sample_ids[0])
    assert gallery.identify(sister.embedding).person == ann


def test_counter_examples_go_with_their_person(gallery, open_gallery, path):
    enrol(gallery, "Ann", picture(ANN))
    ann = enrol(gallery, "Anna", picture(ANN, 1), force=True).person
    gallery.add_counter_examples("Ann", [picture(BO)], "visit")
    gallery.add_counter_examples("Anna", [picture(CY)], "visit")
    gallery.merge("Ann", "Anna")
    assert counts(gallery) == {"Anna": (2, 2)}
    assert {owner: len(rows) for owner, rows in gallery._state.negatives.items()} == {ann.id: 2}
    assert view(open_gallery()) == view(gallery)
    gallery.forget("Anna")
    assert gallery._state.negatives == {}
    assert picture(BO).embedding.vector.tobytes() not in path.read_bytes()


def test_a_picture_says_one_thing_only(gallery):
    enrol(gallery, "Ann", picture(ANN))
    gallery.add_samples("Ann", NEGATIVE, [picture(BO)], "cli", titles=["b.jpg"])
    with pytest.raises(DuplicatePhoto, match=r'b\.jpg is nearly the same picture as a counter-example of "Ann"'):
        gallery.add_samples("Ann", NEGATIVE, [picture(BO)], "cli", titles=["b.jpg"])
    positive, negative = (sample.id for sample in gallery.samples("Ann"))
    with pytest.raises(OtherPerson, match=f'^a.jpg is .* picture as the sample {positive} of "Ann".*delete that one'):
        gallery.add_samples("Ann", NEGATIVE, [picture(ANN)], "cli", titles=["a.jpg"])
    with pytest.raises(OtherPerson, match=f'as the counter-example {negative} of "Ann": delete that one first if'):
        enrol(gallery, "Ann", picture(BO))
    assert counts(gallery) == {"Ann": (1, 1)}


def test_by_force_a_picture_is_no_longer_a_counter_example(gallery, open_gallery):
    enrol(gallery, "Ann", picture(ANN))
    gallery.add_counter_examples("Ann", [picture(BO), picture(CY)], "visit")
    enrol(gallery, "Ann", picture(BO), force=True)
    assert counts(gallery) == {"Ann": (2, 1)}
    assert gallery.identify(picture(BO).embedding).person == gallery.find("Ann")
    assert view(open_gallery()) == view(gallery)


def test_the_face_of_a_visit_that_was_enrolled_is_no_counter_example(gallery):
    gallery.enrol("Ann", [picture(ANN), picture(ANN, 1)], "visit")
    with pytest.raises(OtherPerson, match="if it shows somebody else, delete that one instead"):
        gallery.add_counter_examples("Ann", [picture(ANN, 1)], "visit")
    gallery.add_counter_examples("Ann", [picture(BO)], "visit")
    with pytest.raises(OtherPerson, match="delete that one first if it was wrong"):
        gallery.enrol("Ann", [picture(ANN, 2), picture(BO)], "visit")
    assert counts(gallery) == {"Ann": (2, 1)}


def test_who_turns_out_to_be_the_same_person_was_no_counter_example(gallery, open_gallery):
    enrol(gallery, "Ann", *pictures(ANN, 2))
    enrol(gallery, "Annie", *pictures(BO, 2))
    gallery.add_counter_examples("Ann", [picture(BO, 3), picture(CY)], "visit")
    gallery.add_counter_examples("Annie", [picture(ANN, 3)], "visit")
    gallery.merge("Annie", "Ann")
    assert counts(gallery) == {"Ann": (4, 1)}
    assert gallery.identify(picture(BO, 3).embedding).person == gallery.find("Ann")
    assert view(open_gallery()) == view(gallery)


def test_counter_examples_are_of_somebody_and_of_this_model(gallery):
    with pytest.raises(NoSuchPerson):
        gallery.add_counter_examples("Ann", [picture(BO)], "visit")
    enrol(gallery, "Ann", picture(ANN))
    with pytest.raises(ModelMismatch):
        gallery.add_counter_examples("Ann", [seen(BO, model_id="other-model")], "visit")
    assert counts(gallery) == {"Ann": (1, 0)}


def test_the_samples_are_listed(gallery):
    first = enrol(gallery, "Ann", picture(ANN), picture(ANN, 1)).sample_ids
    against = gallery.add_counter_examples("Ann", [picture(BO)], "visit").sample_ids
    found = gallery.samples("ann")
    assert [sample.id for sample in found] == [*first, *against]
    assert [(sample.kind, sample.source) for sample in found] == [("positive", "upload")] * 2 + [
        ("negative", "visit")
    ]
    assert {(sample.quality, sample.set_aside_at) for sample in found} == {(0.8, None)}


def test_a_sample_is_deleted_from_memory_and_file(open_gallery, path):
    gallery = open_gallery(undo_hours=0)
    first, second = enrol(gallery, "Ann", picture(ANN), picture(ANN, 1)).sample_ids
    enrol(gallery, "Bo", picture(BO))
    deleted = gallery.delete_sample("Ann", first)
    assert (deleted.person.name, deleted.undo) == ("Ann", None)
    assert picture(ANN).embedding.vector.tobytes() not in path.read_bytes()
    assert gallery.identify(picture(ANN, 1).embedding).similarity == pytest.approx(1)
    assert view(open_gallery()) == view(gallery)
    for ref, sample_id, error in (
        ("Bo", second, NoSuchSample),
        ("Ann", first, NoSuchSample),
        ("X", first, NoSuchPerson),
    ):
        for change in (gallery.delete_sample, gallery.restore_sample):
            with pytest.raises(error):
                change(ref, sample_id)
    gallery.add_counter_examples("Ann", [picture(CY)], "visit")
    with pytest.raises(LastSample, match='the last sample of "Ann" that is searched: enrol or restore another one'):
        gallery.delete_sample("Ann", second)
    assert counts(gallery) == {"Ann": (1, 1), "Bo": (1, 0)}
