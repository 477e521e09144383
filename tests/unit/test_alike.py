# SPDX-License-Identifier: Apache-2.0
"""What a gallery says of how well its people can be told apart: names, sample ids, sentences."""

import contextlib
import json

import numpy as np
import pytest

from daemon.clock import FakeClock
from daemon.config import load
from daemon.errors import InputError
from daemon.gallery import Gallery
from daemon.types import AlikeReport, Box, Detection, Doubt, Embedding, Landmarks, Observation, Point, SampleKind

MODEL = "test-model-1"
D = 96
SETTINGS = load().settings.gallery
DETECTION = Detection(Box(0, 0, 100, 100), Landmarks(*[Point(50, 50)] * 4), 0.9)


def picture(person, number, noise=0.5):
    """A picture of a person: similar by 0.8 to any other of theirs, and hardly to those of others."""
    direction, change = (
        np.random.default_rng(person).normal(size=D),
        np.random.default_rng((person, number)).normal(size=D),
    )
    vector = direction / np.linalg.norm(direction) + noise * change / np.linalg.norm(change)
    return Observation(DETECTION, 0.8, Embedding((vector / np.linalg.norm(vector)).astype(np.float32), MODEL))


def pictures(person, count, first=0):
    return [picture(person, first + number) for number in range(count)]


@pytest.fixture
def gallery_settings():
    return SETTINGS


def cautions(gallery, doubt=None):
    return [caution for caution in gallery.alike().cautions if doubt in (None, caution.doubt)]


def test_nobody(gallery):
    assert gallery.alike() == AlikeReport((), (), (), ())
    advice = gallery.alike(0.001).advice
    assert (advice.threshold, advice.own) == (advice.measured, None)


def test_people_who_are_apart(gallery):
    for number, name in enumerate(("Zoë", "alice", "Bob")):
        gallery.enrol(name, pictures(number, 3), "cli")
    report = gallery.alike()
    assert [standing.person.name for standing in report.people] == ["alice", "Bob", "Zoë"]
    assert report.cautions == ()
    assert report.advice is None
    for place, standing in enumerate(report.people):
        assert (standing.samples, standing.tested, standing.missed, standing.mistaken) == (3, 3, 0, 0)
        assert standing.lowest > standing.required > SETTINGS.threshold
        row = report.matrix[place]
        assert row[place] == pytest.approx(1, abs=1e-5)
        other = max((similarity, at) for at, similarity in enumerate(row) if at != place)
        assert (standing.similarity, standing.nearest) == (
            pytest.approx(other[0], abs=1e-5),
            report.people[other[1]].person,
        )
    assert len(report.pairs) == 3
    assert sorted((pair.similarity for pair in report.pairs), reverse=True) == [
        pair.similarity for pair in report.pairs
    ]


def test_the_sample_that_is_odd_is_told_by_its_id(gallery, path):
    gallery.enrol("Alice", pictures(1, 4), "cli")
    gallery.enrol("Bob", pictures(2, 4), "cli")
    wrong = gallery.enrol("Alice", [picture(2, 9)], "cli", force=True).sample_ids[0]
    stranger = gallery.enrol("Bob", [picture(3, 0)], "cli", force=True).sample_ids[0]
    first, second = cautions(gallery)
    assert [(one.doubt, one.sample_id) for one in (first, second)] == [
        (Doubt.ODD_SAMPLE, wrong),
        (Doubt.ODD_SAMPLE, stranger),
    ]
    assert [person.name for person in first.people] == ["Alice", "Bob"]
    assert 'looks more like "Bob"' in first.text
    assert f'whod samples "Alice" --delete {wrong}' in first.text
    assert [person.name for person in second.people] == ["Bob"]
    assert "is unlike the others" in second.text
    alice, bob = gallery.alike().people
    assert (alice.lowest_sample, bob.lowest_sample) == (wrong, stranger)
    assert (alice.mistaken, bob.missed) == (1, 1)
    with contextlib.closing(Gallery.open(path, MODEL, SETTINGS, FakeClock())) as again:
        assert again.alike().as_json() == gallery.alike().as_json()
    gallery.delete_sample("Alice", wrong)
    gallery.delete_sample("Bob", stranger)
    assert cautions(gallery) == []


def test_a_sample_that_is_set_aside_does_not_count(gallery):
    gallery.enrol("Alice", pictures(1, SETTINGS.max_samples + 5), "cli")
    gallery.enrol("Bob", pictures(2, 2), "cli")
    report = gallery.alike()
    assert [standing.samples for standing in report.people] == [SETTINGS.max_samples, 2]
    aside = {sample.id for sample in gallery.samples("Alice") if sample.set_aside_at}
    assert len(aside) == 5
    assert report.people[0].lowest_sample not in aside


def test_one_person_under_two_names_until_they_are_merged(gallery):
    gallery.enrol("Bob", pictures(1, 3), "cli")
    gallery.enrol("Robert", pictures(1, 3, first=3), "cli", force=True)
    gallery.enrol("Alice", pictures(2, 3), "cli")
    (caution,) = cautions(gallery)
    assert caution.doubt is Doubt.ALIKE
    assert {person.name for person in caution.people} == {"Bob", "Robert"}
    assert "merge them if they are one person" in caution.text
    assert gallery.alike().people[1].required > SETTINGS.threshold + 0.02
    gallery.merge("Robert", "Bob")
    assert cautions(gallery) == []


def test_people_with_one_sample_share_a_sentence(gallery):
    for number in range(5):
        gallery.enrol(f"P{number}", pictures(number, 1), "cli")
        (caution,) = cautions(gallery)
        assert caution.doubt is Doubt.ONE_SAMPLE
        assert len(caution.people) == number + 1
        assert [standing.lowest for standing in gallery.alike().people] == [None] * (number + 1)
    assert '"P0", "P1", "P2" and 2 more' in caution.text


def test_a_counter_example_can_make_a_sample_missed(gallery):
    gallery.enrol("Alice", pictures(1, 4), "cli")
    face = picture(1, 2)
    gallery.add_samples("Alice", SampleKind.NEGATIVE, [face], "cli", force=True)
    assert gallery.alike().people[0].missed == 1


def test_many_people_have_no_matrix(gallery):
    for number in range(51):
        gallery.enrol(f"P{number}", pictures(number, 1), "cli", force=True)
    report = gallery.alike(0.05)
    assert report.matrix == ()
    assert len(report.pairs) == 10
    assert report.advice.own is not None


def test_a_rate_that_was_not_measured(gallery):
    with pytest.raises(InputError, match=r"from 0\.0003 to 0\.05"):
        gallery.alike(0.5)


def test_it_survives_json(gallery):
    gallery.enrol("Alice", pictures(1, 2), "cli")
    gallery.enrol("Bob", pictures(2, 1), "cli")
    gallery.enrol("Bob", [picture(3, 0)], "cli", force=True)
    report = gallery.alike(0.01)
    record = json.loads(json.dumps(report.as_json(), allow_nan=False))
    again = AlikeReport.from_json(record)
    assert again.as_json() == record
    assert [standing.person for standing in again.people] == [standing.person for standing in report.people]
    assert [(c.doubt, c.people, c.text) for c in again.cautions] == [
        (c.doubt, c.people, c.text) for c in report.cautions
    ]
