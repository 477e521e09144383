# SPDX-License-Identifier: Apache-2.0
"""Who a face is, by a gallery."""

import numpy as np
import pytest
from support_gallery import SETTINGS, embedding, seen

from daemon.errors import (
    ModelMismatch,
)
from daemon.gallery import Reason
from daemon.types import SampleKind


def test_a_face_is_the_person_it_is_nearest_to(gallery):
    alice = gallery.enrol("Alice", [seen(1, 0.1), seen(1, -0.1)], "upload", force=True).person
    bob = gallery.enrol("Bob", [seen(2)], "upload", force=True).person
    decision = gallery.identify(embedding(1))
    assert (decision.person, decision.reason) == (alice, Reason.ACCEPTED)
    assert decision.similarity == pytest.approx(1, abs=0.01)
    assert decision.margin == pytest.approx(decision.similarity, abs=0.01)
    assert [(m.person, m.rank, m.votes) for m in decision.candidates] == [(alice, 1, 2), (bob, 2, 1)]


def test_a_stranger_is_nobody(gallery):
    gallery.enrol("Alice", [seen(1)], "upload")
    decision = gallery.identify(embedding(5))
    assert (decision.person, decision.reason) == (None, Reason.BELOW_THRESHOLD)


def test_similarity_is_to_the_mean_of_the_samples_and_to_the_nearest(gallery):
    gallery.enrol("Alice", [seen(1), seen(2)], "upload", force=True)
    (match,) = gallery.candidates(embedding(1))
    assert match.similarity == pytest.approx(0.7 * np.sqrt(0.5) + 0.3)


def test_more_is_required_in_a_gallery_of_people_who_are_alike(gallery):
    gallery.enrol("Alice", [seen(1)], "upload")
    (alone,) = gallery.candidates(embedding(1))
    assert alone.required == pytest.approx(SETTINGS.threshold)
    for n in range(3):
        gallery.enrol(f"P{n}", [seen(1, tilt=1 + n / 5)], "upload", force=True)
    best, *others = gallery.candidates(embedding(1))
    crowd = sum(match.similarity for match in others) / 5
    # The face is Alice's very sample: it is as much like the others as she is.
    assert best.required == pytest.approx(SETTINGS.threshold + 0.15 * (crowd + crowd))
    assert all(match.required is None or match.required > SETTINGS.threshold for match in others)


def test_who_is_in_the_frame_already_is_not_named_twice(gallery):
    alice = gallery.enrol("Alice", [seen(1)], "upload").person
    decision = gallery.identify(embedding(1), frozenset({alice.id}))
    assert (decision.person, decision.reason) == (None, Reason.TAKEN)


def test_the_margin_is_known_even_when_k_is_one_and_people_are_excluded(open_gallery):
    gallery = open_gallery(k=1)
    people = [gallery.enrol(f"P{n}", [seen(1, tilt=n / 50)], "upload", force=True).person for n in range(4)]
    decision = gallery.identify(embedding(1), frozenset(person.id for person in people[:2]))
    assert decision.reason == Reason.TAKEN
    assert gallery.identify(embedding(1)).reason == Reason.TOO_CLOSE_TO_SECOND


def test_however_many_have_counter_examples_the_margin_is_to_the_next(open_gallery):
    """The postman's face was said not to be this one's, nor that one's; the other two are about as like him."""
    gallery = open_gallery(k=1)
    for number in range(6):
        gallery.enrol(f"P{number}", [seen(1, tilt=0.2 + number / 50)], "upload", force=True)
    for number in range(5):
        gallery.add_samples(f"P{number}", SampleKind.NEGATIVE, [seen(1)], "visit", force=True)
        expected = gallery.find("P5") if number == 4 else None
        assert gallery.identify(embedding(1)).person == expected


def test_however_many_are_excluded_the_best_of_the_rest_is_found(gallery):
    crowd = [gallery.enrol(f"P{n}", [seen(1, tilt=n / 50)], "upload", force=True).person for n in range(10)]
    decision = gallery.identify(embedding(1), frozenset(person.id for person in crowd[:9]))
    assert decision.person == crowd[9]
    assert decision.margin == decision.similarity


def test_as_many_candidates_come_as_were_asked_for(gallery):
    for number in range(10):
        gallery.enrol(f"P{number}", [seen(number), seen(number, 0.1)], "upload", force=True)
    assert len(gallery.candidates(embedding(1))) == SETTINGS.k
    few = gallery.candidates(embedding(1), k=3)
    assert [match.rank for match in few] == [1, 2, 3]
    assert few[0].person.name == "P1"
    assert few[0].votes == 2


def test_an_embedding_of_another_model_is_refused(gallery):
    for call in (gallery.identify, gallery.candidates):
        with pytest.raises(ModelMismatch, match="embed the picture again"):
            call(embedding(1, model_id="other-model"))


def test_samples_of_another_model_are_kept_but_not_searched(open_gallery, caplog):
    old = open_gallery()
    old.enrol("Alice", [seen(1), seen(1, 0.1)], "upload", force=True)
    old.close()
    new = open_gallery("test-model-2")
    assert "2 samples are of another model than test-model-2" in caplog.text
    assert (new.person_count, new.sample_count) == (1, 0)
    assert new.identify(embedding(1, model_id="test-model-2")).reason == Reason.EMPTY_GALLERY
    new.enrol("alice", [seen(1, model_id="test-model-2")], "upload", force=True)
    assert (new.people()[0].samples, new.sample_count) == (3, 1)
    assert [record.levelname for record in caplog.records].count("WARNING") == 1
    new.close()
    assert open_gallery().sample_count == 2
