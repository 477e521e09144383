# SPDX-License-Identifier: Apache-2.0
"""The measures of `whod evaluate` on embeddings whose truth is known, and on the demo's faces."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from support_daemon import EILEEN, JOE
from support_people import crowd, unit

from daemon.config import load
from daemon.errors import InputError
from daemon.evaluation.comparisons import evaluate_comparisons
from daemon.evaluation.detection import Frames
from daemon.evaluation.embeddings import Embeddings
from daemon.evaluation.enrolled import Enrolled
from daemon.evaluation.folds import random_pairs
from daemon.evaluation.identification import evaluate_open_set
from daemon.evaluation.plan import Plan
from daemon.evaluation.verification import evaluate_verification
from daemon.gallery import decide
from daemon.gallery.index import Index
from daemon.gallery.roster import Entry, Roster
from daemon.gallery.state import State
from daemon.gallery.stored import StoredPerson
from daemon.types import Box, Detection, Embedding, Landmarks, Observation, Photo, Point, Portrait
from daemon.vision import Vision, decode, models_folder

GALLERY = load().settings.gallery


class TestPairs:
    def test_folds_are_balanced_and_share_no_person(self):
        people = {f"p{i}": [f"p{i}/{k}" for k in range(1 + i % 3)] for i in range(90)}
        pairs = random_pairs(people)
        assert pairs == random_pairs(people)
        folds_of = {}
        for pair in pairs:
            a, b = (path.split("/")[0] for path in (pair.a, pair.b))
            assert (a == b) is pair.same
            assert pair.a != pair.b
            for person in (a, b):
                assert folds_of.setdefault(person, pair.fold) == pair.fold
        kinds = Counter((pair.fold, pair.same) for pair in pairs)
        assert {fold for fold, _ in kinds} == set(range(10))
        assert all(kinds[fold, True] == kinds[fold, False] for fold in range(10))

    def test_four_people_make_two_folds(self):
        pairs = random_pairs({"a": ["a1", "a2"], "b": ["b1", "b2"], "c": ["c1"], "d": ["d1"]})
        assert {pair.fold for pair in pairs} == {0, 1}

    @pytest.mark.parametrize(
        "people",
        [{}, {"a": ["1", "2"]}, {"a": ["1"], "b": ["2"], "c": ["3"], "d": ["4"]}, {"a": ["1", "2"], "b": []}],
    )
    def test_too_few_are_refused(self, people):
        with pytest.raises(InputError, match="four people"):
            random_pairs(people)


class TestVerification:
    def test_people_who_are_far_apart_are_told_apart(self):
        people, embeddings = crowd(people=12, pictures=3, noise=0.3)
        report = evaluate_verification(random_pairs(people), embeddings)
        assert report.accuracy == 1
        assert report.similarity_same > report.similarity_different
        assert report.missed == ()

    def test_missed_faces_are_counted_and_wrong(self):
        people, embeddings = crowd(people=12, pictures=3, noise=0.3)
        pairs = random_pairs(people)
        gone = pairs[0].a
        report = evaluate_verification(pairs, {**embeddings, gone: None})
        wrong = sum(gone in (pair.a, pair.b) for pair in pairs)
        assert report.missed == (gone,)
        assert report.accuracy == pytest.approx(1 - wrong / len(pairs))

    def test_without_any_face_it_says_so(self):
        people, embeddings = crowd(people=12, pictures=3)
        with pytest.raises(InputError, match="Too few faces"):
            evaluate_verification(random_pairs(people), dict.fromkeys(embeddings))


class TestComparisons:
    def test_rates_at_the_threshold_by_hand(self):
        directions = {"a/1": (1, 0), "a/2": (1, 0), "a/3": (0, 1), "b/1": (1, 0.1), "c/1": (-1, 0)}
        embeddings = {path: unit(*vector) for path, vector in directions.items()} | {"a/4": None}
        people = {"a": ["a/1", "a/2", "a/3", "a/4"], "b": ["b/1"], "c": ["c/1"]}
        report = evaluate_comparisons(people, embeddings, threshold=0.5)
        assert (report.same, report.different) == (6, 3)
        assert report.false_match_rate == pytest.approx(1 / 3)
        assert report.false_non_match_rate == pytest.approx(5 / 6)
        assert report.histogram_same.sum() == pytest.approx(1)

    @pytest.mark.parametrize("people", [{"a": ["1", "2"]}, {"a": ["1"], "b": ["2"]}, {}])
    def test_too_few_are_refused(self, people):
        with pytest.raises(InputError, match="two people"):
            evaluate_comparisons(people, {"1": unit(1, 0), "2": unit(0, 1)}, 0.5)


class TestOpenSet:
    @settings(max_examples=60)
    @given(
        arrays(
            np.float32,
            st.tuples(st.integers(1, 8), st.integers(1, 3), st.integers(2, 4)),
            elements=st.floats(-1, 1, width=32),
        ),
        st.floats(-0.5, 0.9),
    )
    def test_who_is_named_is_who_the_gallery_names(self, samples, threshold):
        """Its likeness, crowds, threshold and margin."""
        lengths = np.linalg.norm(samples, axis=2, keepdims=True)
        assume((lengths > 1e-2).all())
        samples = samples / lengths
        people, each, width = samples.shape
        probe = samples[0, 0] * 0.5 + 0.5
        ids = [str(i) for i in range(people)]
        index = Index.build([id_ for id_ in ids for _ in range(each)], samples.reshape(-1, width))
        state = State(Roster.of(Entry(StoredPerson(id_, id_, id_, "", "")) for id_ in ids), index)
        said = decide(state.matches(probe, people, 7, threshold), threshold, GALLERY.margin)
        score, best = Enrolled(samples).scores(probe[None], GALLERY.margin)
        assume(abs(score[0] - threshold) > 1e-5 and abs(said.margin - GALLERY.margin) > 1e-5)
        assert (score[0] >= threshold) is np.bool_(said.person is not None)
        assert said.person is None or said.person.id == ids[best[0]]

    def test_people_who_are_far_apart_are_all_known(self):
        people, embeddings = crowd(people=40, pictures=8, noise=0.2)
        reports = evaluate_open_set(people, embeddings, GALLERY)
        assert {(r.people, r.samples) for r in reports} == {(n, k) for n in (3, 10, 20) for k in (1, 3, 5)}
        for report in reports:
            assert report.residents == 20 * report.people * (8 - report.samples)
            assert report.strangers == 20 * (40 - report.people)
            assert report.shipped.fnir == report.shipped.fpir == 0
            assert report.at_fpir == {}  # no rate of 1 in 100 with 30 strangers

    def test_a_stranger_who_looks_like_a_resident_is_named(self):
        people, embeddings = crowd(people=4, pictures=3, noise=0.05)
        embeddings |= dict.fromkeys(people["alice-3"], embeddings[people["alice-0"][0]])
        people["alice-3"] = people["alice-3"][:1]
        report = evaluate_open_set(people, embeddings, GALLERY)[0]
        assert report.people == 3
        assert report.shipped.fpir == 1
        assert report.shipped.fnir == 0

    def test_a_missed_face_is_not_identified(self):
        people, embeddings = crowd(people=6, pictures=4, noise=0.05)
        embeddings |= dict.fromkeys(pictures[3] for pictures in people.values())
        report = next(r for r in evaluate_open_set(people, embeddings, GALLERY) if r.samples == 1)
        assert report.shipped.fnir == pytest.approx(1 / 3)
        assert report.shipped.misidentified == 0

    def test_too_low_a_lead_names_nobody(self):
        people, embeddings = crowd(people=12, pictures=4, noise=0.3)
        strict = replace(GALLERY, margin=2.0)
        assert all(r.shipped.fnir == 1 and r.shipped.fpir == 0 for r in evaluate_open_set(people, embeddings, strict))

    def test_fewer_strangers_named_is_more_residents_missed(self):
        people, embeddings = crowd(people=1100, pictures=2, noise=1.1)
        reports = evaluate_open_set(people, embeddings, GALLERY)
        assert {r.people for r in reports} == {3, 10, 20, 50, 100, 150}
        for report in reports:
            lax, strict = report.at_fpir[1e-2], report.at_fpir.get(1e-3)
            assert lax.fpir <= 0.01
            assert lax.fnir_bounds.low <= lax.fnir <= lax.fnir_bounds.high
            assert strict is None or (strict.fpir <= 1e-3 and strict.fnir >= lax.fnir)
        assert 1e-3 in reports[0].at_fpir

    @pytest.mark.parametrize(("count", "pictures"), [(0, 0), (1, 5), (3, 2), (9, 1)])
    def test_too_few_are_refused(self, count, pictures):
        with pytest.raises(InputError, match="three people"):
            evaluate_open_set(*crowd(people=count, pictures=pictures), GALLERY)


class Fake:
    """A chain that sees what it is told to, whatever the picture."""

    def __init__(self, *boxes, vector=(1.0, 0.0)):
        self.boxes, self.vector = boxes, vector

    def detect(self, pixels):
        return [Detection(Box(*box), Landmarks(*[Point(0, 0)] * 4), 0.9) for box in self.boxes]

    def analyse(self, pixels):
        return [self.embed(self.portray(pixels, face)) for face in self.detect(pixels)]

    def portray(self, pixels, detection):
        return Portrait(detection, np.zeros((112, 112, 3), np.uint8), 1.0)

    def embed(self, portrait):
        return Observation(portrait.detection, 1.0, unit(*self.vector))


@pytest.fixture(scope="module")
def vision():
    return Vision.load(models_folder(), load().settings)


@pytest.fixture(scope="module")
def faces():
    return [decode(Photo(path.name, path.read_bytes())) for path in (EILEEN, JOE)]


class TestDetection:
    def test_faces_are_found_where_they_were_placed(self, vision, faces):
        frames = Frames({"int8": vision}, widths=(112, 85, 4))
        for picture in faces:
            frames.look(picture)
        report = frames.report("int8")
        assert report.found == {112: 2, 85: 2, 4: 0}
        assert report.stray == report.nobody == 0

    def test_another_chain_is_shown_the_same_frames(self, vision, faces):
        frames = Frames({"int8": vision, "blind": Fake(), "wrong": Fake((600, 440, 30, 30))}, widths=(112,))
        frames.look(faces[0])
        assert frames.report("int8").recall == {112: 1}
        assert frames.report("blind").recall == {112: 0}
        assert frames.report("wrong").stray == 1

    def test_faces_of_nobody_are_false(self):
        frames = Frames({"seeing": Fake((10, 10, 20, 20), (50, 50, 20, 20)), "blind": Fake()})
        frames.look_at_nobody(np.zeros((100, 100, 3), np.uint8))
        assert frames.report("seeing").false == 2
        assert frames.report("blind").false == 0
        assert "faces" not in frames.report("seeing").as_json()

    def test_without_a_face_it_says_so(self):
        frames = Frames({"blind": Fake()})
        frames.look(np.zeros((100, 100, 3), np.uint8))
        with pytest.raises(InputError, match="no picture of a face"):
            frames.report("blind")


class TestAgreement:
    PICTURE = np.zeros((100, 100, 3), np.uint8)

    def test_it_is_the_cosine_of_the_two(self):
        embeddings = Embeddings({"int8": Fake((10, 10, 50, 50)), "float": Fake((12, 10, 50, 50), vector=(0.6, 0.8))})
        embeddings.look("a", self.PICTURE)
        embeddings.look("gone", None)
        report = embeddings.agreement()
        assert report.pictures == 1
        assert report.same_crops == report.own_detections == pytest.approx(0.6)
        assert embeddings.by_chain["float"].keys() == {"a", "gone"}
        assert embeddings.by_chain["float"]["gone"] is None

    def test_two_faces_in_a_picture_are_not_compared_with_each_other(self):
        embeddings = Embeddings({"int8": Fake((0, 0, 20, 20)), "float": Fake((70, 70, 20, 20))})
        embeddings.look("a", self.PICTURE)
        with pytest.raises(InputError, match="int8 with float"):
            embeddings.agreement()


def test_a_plan_looks_at_each_picture_once():
    people = {f"p{i}": [f"p{i}/1", f"p{i}/2"] for i in range(900)}
    plan = Plan(people, pairs=random_pairs(people), open_set=True, detection=True, nobody=["/n"])
    assert len(plan.pictures) == len(set(plan.pictures)) == 1801
    assert len(plan.placed) == 400
    assert {path.split("/")[1] for path in plan.placed} == {"1"}
    assert Plan(people).pictures == []


def test_embeddings_of_two_models_do_not_mix():
    people, embeddings = crowd(people=4, pictures=2)
    embeddings["alice-0/0"] = Embedding(embeddings["alice-0/0"].vector, "another")
    with pytest.raises(TypeError, match="cannot be compared"):
        evaluate_verification(random_pairs(people), embeddings)
