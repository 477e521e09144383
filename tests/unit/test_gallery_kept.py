# SPDX-License-Identifier: Apache-2.0
"""Which of too many samples are searched, and who comes often."""

import contextlib
import itertools
import logging
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support_gallery import MODEL
from support_samples import ANN, BO, CY, SETTINGS, aside, counts, enrol, picture, pictures, seen, view

from daemon.clock import FakeClock
from daemon.errors import (
    InputError,
    NoSuchPerson,
)
from daemon.gallery import Gallery
from daemon.gallery.admission import representatives
from daemon.types import Change


@pytest.fixture
def gallery_settings():
    return SETTINGS


def test_of_too_many_samples_some_are_set_aside(gallery, open_gallery):
    enrolled = enrol(gallery, "Ann", *pictures(ANN, 8))
    assert (len(enrolled.sample_ids), enrolled.set_aside) == (8, 3)
    assert (counts(gallery), gallery.sample_count) == ({"Ann": (5, 0)}, 5)
    assert len(aside(gallery)) == 3
    assert view(open_gallery()) == view(gallery)
    assert enrol(gallery, "Ann", picture(ANN, 8)).set_aside == 1
    enrol(gallery, "Bo", *pictures(BO, 5))
    assert counts(gallery) == {"Ann": (5, 0), "Bo": (5, 0)}


def test_those_that_stand_for_others_stay(gallery):
    """Four looks of a person, one of them in many pictures: each look keeps one."""
    looks = [
        [seen(ANN, (20 + look, 1.0), (30 + n, 0.4)) for n in range(count)] for look, count in enumerate((9, 2, 2, 1))
    ]
    enrolled = enrol(gallery, "Ann", *itertools.chain(*looks))
    kept = set(enrolled.sample_ids) - aside(gallery)
    places = [place for place, sample_id in enumerate(enrolled.sample_ids) if sample_id in kept]
    assert {0 if p < 9 else 1 if p < 11 else 2 if p < 13 else 3 for p in places} == {0, 1, 2, 3}


def test_what_was_set_aside_can_come_back(gallery, open_gallery):
    enrol(gallery, "Ann", *pictures(ANN, 7))
    for sample_id in aside(gallery):
        assert gallery.restore_sample("Ann", sample_id).name == "Ann"
        assert sample_id not in aside(gallery)
        assert (len(aside(gallery)), gallery.sample_count) == (2, 5)
    before = view(gallery)
    kept = next(sample.id for sample in gallery.samples("Ann") if sample.set_aside_at is None)
    gallery.restore_sample("Ann", kept)
    assert view(gallery) == before == view(open_gallery())


def test_two_who_become_one_have_no_more_samples_than_others(gallery):
    enrol(gallery, "Ann", *pictures(ANN, 4))
    enrol(gallery, "Anna", *pictures(ANN, 4, first=4), force=True)
    gallery.merge("Ann", "Anna")
    assert counts(gallery) == {"Anna": (5, 0)}
    assert len(aside(gallery, "Anna")) == 3


def test_a_smaller_limit_holds_from_the_next_change_on(open_gallery):
    old = open_gallery(max_samples=10)
    enrol(old, "Ann", *pictures(ANN, 8))
    old.close()
    gallery = open_gallery(max_samples=3)
    assert counts(gallery) == {"Ann": (8, 0)}
    assert enrol(gallery, "Ann", picture(ANN, 8)).set_aside == 6
    assert counts(gallery) == {"Ann": (3, 0)}


def test_samples_of_another_model_are_not_counted(open_gallery):
    old = open_gallery()
    enrol(old, "Ann", *pictures(ANN, 5))
    old.close()
    gallery = open_gallery("test-model-2")
    faces = [replace(face, embedding=replace(face.embedding, model_id="test-model-2")) for face in pictures(ANN, 5)]
    assert enrol(gallery, "Ann", *faces).set_aside == 0
    assert (counts(gallery), gallery.sample_count) == ({"Ann": (10, 0)}, 5)


vectors = st.integers(1, 30).flatmap(
    lambda n: st.lists(
        st.lists(st.floats(-1, 1, width=32), min_size=4, max_size=4).filter(lambda v: np.linalg.norm(v) > 0.1),
        min_size=n, max_size=n,
    )
)  # fmt: skip


@settings(deadline=None)
@given(vectors, st.integers(1, 12), st.data())
def test_as_many_stand_for_all_as_were_asked_for(rows, count, data):
    matrix = np.array(rows, np.float32)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    pinned = data.draw(st.lists(st.sampled_from(range(len(matrix))), unique=True, max_size=min(count, len(matrix))))
    chosen = representatives(matrix, count, pinned)
    assert len(chosen) == min(count, len(matrix))
    assert set(pinned) <= chosen <= set(range(len(matrix)))
    assert len(representatives(matrix[sorted(chosen)], count)) == len(chosen)


def test_who_comes_often_gets_a_name_of_whods_own(gallery, open_gallery):
    first = gallery.enrol_familiar([picture(ANN), picture(ANN, 1)], "visit")
    assert (first.change, first.person.name, first.person.familiar) == (Change.CREATED, "Familiar 1", True)
    enrol(gallery, "familiar 2", picture(CY))
    assert gallery.enrol_familiar([picture(BO)], "visit").person.name == "Familiar 3"
    assert [(p.name, p.familiar) for p in gallery.people()] == [
        ("Familiar 1", True), ("familiar 2", False), ("Familiar 3", True),
    ]  # fmt: skip
    assert view(open_gallery()) == view(gallery)
    assert gallery.identify(picture(ANN, 2).embedding).person == first.person


def test_a_name_makes_nobody_a_resident(gallery, open_gallery):
    gallery.enrol_familiar([picture(ANN)], "visit")
    assert gallery.rename("Familiar 1", "Postman").familiar
    enrol(gallery, "Postman", picture(ANN, 1))
    assert gallery.find("postman").familiar
    resident = gallery.set_familiar("Postman", familiar=False)
    assert resident == gallery.find("Postman") == open_gallery().find("Postman")
    assert not resident.familiar
    assert gallery.set_familiar("Postman", familiar=True).familiar
    assert gallery.identify(picture(ANN, 2).embedding).person == gallery.find("Postman")
    with pytest.raises(NoSuchPerson):
        gallery.set_familiar("Milkman", familiar=True)


def test_names_and_titles_stay_out_of_the_log(gallery, caplog):
    caplog.set_level(logging.INFO)
    first, _ = enrol(gallery, "Ann", picture(ANN), picture(ANN, 1)).sample_ids
    gallery.add_counter_examples("Ann", [picture(BO)], "visit")
    gallery.set_familiar("Ann", familiar=True)
    gallery.delete_sample("Ann", first)
    gallery.restore_sample("Ann", gallery.samples("Ann")[0].id)
    assert len(caplog.records) == 5
    assert not [word for word in ("ann", ".jpg") if word in caplog.text.lower().replace("daemon", "")]


names = st.sampled_from(["Ann", "Bo", "Cy"])
faces = st.lists(st.builds(picture, st.integers(0, 2), st.integers(0, 9)), min_size=1, max_size=6)
ref = st.sampled_from(["Ann", "Bo", "Cy", "Familiar 1"])
changes = st.lists(
    st.one_of(
        st.tuples(st.just("enrol"), names, faces, st.booleans()),
        st.tuples(st.just("not"), ref, faces),
        st.tuples(st.just("familiar"), faces),
        st.tuples(st.just("delete_sample"), ref, st.integers(0, 9)),
        st.tuples(st.just("restore_sample"), ref, st.integers(0, 9)),
        st.tuples(st.just("merge"), ref, ref),
        st.tuples(st.just("forget"), ref),
    ),
    max_size=12,
)


def apply(gallery, change):
    match change:
        case ("enrol", name, faces, force):
            enrol(gallery, name, *faces, force=force)
        case ("not", ref, faces):
            gallery.add_counter_examples(ref, faces, "visit")
        case ("familiar", faces):
            gallery.enrol_familiar(faces, "visit")
        case ("delete_sample" | "restore_sample" as verb, ref, number):
            if (found := gallery.samples(ref))[number:]:
                getattr(gallery, verb)(ref, found[number].id)
        case ("merge", ref, into):
            gallery.merge(ref, into)
        case ("forget", ref):
            gallery.forget(ref)


@settings(max_examples=60, deadline=None)
@given(changes)
def test_after_any_changes_memory_and_file_agree_and_the_limit_holds(tmp_path_factory, sequence):
    path = tmp_path_factory.mktemp("gallery") / "gallery.db"
    with contextlib.closing(Gallery.open(path, MODEL, SETTINGS, FakeClock())) as gallery:
        for change in sequence:
            with contextlib.suppress(InputError):
                apply(gallery, change)
        with contextlib.closing(Gallery.open(path, MODEL, SETTINGS, FakeClock())) as again:
            assert view(again) == view(gallery)
        for person in gallery.people():
            samples = [sample for sample in gallery.samples(person.id) if sample.kind == "positive"]
            searched = [sample for sample in samples if sample.set_aside_at is None]
            assert len(searched) == person.samples <= SETTINGS.max_samples
            assert searched or not samples
