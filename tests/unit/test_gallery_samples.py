# SPDX-License-Identifier: Apache-2.0
"""What the gallery takes as samples, what it refuses, and which it searches."""

import contextlib
import itertools
import logging
import sqlite3
import zlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.clock import FakeClock
from daemon.config import load
from daemon.errors import (
    DuplicatePhoto,
    FacesDisagree,
    InputError,
    LastSample,
    ModelMismatch,
    NoSuchPerson,
    NoSuchSample,
    OtherPerson,
    StorageCorrupt,
    StorageError,
)
from daemon.gallery import Gallery
from daemon.gallery.admission import representatives
from daemon.types import Box, Change, Detection, Embedding, Landmarks, Observation, Point, SampleKind

MODEL = "test-model-1"
D = 64
SETTINGS = replace(load().settings.gallery, threshold=0.55, margin=0.05, k=7, max_samples=5)
DETECTION = Detection(Box(0, 0, 100, 100), Landmarks(*[Point(50, 50)] * 4), 0.9)
ANN, BO, CY = range(3)
"""Three people's faces: directions that have nothing in common."""
NEGATIVE = SampleKind.NEGATIVE


def seen(*directions, model_id=MODEL):
    """A face between these directions, which are axes or (axis, weight)."""
    vector = np.zeros(D, np.float32)
    for direction in directions:
        axis, weight = direction if isinstance(direction, tuple) else (direction, 1.0)
        vector[axis] += weight
    return Observation(DETECTION, 0.8, Embedding((vector / np.linalg.norm(vector)).astype(np.float32), model_id))


def picture(person, number=0):
    """A picture of a person: similar by 0.74 to any other, and by 0.01 at most to those of others."""
    return seen(person, (10 + number, 0.6))


def pictures(person, count, first=0):
    return [picture(person, first + number) for number in range(count)]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "gallery.db"


@pytest.fixture
def open_gallery(path):
    with contextlib.ExitStack() as stack:

        def opener(model_id=MODEL, **changes):
            gallery = Gallery.open(path, model_id, replace(SETTINGS, **changes), FakeClock())
            stack.callback(gallery.close)
            return gallery

        yield opener


@pytest.fixture
def gallery(open_gallery):
    return open_gallery()


def enrol(gallery, name, *faces, **how):
    """With a title for each picture."""
    return gallery.enrol(name, faces, "upload", titles=[f"{n}.jpg" for n, _ in enumerate(faces)], **how)


def counts(gallery):
    return {person.name: (person.samples, person.negatives) for person in gallery.people()}


def view(gallery):
    """Everything that readers see, for comparing."""
    state = gallery._state
    owners = [state.index.person_ids[owner] for owner in state.index.owners.tolist()]
    rows = [row.tobytes() for row in state.index.samples.take(np.arange(len(owners)))]
    negatives = {owner: [row.tobytes() for row in rows] for owner, rows in state.negatives.items()}
    return gallery.people(), sorted(zip(owners, rows, strict=True)), negatives


# What is refused


def test_the_same_picture_once_more_is_refused(gallery):
    enrol(gallery, "Ann", picture(ANN))
    with pytest.raises(
        DuplicatePhoto, match=r'^1\.jpg is nearly the same picture as one that whod has of "Ann"'
    ) as e:
        enrol(gallery, "ann", picture(ANN, 1), picture(ANN))
    assert "leave it out, or add --force" in str(e.value)
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


# Counter-examples


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
    with pytest.raises(OtherPerson, match=r'a\.jpg is nearly the same picture as a sample of "Ann".*delete that one'):
        gallery.add_samples("Ann", NEGATIVE, [picture(ANN)], "cli", titles=["a.jpg"])
    with pytest.raises(OtherPerson, match=r'as a counter-example of "Ann": delete that one first if it was wrong'):
        enrol(gallery, "Ann", picture(BO))
    assert counts(gallery) == {"Ann": (1, 1)}


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


# Samples one by one


def test_the_samples_are_listed(gallery):
    first = enrol(gallery, "Ann", picture(ANN), picture(ANN, 1)).sample_ids
    against = gallery.add_counter_examples("Ann", [picture(BO)], "visit").sample_ids
    found = gallery.samples("ann")
    assert [sample.id for sample in found] == [*first, *against]
    assert [(sample.kind, sample.source) for sample in found] == [("positive", "upload")] * 2 + [
        ("negative", "visit")
    ]
    assert {(sample.quality, sample.set_aside_at) for sample in found} == {(0.8, None)}


def test_a_sample_is_deleted_from_memory_and_file(gallery, open_gallery, path):
    first, second = enrol(gallery, "Ann", picture(ANN), picture(ANN, 1)).sample_ids
    enrol(gallery, "Bo", picture(BO))
    assert gallery.delete_sample("Ann", first).name == "Ann"
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


# More than are searched


def aside(gallery, name="Ann"):
    return {sample.id for sample in gallery.samples(name) if sample.set_aside_at is not None}


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


# People who come often


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


# The file

SCHEMA_1 = """
    CREATE TABLE person (
        id TEXT NOT NULL PRIMARY KEY,
        name TEXT NOT NULL,
        name_key TEXT NOT NULL UNIQUE,
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL,
        checksum INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE sample (
        id TEXT NOT NULL PRIMARY KEY,
        person_id TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
        kind TEXT NOT NULL CHECK (kind IN ('positive', 'negative')),
        model_id TEXT NOT NULL,
        vector BLOB NOT NULL,
        quality REAL NOT NULL,
        source TEXT NOT NULL,
        created_at TEXT NOT NULL,
        checksum INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX sample_of_person ON sample (person_id);
    PRAGMA user_version=1;
"""
AT = "2026-11-21T19:30:02.113Z"


def write_schema_1(path):
    """A file as whod 0.1 wrote it: Ann with two samples, Bo with one and a counter-example."""
    with contextlib.closing(sqlite3.connect(path)) as old:
        old.executescript(SCHEMA_1)
        for person_id, name in (("a", "Ann"), ("b", "Bo")):
            words = (person_id, name, name.lower(), AT, AT)
            old.execute(
                "INSERT INTO person VALUES (?, ?, ?, ?, ?, ?)", (*words, zlib.crc32("\n".join(words).encode()))
            )
        rows = [("a", "positive", picture(ANN)), ("a", "positive", picture(ANN, 1))]
        rows += [("b", "positive", picture(BO)), ("b", "negative", picture(CY))]
        for number, (person_id, kind, face) in enumerate(rows):
            vector = face.embedding.vector.tobytes()
            words = (f"s{number}", person_id, kind, MODEL, "0.8", "upload", AT)
            checksum = zlib.crc32(vector, zlib.crc32("\n".join(words).encode()))
            row = (f"s{number}", person_id, kind, MODEL, vector, 0.8, "upload", AT, checksum)
            old.execute("INSERT INTO sample VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        old.commit()


def test_a_file_of_the_first_schema_keeps_everything(open_gallery, path):
    write_schema_1(path)
    gallery = open_gallery()
    assert counts(gallery) == {"Ann": (2, 0), "Bo": (1, 1)}
    assert not any(person.familiar for person in gallery.people())
    assert [(s.id, s.quality, s.source, s.set_aside_at) for s in gallery.samples("Ann")] == [
        ("s0", 0.8, "upload", None), ("s1", 0.8, "upload", None),
    ]  # fmt: skip
    assert gallery.identify(picture(ANN, 2).embedding).person == gallery.find("Ann")
    assert view(open_gallery()) == view(gallery)
    enrol(gallery, "Ann", *pictures(ANN, 5, first=2))
    gallery.set_familiar("Bo", familiar=True)
    assert counts(open_gallery()) == {"Ann": (5, 0), "Bo": (1, 1)}
    assert view(open_gallery()) == view(gallery)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE person SET familiar = 0",
        "UPDATE person SET familiar = 1 - familiar",
        "UPDATE sample SET set_aside_at = NULL",
        "UPDATE sample SET set_aside_at = created_at",
        "UPDATE sample SET set_aside_at = '' WHERE set_aside_at IS NULL",
    ],
)
def test_the_new_columns_are_under_the_checksum(open_gallery, path, change):
    gallery = open_gallery(max_samples=3)
    gallery.enrol_familiar(pictures(ANN, 4), "visit")
    gallery.close()
    with contextlib.closing(sqlite3.connect(path)) as other:
        other.execute("UPDATE sample SET set_aside_at = set_aside_at")
        other.execute(change)
        other.commit()
    with pytest.raises(StorageCorrupt, match="checksum"):
        open_gallery()


def test_when_the_disk_fails_nothing_is_half_changed(gallery, open_gallery, path):
    enrol(gallery, "Ann", *pictures(ANN, 7))
    before, (sample_id, *_) = view(gallery), aside(gallery)
    gallery._store._database._connection.execute("PRAGMA busy_timeout=20")
    with contextlib.closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN EXCLUSIVE")
        for change in (
            lambda: enrol(gallery, "Ann", picture(ANN, 8)),
            lambda: gallery.add_counter_examples("Ann", [picture(BO)], "visit"),
            lambda: gallery.restore_sample("Ann", sample_id),
            lambda: gallery.delete_sample("Ann", sample_id),
            lambda: gallery.set_familiar("Ann", familiar=True),
        ):
            with pytest.raises(StorageError, match="locked by another program"):
                change()
    assert view(gallery) == before == view(open_gallery())


# Any sequence of changes

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
