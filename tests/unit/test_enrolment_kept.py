# SPDX-License-Identifier: Apache-2.0
"""What is kept of an enrolment besides its samples: pictures, the answer for who asks again, the person's version."""

import contextlib
import threading

import pytest
from support_office import Office, photo
from support_samples import ANN, BO, NEGATIVE, enrol, picture, pictures, seen

from daemon.errors import Changed, DuplicatePhoto, KeyReused, LastSample, NoPictureKept, NoSuchSample
from daemon.types import Change, Photo, RequestKey, SampleKind
from daemon.vision import MAX_ENROL_BYTES, decode

KEY = RequestKey("key-1", "print-1")


@pytest.fixture
def office(tmp_path):
    office = Office(tmp_path)
    yield office
    office.close()


def reopened(office, *overrides):
    office.close()
    return contextlib.closing(Office(office.folder, *overrides))


# Pictures


def test_a_picture_of_the_face_is_kept_and_nothing_else_of_the_file(office):
    done = office.people.enrol("Ann", [photo(11)])
    (sample,) = office.people.samples("Ann")
    assert sample.picture
    kept = office.people.picture("Ann", done.sample_ids[0])
    pixels = decode(Photo("kept", kept), MAX_ENROL_BYTES)
    original = decode(photo(11), MAX_ENROL_BYTES)
    # Twice the width of the face, (70, 60) and 100 wide, as far as the picture goes.
    assert pixels.shape == (200, 200, 3)
    assert abs(pixels.mean() - original[10:210, 20:220].mean()) < 2
    assert kept not in photo(11).data
    with pytest.raises(NoSuchSample):
        office.people.picture("Ann", "no-such-sample")


def test_faces_of_visits_and_old_samples_have_none(office):
    office.gallery.enrol("Ann", [picture(ANN)], "visit")
    (sample,) = office.people.samples("Ann")
    assert not sample.picture
    with pytest.raises(NoPictureKept):
        office.people.picture("Ann", sample.id)


def test_pictures_belong_to_their_samples_though_copies_are_left_out(open_gallery):
    gallery = open_gallery()
    gallery.enrol("Ann", [picture(ANN)], "upload", pictures=[b"first"])
    faces = [picture(ANN), picture(ANN, 1), picture(ANN, 2)]
    done = gallery.enrol("Ann", faces, "upload", pictures=[b"copy", b"second", b"third"])
    assert [gallery.picture("Ann", sample_id) for sample_id in done.sample_ids] == [b"second", b"third"]


def test_where_none_are_to_be_kept_there_are_none_and_those_there_go(office):
    office.people.enrol("Ann", [photo(11), photo(12)])
    office.people.delete_sample("Ann", office.people.samples("Ann")[0].id)
    with reopened(office, "gallery.keep_pictures=false") as off:
        assert [sample.picture for sample in off.people.samples("Ann")] == [False]
        off.people.enrol("Bo", [photo(21)])
        assert [sample.picture for sample in off.people.samples("Bo")] == [False]
        off.people.undos.undo(off.people.undos.all()[0].id)
        assert [sample.picture for sample in off.people.samples("Ann")] == [False, False]
    data = (office.folder / "gallery.db").read_bytes()
    assert b"JFIF" not in data
    with contextlib.closing(Office(office.folder)) as on:
        on.people.enrol("Cy", [photo(31)])
        assert [sample.picture for sample in on.people.samples("Cy")] == [True]


# Requests


def test_who_asks_again_gets_the_first_answer_and_nothing_is_done(office):
    first = office.people.enrol("Ann", [photo(11), photo(12)], request=KEY)
    version, analysed = office.people.person("Ann").version, office.analysed
    assert office.people.enrol("Ann", [photo(11), photo(12)], request=KEY) == first
    assert first.change is Change.CREATED
    assert (office.people.person("Ann").version, office.analysed) == (version, analysed)
    with reopened(office) as again:
        assert again.people.enrol("Ann", [photo(11), photo(12)], request=KEY) == first
        with pytest.raises(DuplicatePhoto):
            again.people.enrol("Ann", [photo(11)], request=RequestKey("key-2", "print-1"))


def test_samples_are_added_once_for_a_key(office):
    office.people.enrol("Ann", [photo(11)])
    first = office.people.add_samples("Ann", SampleKind.POSITIVE, [photo(12)], request=KEY)
    assert office.people.add_samples("Ann", SampleKind.POSITIVE, [photo(12)], request=KEY) == first
    assert len(office.people.samples("Ann")) == 2


def test_a_key_of_another_request_is_refused(office):
    office.people.enrol("Ann", [photo(11)], request=KEY)
    for ask in (
        lambda: office.people.enrol("Bo", [photo(21)], request=RequestKey("key-1", "print-2")),
        lambda: office.people.add_samples(
            "Ann", SampleKind.POSITIVE, [photo(12)], request=RequestKey("key-1", "print-2")
        ),
    ):
        with pytest.raises(KeyReused, match="was that of another one in the last 24 hours: give it a new one"):
            ask()
    assert [(person.name, person.samples) for person in office.people.people()] == [("Ann", 1)]


def test_a_key_is_free_again_after_a_day_and_when_the_enrolment_failed(office):
    with pytest.raises(DuplicatePhoto):
        office.people.enrol("Ann", [photo(11), photo(11)], request=KEY)
    office.people.enrol("Ann", [photo(11)], request=KEY)
    office.clock.advance(24 * 3600 + 1)
    done = office.people.enrol("Bo", [photo(21)], request=RequestKey("key-1", "print-2"))
    assert done.change is Change.CREATED


def test_of_two_who_ask_at_once_one_is_done(gallery):
    answers = []
    start = threading.Barrier(2)

    def ask():
        start.wait()
        answers.append(gallery.enrol("Ann", pictures(ANN, 2), "upload", request=KEY))

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers[0] == answers[1]
    assert len(gallery.samples("Ann")) == 2


# Versions


def test_each_change_of_a_person_gives_another_version_and_no_other_does(gallery, open_gallery):
    sample_id = enrol(gallery, "Ann", *pictures(ANN, 3)).sample_ids[0]
    enrol(gallery, "Bo", picture(BO))
    seen = [gallery.summary("Ann").version]
    changes = [
        lambda: enrol(gallery, "Ann", picture(ANN, 5)),
        lambda: gallery.add_samples("Ann", NEGATIVE, [picture(BO, 5)], "upload"),
        lambda: gallery.delete_sample("Ann", sample_id),
        lambda: gallery.rename("Ann", "Anna"),
        lambda: gallery.set_familiar("Anna", familiar=True),
        lambda: gallery.create_group("Family", ["Anna"]),
        lambda: gallery.change_group("Family", name="House"),
        lambda: gallery.merge("Bo", "Anna"),
        lambda: gallery.change_group("House", people=[]),
    ]
    for change in changes:
        change()
        (ann,) = (person for person in gallery.people() if person.name in ("Ann", "Anna"))
        seen.append(ann.version)
    assert len(set(seen)) == len(changes) + 1
    enrol(gallery, "Cy", picture(7))
    gallery.create_group("Others", ["Cy"])
    assert gallery.summary("Anna").version == seen[-1]
    assert open_gallery().summary("Anna").version == seen[-1]


def test_whoever_expects_another_version_changes_nothing(gallery, open_gallery):
    sample_id = enrol(gallery, "Ann", *pictures(ANN, 3)).sample_ids[0]
    enrol(gallery, "Bo", picture(BO))
    old = gallery.summary("Ann").version
    gallery.set_familiar("Ann", familiar=True)
    before = gallery.people(), gallery.samples("Ann")
    for change in (
        lambda **how: gallery.rename("Ann", "Anna", **how),
        lambda **how: gallery.set_familiar("Ann", familiar=False, **how),
        lambda **how: gallery.change("Ann", "Anna", familiar=False, **how),
        lambda **how: gallery.merge("Ann", "Bo", **how),
        lambda **how: gallery.delete_sample("Ann", sample_id, **how),
        lambda **how: gallery.restore_sample("Ann", sample_id, **how),
        lambda **how: gallery.add_samples("Ann", SampleKind.POSITIVE, [picture(ANN, 9)], "upload", **how),
        lambda **how: gallery.forget("Ann", **how),
    ):
        with pytest.raises(Changed, match='"Ann" was changed meanwhile: look again, then decide'):
            change(expected=old)
    assert (gallery.people(), gallery.samples("Ann")) == before
    gallery.rename("Ann", "Anna", expected=gallery.summary("Ann").version)
    assert open_gallery().find("Anna").name == "Anna"


# Samples of another model


def test_the_last_sample_that_is_searched_stays_whatever_other_models_have(open_gallery):
    first = open_gallery()
    enrol(first, "Ann", *pictures(ANN, 2))
    first.close()
    gallery = open_gallery("model-2")
    faces = [seen(ANN, (axis, 0.6), model_id="model-2") for axis in (5, 6)]
    ours = gallery.enrol("Ann", faces, "upload")
    gallery.delete_sample("Ann", ours.sample_ids[0])
    with pytest.raises(LastSample):
        gallery.delete_sample("Ann", ours.sample_ids[1])
    for old in [sample.id for sample in gallery.samples("Ann") if sample.id not in ours.sample_ids]:
        gallery.delete_sample("Ann", old)
    assert gallery.sample_count == 1
    gallery.close()
    # Of a model that is not in use the last one stays too, if there is no other.
    old = open_gallery()
    with pytest.raises(LastSample):
        old.delete_sample("Ann", ours.sample_ids[1])
