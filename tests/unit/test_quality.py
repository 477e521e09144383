# SPDX-License-Identifier: Apache-2.0
"""The quality of a face, and which pictures are refused for it."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data
from hypothesis import given
from hypothesis import strategies as st

from daemon.camera.pictures import read_picture
from daemon.config import load
from daemon.errors import PoorPhoto
from daemon.evaluation.conditions import Conditions, taken
from daemon.service.samples import Samples
from daemon.types import Box, Detection, Embedding, Landmarks, Observation, Photo, Point, SampleKind
from daemon.vision import Vision, encode_jpeg, models_folder, objection
from daemon.vision.quality import MIN_ENROL_QUALITY, MIN_QUALITY, Measures, assess, measure, rated

ASTRONAUT = skimage.data.astronaut()
FAMILY = Path(__file__).parents[3] / "shared" / "faces" / "family"
GOOD = Measures(120, 0.8, 50, 130, 0, 0.1, 0.02, 0.95)
BAD_WHEN_LOW = ("size", "sharpness", "contrast", "brightness", "score")
POOR = {
    "size": 10, "sharpness": 0, "contrast": 1, "brightness": 0, "glare": 1, "yaw": 5, "pitch": 2,
    "score": 0,
}  # fmt: skip
"""The worst of each measure."""


@pytest.fixture(scope="module")
def vision() -> Vision:
    return Vision.load(models_folder(), load().settings)


@pytest.fixture(scope="module")
def face(vision) -> tuple[Detection, np.ndarray]:
    """The astronaut's, as it was found and upright."""
    (found,) = vision.detect(ASTRONAUT)
    return found, vision.portray(ASTRONAUT, found).crop


def spoilt(crop: np.ndarray, seed: int = 1, **conditions: float) -> np.ndarray:
    return taken(crop, Conditions(**conditions), np.random.default_rng(seed))


numbers = st.floats(0, 1e6)


class TestParts:
    @given(st.tuples(*[numbers] * len(Measures._fields)))
    def test_all_are_between_0_and_1_whatever_is_measured(self, values):
        quality = rated(Measures(*values))
        parts = [getattr(quality, name) for name in Measures._fields]
        assert all(0 <= part <= 1 for part in parts)
        assert 0 < quality.overall < 1
        assert quality.worst in Measures._fields

    @given(
        st.sampled_from(Measures._fields), numbers, numbers, st.tuples(*[st.floats(0, 150)] * len(Measures._fields))
    )
    def test_a_better_measure_never_makes_the_quality_worse(self, name, one, other, rest):
        lower, higher = sorted((one, other))
        worse, better = (lower, higher) if name in BAD_WHEN_LOW else (higher, lower)
        before, after = (rated(Measures(*rest)._replace(**{name: value})) for value in (worse, better))
        assert getattr(before, name) <= getattr(after, name)
        assert before.overall <= after.overall

    @pytest.mark.parametrize("name", Measures._fields)
    def test_each_matters_and_is_named_when_it_is_the_only_bad_one(self, name):
        good, poor = rated(GOOD), rated(GOOD._replace(**{name: POOR[name]}))
        assert getattr(good, name) == 1
        assert getattr(poor, name) == 0
        assert poor.overall < good.overall
        assert poor.worst == name

    @given(st.lists(st.floats(-1e4, 1e4), min_size=8, max_size=8))
    def test_any_points_will_do(self, values):
        points = Landmarks(*(Point(*values[i : i + 2]) for i in range(0, 8, 2)))
        measures = measure(Detection(Box(0, 0, 80, 80), points, 0.9), np.zeros((112, 112, 3), np.uint8))
        assert measures.yaw >= 0
        assert measures.pitch >= 0
        assert np.isfinite(measures).all()


class TestPictures:
    def test_a_good_picture_is_good(self, face):
        assert assess(*face).overall > 0.95

    @pytest.mark.parametrize(
        ("part", "weak", "strong"),
        [
            ("sharpness", {"defocus_px": 3}, {"defocus_px": 6}),
            ("sharpness", {"motion_px": 10, "motion_deg": 0}, {"motion_px": 25, "motion_deg": 0}),
            ("sharpness", {"motion_px": 12, "motion_deg": 90}, {"motion_px": 25, "motion_deg": 90}),
            ("brightness", {"light": 0.1}, {"light": 0.01}),
            ("glare", {"gain": 1.5}, {"gain": 4}),
            ("contrast", {"haze": 0.8}, {"haze": 0.95}),
        ],
    )
    def test_it_falls_with_what_spoils_a_picture(self, vision, face, part, weak, strong):
        found, crop = face
        good = assess(found, crop)
        worse, worst = (
            assess(found, vision.portray(spoilt(ASTRONAUT, **conditions), found).crop)
            for conditions in (weak, strong)
        )
        assert getattr(good, part) >= getattr(worse, part) > getattr(worst, part)
        assert good.overall > worse.overall > worst.overall
        assert worst.worst == part

    @pytest.mark.parametrize("light", [0.03, 0.01, 0.004])
    def test_noise_is_not_sharpness(self, face, light):
        found, crop = face
        blurred = cv2.GaussianBlur(crop, (0, 0), 4)
        noisy = spoilt(blurred, light=light, gain=light**-0.8)
        assert laplacian(noisy) > 1.5 * laplacian(crop)
        assert assess(found, noisy).sharpness < 0.5 * assess(found, crop).sharpness
        assert assess(found, noisy).overall < 0.5

    def test_a_face_from_the_side_or_from_below_is_worse(self, face):
        found, crop = face
        left, right, nose, mouth = found.landmarks
        good = assess(found, crop)
        beyond = Point(left.x - (right.x - left.x), nose.y)
        turned = assess(replace(found, landmarks=Landmarks(left, right, beyond, mouth)), crop)
        high = assess(replace(found, landmarks=Landmarks(left, right, Point(nose.x, left.y), mouth)), crop)
        assert turned.yaw < 0.1
        assert high.pitch < 0.1
        assert max(turned.overall, high.overall) < good.overall

    @pytest.mark.parametrize("degrees", [-40, 15, 90])
    def test_a_tilted_head_is_as_good(self, face, degrees):
        found, crop = face
        turn = np.array(cv2.getRotationMatrix2D((0, 0), degrees, 1))[:, :2]
        tilted = Landmarks(*(Point(*map(float, turn @ point)) for point in found.landmarks))
        assert assess(replace(found, landmarks=tilted), crop).overall == pytest.approx(assess(found, crop).overall)

    def test_a_portrait_and_what_is_made_of_it_carry_the_quality(self, vision, face):
        found, _ = face
        portrait = vision.portray(ASTRONAUT, found)
        quality = assess(found, portrait.crop)
        observation = vision.embed(portrait)
        assert (portrait.quality, portrait.worst) == (quality.overall, quality.worst)
        assert (observation.quality, observation.worst) == (quality.overall, quality.worst)
        assert vision.analyse(ASTRONAUT)[0].worst == quality.worst


def test_few_pixels_are_told_as_such_not_as_a_lack_of_sharpness():
    assert rated(GOOD._replace(size=12, sharpness=0.06)).worst == "size"
    assert rated(GOOD._replace(size=60, sharpness=0.06)).worst == "sharpness"


class TestGate:
    def test_enrolment_asks_for_more_than_a_vote_does(self):
        assert 0 < MIN_QUALITY < MIN_ENROL_QUALITY < rated(GOOD).overall

    def test_a_good_face_meets_no_objection_and_a_poor_one_a_sentence_for_its_worst_part(self):
        assert objection(of_quality(MIN_ENROL_QUALITY, "size")) is None
        sentences = {objection(of_quality(MIN_ENROL_QUALITY - 0.01, name)) for name in Measures._fields}
        assert len(sentences) == len(Measures._fields)
        assert all(words and words.startswith("the face ") and ": " in words for words in sentences)

    @pytest.mark.parametrize(
        ("conditions", "words"),
        [
            ({"defocus_px": 6.0}, "the face is blurred or grainy: hold still"),
            ({"motion_px": 30.0}, "the face is blurred or grainy: hold still"),
            ({"light": 0.01}, "the face is too dark: turn towards the light"),
            ({"light": 0.02, "gain": 40, "defocus_px": 2.5}, "the face is blurred or grainy"),
            ({"gain": 3.5, "defocus_px": 2}, "the face is too bright"),
            ({"haze": 0.95}, "the face is pale"),
        ],
    )
    def test_a_poor_photo_is_not_enrolled_and_the_reason_is_told(self, vision, conditions, words):
        gallery = Recorder()
        samples = Samples(gallery, vision.analyse, lambda: None)
        photo = Photo("a.png", png(spoilt(ASTRONAUT, **conditions)))
        for refused in (samples.enrol, lambda ref, photos: samples.add_samples(ref, SampleKind.POSITIVE, photos)):
            with pytest.raises(PoorPhoto, match=rf"^In a\.png {words}.*; or force it\.$"):
                refused("Alice", [Photo("b.jpg", encode_jpeg(ASTRONAUT)), photo])
        assert gallery.taken == []
        samples.enrol("Alice", [photo], force=True)
        samples.add_samples("Alice", SampleKind.NEGATIVE, [photo])
        assert gallery.taken == ["enrol", "add_samples"]

    @pytest.mark.skipif(not FAMILY.is_dir(), reason="no test pictures")
    def test_ordinary_pictures_are_enrolled(self, vision):
        photos = list(FAMILY.glob("Family*.jpg"))
        observations = [vision.analyse(read_picture(path)) for path in photos]
        poor = [found[0].worst for found in observations if objection(found[0])]
        assert len(photos) >= 15
        assert poor == []


def of_quality(quality: float, worst: str) -> Observation:
    front = Landmarks(Point(0, 0), Point(20, 0), Point(10, 10), Point(10, 22))
    found = Detection(Box(0, 0, 40, 40), front, 0.9)
    return Observation(found, quality, Embedding(np.zeros(4, np.float32), "made-up"), worst)


class Recorder:
    """A gallery that takes everything."""

    keeps_pictures = False

    def __init__(self) -> None:
        self.taken: list[str] = []

    def enrol(self, *_args: object, **_options: object) -> None:
        self.taken.append("enrol")

    def add_samples(self, *_args: object, **_options: object) -> None:
        self.taken.append("add_samples")


def laplacian(crop: np.ndarray) -> float:
    return float(cv2.Laplacian(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), cv2.CV_16S).std())


def png(pixels: np.ndarray) -> bytes:
    return cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))[1].tobytes()
