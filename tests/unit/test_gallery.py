# SPDX-License-Identifier: Apache-2.0
"""People: enrolled, found, renamed, merged, forgotten."""

import logging
import unicodedata
import uuid
from dataclasses import replace

import numpy as np
import pytest
from support_gallery import DETECTION, MODEL, D, axis, contents, embedding, names, seen

from daemon.errors import (
    BadName,
    InputError,
    ModelMismatch,
    NameTaken,
    NoSuchPerson,
    SamePerson,
)
from daemon.gallery import Reason
from daemon.types import Change, Embedding, Observation


def test_a_new_gallery_is_empty(gallery):
    assert (gallery.person_count, gallery.sample_count, gallery.people()) == (0, 0, [])
    assert gallery.candidates(embedding(1)) == ()
    assert gallery.identify(embedding(1)).reason == Reason.EMPTY_GALLERY


def test_enrolling_creates_and_then_updates(gallery, clock):
    first = gallery.enrol("Alice", [seen(1), seen(1, 0.1)], "upload", force=True)
    assert first.change is Change.CREATED
    assert uuid.UUID(first.person.id).version == 4
    assert len(set(first.sample_ids)) == 2
    clock.advance(60)
    second = gallery.enrol(" ALICE ", [seen(1, 0.2)], "cli", force=True)
    assert second.change is Change.UPDATED
    assert second.person == first.person
    (alice,) = gallery.people()
    assert (alice.name, alice.samples, alice.negatives) == ("Alice", 3, 0)
    assert (alice.updated_at - alice.created_at).total_seconds() == 60
    assert alice.last_seen_at is None
    assert (gallery.person_count, gallery.sample_count) == (1, 3)


@pytest.mark.parametrize("twin", ["zoë", "ZOË", "  Zoë ", "\uff3a\uff4f\u00eb", unicodedata.normalize("NFD", "Zoë")])
def test_twins_of_a_name_are_one_person(gallery, twin):
    first = gallery.enrol("Zoë", [seen(1)], "upload")
    assert gallery.enrol(twin, [seen(1)], "upload").person == first.person
    assert names(gallery) == ["Zoë"]
    assert gallery.find(twin) == first.person


def test_who_was_enrolled_is_found_after_opening_again(gallery, open_gallery):
    gallery.enrol("Alice", [seen(1), seen(1, 0.3)], "upload")
    gallery.enrol("Bob", [seen(2)], "import")
    again = open_gallery()
    assert contents(again) == contents(gallery)
    assert again.identify(embedding(1, 0.1)).person == gallery.find("Alice")


def test_an_observation_of_another_model_enrols_nothing(gallery):
    with pytest.raises(ModelMismatch, match="other-model cannot be compared with a gallery of test-model-1"):
        gallery.enrol("Alice", [seen(1), seen(1, model_id="other-model")], "upload")
    assert gallery.people() == []


def test_a_bad_name_enrols_nothing(gallery):
    with pytest.raises(BadName):
        gallery.enrol("", [seen(1)], "upload")
    assert gallery.people() == []


@pytest.mark.parametrize(
    "observations",
    [
        [],
        [Observation(DETECTION, 0.8, Embedding(axis(1) * 2, MODEL))],
        [Observation(DETECTION, 0.8, Embedding(axis(1) * np.nan, MODEL))],
        [Observation(DETECTION, 0.8, Embedding(np.eye(1, d, dtype=np.float32)[0], MODEL)) for d in (D - 8, D + 8)],
    ],
    ids=["none", "not unit", "nan", "another length"],
)
def test_what_only_a_bug_can_enrol_is_refused_whole(gallery, open_gallery, observations):
    gallery.enrol("Alice", [seen(1)], "upload")
    with pytest.raises(ValueError, match=r"nothing to enrol|unit length|same shape") as raised:
        gallery.enrol("Bob", observations, "upload")
    assert not isinstance(raised.value, InputError)
    assert names(gallery) == names(open_gallery()) == ["Alice"]


def test_names_stay_out_of_the_log(gallery, caplog):
    caplog.set_level(logging.INFO)
    person = gallery.enrol("Alice", [seen(1)], "upload").person
    gallery.rename("Alice", "Alicia")
    gallery.enrol("Bob", [seen(2)], "upload")
    gallery.merge("Alicia", "Bob")
    gallery.forget("Bob")
    assert person.id in caplog.text
    assert len(caplog.records) == 5
    assert not [name for name in ("alic", "bob") if name in caplog.text.lower()]


def test_a_name_and_whether_somebody_is_familiar_change_together_or_not_at_all(gallery, open_gallery):
    before = gallery.enrol("Alice", [seen(1)], "upload").person
    gallery.enrol("Bob", [seen(2)], "upload")
    with pytest.raises(NameTaken):
        gallery.change("Alice", "Bob", familiar=True)
    assert gallery.find("Alice") == open_gallery().find("Alice") == before
    after = gallery.change("alice", "Alicia", familiar=True)
    assert after == replace(before, name="Alicia", familiar=True)
    assert gallery.find(before.id) == open_gallery().find(before.id) == after
    assert gallery.change("Alicia") == after


def test_people_come_in_the_order_of_their_names(gallery):
    for number, name in enumerate(["bob", "Ämilie", "alice", "Carol", "Zoë"]):
        gallery.enrol(name, [seen(number)], "upload")
    assert names(gallery) == ["alice", "bob", "Carol", "Zoë", "Ämilie"]


def test_a_person_is_found_by_id_and_by_name(gallery):
    alice = gallery.enrol("Alice", [seen(1)], "upload").person
    assert gallery.find(alice.id) == gallery.find("alice") == alice


def test_who_is_not_there_is_said_with_the_nearest_name(gallery):
    with pytest.raises(NoSuchPerson, match='Nobody named "Alica" is enrolled: look at the list'):
        gallery.find("Alica")
    gallery.enrol("Alice", [seen(1)], "upload")
    with pytest.raises(NoSuchPerson, match=r'Nobody named "Alica" is enrolled; did you mean "Alice"\?'):
        gallery.find("Alica")
    with pytest.raises(LookupError):
        gallery.find(str(uuid.uuid4()))
    for change in (gallery.forget, lambda ref: gallery.rename(ref, "X"), lambda ref: gallery.merge(ref, "Alice")):
        with pytest.raises(NoSuchPerson):
            change("Zed")


def test_renaming_keeps_the_id_and_the_samples(gallery, open_gallery, clock):
    alice = gallery.enrol("Alice", [seen(1)], "upload").person
    clock.advance(1)
    assert gallery.rename("alice", "Alicia").id == alice.id
    assert names(gallery) == ["Alicia"]
    assert gallery.identify(embedding(1)).person == gallery.find("Alicia")
    with pytest.raises(NoSuchPerson):
        gallery.find("Alice")
    assert gallery.enrol("Alice", [seen(2)], "upload").change is Change.CREATED
    assert contents(open_gallery()) == contents(gallery)


def test_a_name_may_be_spelt_otherwise(gallery):
    alice = gallery.enrol("alice", [seen(1)], "upload").person
    assert gallery.rename("alice", "ALICE").name == "ALICE"
    assert gallery.find("alice") == replace(alice, name="ALICE")


def test_another_persons_name_is_taken(gallery, open_gallery):
    gallery.enrol("Alice", [seen(1)], "upload")
    gallery.enrol("Bob", [seen(2)], "upload")
    with pytest.raises(NameTaken, match="another person's name: choose another, or merge the two"):
        gallery.rename("Alice", "BOB")
    with pytest.raises(BadName):
        gallery.rename("Alice", "\u202eBob")
    assert names(gallery) == names(open_gallery()) == ["Alice", "Bob"]


def test_merging_moves_the_samples(gallery, open_gallery):
    gone = gallery.enrol("Al", [seen(1), seen(1, 0.1)], "upload", force=True).person
    alice = gallery.enrol("Alice", [seen(2)], "upload", force=True).person
    assert gallery.merge("al", alice.id).person == alice
    (summary,) = gallery.people()
    assert (summary.id, summary.samples) == (alice.id, 3)
    assert [match.votes for match in gallery.candidates(embedding(1))] == [3]
    with pytest.raises(NoSuchPerson):
        gallery.find(gone.id)
    assert contents(open_gallery()) == contents(gallery)


def test_a_person_cannot_be_merged_with_itself(gallery):
    alice = gallery.enrol("Alice", [seen(1)], "upload").person
    with pytest.raises(SamePerson, match="cannot be merged with itself: name two different people"):
        gallery.merge(alice.id, "ALICE")
    assert gallery.sample_count == 1


def test_who_is_forgotten_is_gone_from_memory_and_file(gallery, open_gallery, path):
    observation = seen(1, 0.4)
    alice = gallery.enrol("Alice", [observation], "upload").person
    gallery.enrol("Bob", [seen(2)], "upload")
    secrets = [b"Alice", alice.id.encode(), observation.embedding.vector.tobytes()]
    assert all(secret in path.read_bytes() for secret in secrets)
    receipt = gallery.forget("alice")
    assert (receipt.person, receipt.samples, receipt.pictures) == (alice, 1, 0)
    assert gallery.forgotten() == [alice.id]
    gallery.forgot([alice.id])
    assert not any(secret in path.read_bytes() for secret in secrets)
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert gallery.identify(observation.embedding).person is None
    assert names(gallery) == names(open_gallery()) == ["Bob"]
    assert gallery.sample_count == 1
