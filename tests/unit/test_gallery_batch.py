# SPDX-License-Identifier: Apache-2.0
"""Many people's samples in one transaction: each all or nothing."""

import pytest
from support_samples import ANN, BO, CY, NEGATIVE, aside, counts, enrol, picture, pictures, seen, view

from daemon.errors import BadName, DuplicatePhoto, FacesDisagree, ModelMismatch, OtherPerson, StorageError
from daemon.gallery.samples import Faces
from daemon.types import RequestKey


@pytest.fixture
def gallery_settings():
    import support_samples  # noqa: PLC0415

    return support_samples.SETTINGS


def faces(observation, title="1.jpg", **how):
    return Faces([observation], "import", [title], **how)


def words(done):
    return [type(each) if isinstance(each, Exception) else str(each.change) for each in done]


def test_each_arrives_or_is_refused_by_itself(gallery, open_gallery):
    enrol(gallery, "Bo", picture(BO))
    done = gallery.enrol_batch(
        [
            ("Ann", faces(picture(ANN))),
            ("ann", faces(picture(ANN, 1))),
            ("Ann", faces(picture(ANN, 1))),
            ("Ann", faces(picture(CY))),
            ("New", faces(picture(BO, 3))),
            ("x" * 500, faces(picture(CY))),
            ("Cy", faces(picture(CY))),
        ]
    )
    assert words(done) == ["created", "updated", DuplicatePhoto, FacesDisagree, OtherPerson, BadName, "created"]
    assert counts(gallery) == {"Ann": (2, 0), "Bo": (1, 0), "Cy": (1, 0)}
    before = view(gallery)
    gallery.close()
    assert view(open_gallery()) == before


def test_what_a_batch_makes_is_what_single_enrolments_make(gallery, open_gallery, tmp_path):
    arrivals = [(name, picture(who, n)) for n in range(8) for name, who in (("Ann", ANN), ("Bo", BO), ("Cy", CY))]
    gallery.enrol_batch([(name, faces(observation)) for name, observation in arrivals])
    together = counts(gallery)
    searched = {name: len(gallery.samples(name)) for name in together}
    for name in together:
        gallery.forget(name)
    for name, observation in arrivals:
        gallery.enrol(name, [observation], "import", titles=["1.jpg"])
    assert counts(gallery) == together
    assert {name: len(gallery.samples(name)) for name in together} == searched


def test_a_batch_that_cannot_be_written_enrols_nobody(gallery, open_gallery, monkeypatch):
    enrol(gallery, "Bo", picture(BO))
    before = view(gallery)
    writes = []

    def full(self, samples):
        writes.append(samples)
        if len(writes) == 2:
            raise StorageError("The disk is full.")
        original(self, samples)

    from daemon.gallery.writer import Writer  # noqa: PLC0415

    original = Writer.add_samples
    monkeypatch.setattr(Writer, "add_samples", full)
    with pytest.raises(StorageError):
        gallery.enrol_batch([("Ann", faces(picture(ANN))), ("Cy", faces(picture(CY)))])
    assert view(gallery) == before
    gallery.close()
    assert view(open_gallery()) == before


def test_asked_again_with_its_key_a_picture_gets_the_same_answer(gallery):
    keys = [RequestKey(f"job/{n}", str(n)) for n in range(2)]
    arrivals = [("Ann", faces(picture(ANN, n), request=key)) for n, key in enumerate(keys)]
    first = gallery.enrol_batch(arrivals)
    assert gallery.enrol_batch(arrivals) == first
    assert words(first) == ["created", "updated"]
    assert counts(gallery) == {"Ann": (2, 0)}


def test_chosen_anew_all_samples_have_their_chance(gallery, open_gallery):
    enrol(gallery, "Ann", *pictures(ANN, 4))
    enrol(gallery, "Ann", *pictures(ANN, 4, first=10))
    ids = [person.id for person in gallery.people()]
    assert len(aside(gallery)) == 3
    (three,) = gallery.choose_anew(ids, 3)
    assert (three.searched, three.set_aside, three.changed) == (3, 5, True)
    assert counts(gallery) == {"Ann": (3, 0)}
    (again,) = gallery.choose_anew(ids, 3)
    assert not again.changed
    (all_of_them,) = gallery.choose_anew(ids, 100)
    assert (all_of_them.searched, all_of_them.set_aside) == (8, 0)
    (usual,) = gallery.choose_anew(ids)
    assert (usual.searched, usual.set_aside) == (5, 3)
    before = view(gallery)
    gallery.close()
    assert view(open_gallery()) == before


def test_choosing_leaves_counter_examples_and_the_forgotten_alone(gallery):
    enrol(gallery, "Ann", *pictures(ANN, 3))
    gallery.add_samples("Ann", NEGATIVE, [picture(BO)], "upload", titles=["no.jpg"])
    (ann,) = gallery.people()
    assert [chosen.person.id for chosen in gallery.choose_anew([ann.id, "gone"], 2)] == [ann.id]
    assert counts(gallery) == {"Ann": (2, 1)}


def test_reloaded_the_gallery_is_as_it_was(gallery):
    enrol(gallery, "Ann", *pictures(ANN, 7))
    before = view(gallery)
    gallery.reload()
    assert view(gallery) == before


def anew(*directions):
    return seen(*directions, model_id="other-model")


def test_embedded_anew_samples_are_searched_with_the_other_model(gallery, open_gallery):
    enrol(gallery, "Ann", *pictures(ANN, 2))
    gallery.add_samples("Ann", NEGATIVE, [picture(CY)], "upload", titles=["no.jpg"])
    gallery.enrol("Bo", [picture(BO)], "upload", titles=["1.jpg"], pictures=[b"a picture"])
    gallery.close()
    other = open_gallery("other-model")
    assert other.sample_count == 0
    foreign = other.foreign()
    assert [(each.has_picture, each.is_searched) for each in foreign] == [
        (False, True),
        (False, True),
        (False, False),
        (True, True),
    ]
    found = {foreign[0].sample_id: anew(ANN), foreign[2].sample_id: anew(CY), foreign[3].sample_id: anew(BO)}
    assert other.embed_anew({**found, "gone": anew(ANN)}) == 3
    assert other.sample_count == 2
    assert [each.sample_id for each in other.foreign()] == [foreign[1].sample_id]
    assert other.identify(anew(BO).embedding).person.name == "Bo"
    assert other.picture("Bo", foreign[3].sample_id) == b"a picture"
    before = view(other)
    other.close()
    assert view(open_gallery("other-model")) == before


def test_only_what_the_model_in_use_made_may_be_put_in(gallery):
    enrol(gallery, "Ann", picture(ANN))
    (sample,) = gallery.samples("Ann")
    with pytest.raises(ModelMismatch):
        gallery.embed_anew({sample.id: anew(ANN)})


def test_a_larger_cap_than_the_setting_is_kept_until_more_is_learned(gallery):
    enrol(gallery, "Ann", *pictures(ANN, 8))
    (ann,) = gallery.people()
    gallery.choose_anew([ann.id], 8)
    assert counts(gallery) == {"Ann": (8, 0)}
    enrol(gallery, "Ann", picture(ANN, 20))
    assert counts(gallery) == {"Ann": (5, 0)}
