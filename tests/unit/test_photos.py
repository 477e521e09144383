# SPDX-License-Identifier: Apache-2.0
"""What is said of pictures: regions and their labels, embeddings, and who it is of a group or of one."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import cv2
import numpy as np
import pytest
from support_gallery import MODEL, axis, embedding, seen

from daemon.clock import FakeClock
from daemon.errors import (
    BadEmbedding,
    BadName,
    DuplicatePhoto,
    KeyReused,
    ModelMismatch,
    NoPictureKept,
    NoSuchGroup,
    NoSuchPerson,
    NoSuchRegion,
    OtherPerson,
    PhotoError,
    PhotoTooLarge,
    PoorPhoto,
)
from daemon.service.photos import Photos
from daemon.service.regions import KEEP_S, MOST, Regions
from daemon.types import Among, Box, Change, Detection, Landmarks, Photo, Point, RequestKey, SampleKind

FRONT = Detection(Box(30, 20, 40, 40), Landmarks(Point(40, 30), Point(60, 30), Point(50, 40), Point(50, 52)), 0.9)
PROFILE = replace(FRONT, landmarks=Landmarks(Point(40, 30), Point(50, 30), Point(36, 40), Point(42, 52)))


def face(number, tilt=0.0, detection=FRONT, quality=0.8, worst="sharpness"):
    return replace(seen(number, tilt, quality=quality), detection=detection, worst=worst)


class House:
    """A gallery, and pictures whose faces are as they are told."""

    def __init__(self, gallery) -> None:
        self.gallery = gallery
        self.clock = FakeClock()
        self.changes = 0
        self._faces = []
        self.photos = Photos(gallery, lambda pixels: self._faces[int(pixels[0, 0, 0])], self._changed, self.clock)

    def picture(self, *faces, name="a.png", size=(60, 100)):
        self._faces.append(list(faces))
        picture = np.full((*size, 3), len(self._faces) - 1, np.uint8)
        return Photo(name, cv2.imencode(".png", picture)[1].tobytes())

    def region(self, *args, **kwargs):
        ((region,),) = [one.faces for one in self.photos.detect([self.picture(face(*args, **kwargs))])]
        return region

    def enrol(self, name, *numbers):
        return self.gallery.enrol(name, [seen(number) for number in numbers], "test", force=True).person

    def who(self, *faces, **among):
        (found,) = self.photos.identify([self.picture(*faces)], Among(**among))
        return [one.identification for one in found.faces]

    def _changed(self):
        self.changes += 1


@pytest.fixture
def house(gallery):
    return House(gallery)


class TestPictures:
    def test_places_are_those_of_the_picture_as_it_was_given(self, house):
        large = house.picture(face(1), size=(3000, 5000))  # looked at with its longer side at 2048
        for (found,) in (house.photos.detect([large]), house.photos.embed([large]).pictures):
            assert (found.image, found.width, found.height) == ("a.png", 5000, 3000)
            assert found.faces[0].detection.box == pytest.approx([v * 5000 / 2048 for v in FRONT.box])
        sent_smaller = replace(house.picture(face(1)), scale=3)
        assert house.photos.detect([sent_smaller])[0].faces[0].detection.box == FRONT.box

    @pytest.mark.parametrize("call", ["detect", "identify", "embed"])
    def test_one_that_cannot_be_looked_at_does_not_fail_the_others(self, house, call):
        huge = Photo("huge.jpg", b"\xff" * 3_000_000)
        photos = [house.picture(face(1)), Photo("b.txt", b"hello"), huge, house.picture(name="c.png")]
        found = getattr(house.photos, call)(photos)
        found = found.pictures if call == "embed" else found
        assert [one.image for one in found] == ["a.png", "b.txt", "huge.jpg", "c.png"]
        assert [len(one.faces) for one in found] == [1, 0, 0, 0]
        assert [type(one.error) for one in found] == [type(None), PhotoError, PhotoTooLarge, type(None)]
        assert (found[1].width, found[3].width) == (None, 100)

    def test_embeddings_with_the_model_that_made_them(self, house):
        model_id, (found,) = house.photos.embed([house.picture(face(3), face(4))])
        assert model_id == MODEL
        assert [one.embedding.vector.tolist() for one in found.faces] == [axis(3).tolist(), axis(4).tolist()]


class TestRegions:
    def test_what_would_be_refused_is_told_before(self, house):
        assert house.region(1).objection is None
        assert house.region(1, quality=0.2, worst="size").objection.startswith("the face is too small: ")
        assert house.region(1, detection=PROFILE).objection.startswith("the face is turned to the side: ")
        flaws = [
            house.region(1, **how).flaw for how in ({}, {"quality": 0.2, "worst": "size"}, {"detection": PROFILE})
        ]
        assert flaws == [None, "size", "yaw"]

    def test_a_label_enrols_the_face(self, house):
        photo = house.picture(face(1), face(2))
        ((one, other),) = [found.faces for found in house.photos.detect([photo])]
        new = house.photos.label(one.id, "Ann", source="album")
        assert (new.change, new.person.name, house.changes) == (Change.CREATED, "Ann", 1)
        assert house.gallery.samples("Ann")[0].source == "album"
        assert house.gallery.identify(embedding(1)).person == new.person
        assert house.gallery.identify(embedding(2)).person is None
        again = house.photos.label(other.id, new.person.id, force=True)
        assert (again.change, again.person) == (Change.UPDATED, new.person)
        assert house.gallery.identify(embedding(2, 0.1)).person == new.person

    def test_what_is_kept_of_the_picture_is_the_face_with_some_room_around_it(self, house):
        house.photos.label(house.region(1).id, "Ann")
        (sample,) = house.gallery.samples("Ann")
        kept = cv2.imdecode(np.frombuffer(house.gallery.picture("Ann", sample.id), np.uint8), cv2.IMREAD_COLOR)
        assert 40 < max(kept.shape[:2]) <= 100

    def test_nothing_is_kept_of_it_where_no_pictures_are(self, open_gallery):
        house = House(open_gallery(keep_pictures=False))
        house.photos.label(house.region(1).id, "Ann")
        (sample,) = house.gallery.samples("Ann")
        with pytest.raises(NoPictureKept):
            house.gallery.picture("Ann", sample.id)

    def test_by_all_the_rules_of_enrolment(self, house):
        house.enrol("Bo", 2)
        poor = house.region(1, quality=0.2, worst="sharpness")
        with pytest.raises(PoorPhoto, match=r"^In a\.png the face is blurred"):
            house.photos.label(poor.id, "Ann")
        with pytest.raises(PoorPhoto, match="turned to the side"):
            house.photos.label(house.region(1, detection=PROFILE).id, "Ann")
        with pytest.raises(OtherPerson, match='more like "Bo"'):
            house.photos.label(house.region(2, 0.2).id, "Ann")
        with pytest.raises(BadName):
            house.photos.label(house.region(1).id, "")
        assert [person.name for person in house.gallery.people()] == ["Bo"]
        house.photos.label(poor.id, "Ann", force=True)
        with pytest.raises(DuplicatePhoto):
            house.photos.label(house.region(1).id, "Ann")

    def test_a_request_that_is_sent_again_gets_the_same_answer_though_the_region_has_gone(self, house):
        region, request = house.region(1), RequestKey("k1", "label")
        first = house.photos.label(region.id, "Ann", request=request)
        house.clock.advance(KEEP_S)
        assert house.photos.label(region.id, "Ann", request=request) == first
        assert [person.samples for person in house.gallery.people()] == [1]
        with pytest.raises(KeyReused):
            house.photos.label(region.id, "Bo", request=replace(request, fingerprint="another"))

    def test_as_a_counter_example_of_somebody_who_is_there(self, house):
        house.enrol("Ann", 1)
        region = house.region(2, quality=0.1)
        house.photos.label(region.id, "Ann", SampleKind.NEGATIVE)
        assert [(person.samples, person.negatives) for person in house.gallery.people()] == [(1, 1)]
        with pytest.raises(NoSuchPerson):
            house.photos.label(region.id, "Nobody", SampleKind.NEGATIVE)

    def test_for_a_quarter_of_an_hour_by_the_monotonic_clock(self, house):
        region = house.region(1)
        house.clock.advance(KEEP_S - 1)
        house.photos.label(region.id, "Ann")
        house.clock.advance(1)
        with pytest.raises(NoSuchRegion, match="15 minutes at most, and not beyond a restart"):
            house.photos.label(region.id, "Ann")

    def test_nothing_stays_in_memory_though_nobody_asks_again(self, house):
        house.region(1)
        house.clock.advance(KEEP_S - 1)
        house.photos.expire()
        assert len(house.photos._regions) == 1
        house.clock.advance(1)
        house.photos.expire()
        assert len(house.photos._regions) == 0

    def test_of_too_many_those_go_that_were_used_least_recently(self):
        regions = Regions(FakeClock())
        first, second = regions.keep("first"), regions.keep("second")
        assert regions.find(first) == "first"
        more = [regions.keep(str(n)) for n in range(MOST - 1)]
        assert len(regions) == MOST
        assert regions.find(first) == "first"
        assert regions.find(more[0]) == "0"
        with pytest.raises(NoSuchRegion):
            regions.find(second)


class TestAmong:
    @pytest.fixture(autouse=True)
    def _people(self, house):
        self.ann, self.bo, self.cy = (house.enrol(name, n) for n, name in enumerate(["Ann", "Bo", "Cy"], 1))
        house.gallery.create_group("Family", ["Ann", "Cy"])

    def test_everybody(self, house):
        decision = house.who(face(2))[0]
        assert (decision.person, decision.reason) == (self.bo, "accepted")
        assert len(decision.candidates) == 3
        assert decision.candidates[0].person == self.bo
        assert [match.person for match in house.who(face(2), k=1)[0].candidates] == [self.bo]

    def test_somebody_outside_the_group_is_unknown_and_never_the_second_best(self, house):
        between = replace(face(2), embedding=replace(embedding(2), vector=_between(2, 1)))
        assert house.who(between)[0].person == self.bo
        decision = house.who(between, group="family")[0]
        assert (decision.person, decision.reason) == (None, "other_group")
        assert [match.person for match in decision.candidates] == [self.ann, self.cy]
        assert decision.candidates[0].similarity > 0.5 > decision.candidates[1].similarity
        assert house.who(face(1), group="family")[0].person == self.ann
        assert [m.person for m in house.who(face(1), group="family", k=1)[0].candidates] == [self.ann]

    def test_one_person(self, house):
        decision = house.who(face(1), person="ann")[0]
        assert (decision.person, decision.reason) == (self.ann, "accepted")
        other = house.who(face(2), person=self.ann.id)[0]
        assert (other.person, other.reason) == (None, "other_person")
        assert [match.person for match in other.candidates] == [self.ann]
        stranger = house.who(face(9), person="Ann")[0]
        assert (stranger.person, stranger.reason) == (None, "below_threshold")
        assert house.who(face(2), person="Bo", group="Family")[0].reason == "other_person"

    def test_who_is_outside_has_their_face_all_the_same(self, house):
        double = replace(face(2), embedding=replace(embedding(2), vector=_between(2, 1, 0.4)))
        everybody = house.who(face(2), double)
        assert [decision.person for decision in everybody] == [self.bo, None]
        limited = house.who(face(2), double, group="Family")
        assert [decision.reason for decision in limited] == ["other_group", everybody[1].reason]

    def test_votes_are_those_of_the_decision(self, house):
        house.gallery.enrol("Ann", [seen(1, 0.2), seen(1, 0.4)], "test", force=True)
        for among in ({}, {"k": 2}, {"group": "Family"}, {"person": "Ann", "k": 1}):
            assert house.who(face(1), **among)[0].candidates[0].votes == 3

    @pytest.mark.parametrize(
        ("among", "error"), [({"group": "Nobody"}, NoSuchGroup), ({"person": "Nobody"}, NoSuchPerson)]
    )
    def test_nobody_of_that_name(self, house, among, error):
        with pytest.raises(error):
            house.who(face(1), **among)
        with pytest.raises(error):
            house.photos.identify_embeddings(MODEL, [axis(1).tolist()], Among(**among))

    def test_by_embeddings_each_by_itself(self, house):
        vectors = json.loads(json.dumps([axis(n, 0.1).astype("f8").round(6).tolist() for n in (1, 1, 2, 9)]))
        found = house.photos.identify_embeddings(MODEL, vectors, Among(k=1, group="Family"))
        assert [one.person for one in found] == [self.ann, self.ann, None, None]
        assert [one.reason for one in found] == ["accepted", "accepted", "other_group", "below_threshold"]
        assert all(len(one.candidates) == 1 for one in found)


class TestEmbeddings:
    @pytest.fixture(autouse=True)
    def _ann(self, house):
        house.enrol("Ann", 1)

    def test_of_another_model_are_refused(self, house):
        with pytest.raises(ModelMismatch, match=f'"other".*"{MODEL}"'):
            house.photos.identify_embeddings("other", [axis(1).tolist()])

    @pytest.mark.parametrize(
        ("vector", "said"),
        [
            (axis(1).tolist()[:-1], "Embedding 2 has 31 numbers; those of this model have 32"),
            ([], "has 0 numbers"),
            ((axis(1) * 1.01).tolist(), "has a length of 1.01, and must have 1"),
            ([math.nan, *axis(1).tolist()[1:]], "a length of nan"),
            ([1e308] * 32, "a length of inf"),
            ([0.0] * 32, "a length of 0"),
        ],
    )
    def test_numbers_that_are_none_are_refused(self, house, vector, said):
        with pytest.raises(BadEmbedding, match=said):
            house.photos.identify_embeddings(MODEL, [axis(1).tolist(), vector])

    def test_too_many_for_one_call(self, house):
        with pytest.raises(BadEmbedding, match="At most 100"):
            house.photos.identify_embeddings(MODEL, [axis(1).tolist()] * 101)

    def test_an_empty_gallery_knows_nobody(self, house):
        house.gallery.forget("Ann")
        (found,) = house.photos.identify_embeddings(MODEL, [[1.0]], Among(k=3))
        assert (found.person, found.reason, found.candidates) == (None, "empty_gallery", ())


def _between(near, far, part=0.7):
    """A face that is like one, and somewhat less like the other."""
    vector = axis(near) + part * axis(far)
    return (vector / np.linalg.norm(vector)).astype(np.float32)
