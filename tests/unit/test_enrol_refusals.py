# SPDX-License-Identifier: Apache-2.0
"""Each way in which a real picture cannot be enrolled is told in words of its own."""

import hashlib
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data
from support_daemon import BARACK, EILEEN

from daemon.camera.pictures import read_picture
from daemon.clock import FakeClock
from daemon.config import load
from daemon.errors import DuplicatePhoto, FaceCountError, OtherPerson, PoorPhoto, WhodError
from daemon.gallery import Gallery
from daemon.service.samples import Samples
from daemon.types import Photo
from daemon.vision import Vision, encode_jpeg, models_folder, objection

LFW = Path(__file__).parents[3] / "shared" / "faces" / "lfw"
PROFILES = {
    "550faabd73de", "cb0d2bcd010e", "b81eac8b20fb", "5b2d0f9cab2b", "cfd488d19436", "aa3e9bc98f1b", "8e33fa983202",
    "5acfc921d266", "38931626cbdb",
}  # fmt: skip
"""Hashes of the names of pictures that show somebody from the side, sharp and large."""


@pytest.fixture(scope="module")
def vision():
    return Vision.load(models_folder(), load().settings)


@pytest.fixture
def samples(vision, tmp_path):
    gallery = Gallery.open(tmp_path / "gallery.db", vision.model_id, load().settings.gallery, FakeClock())
    yield Samples(gallery, vision.analyse, lambda: None)
    gallery.close()


@pytest.fixture
def eileen(samples):
    samples.enrol("Eileen", [Photo("eileen.jpg", EILEEN.read_bytes())])


def refused(samples, pixels, name="Somebody"):
    """The kind and the sentence of what is said to a picture."""
    with pytest.raises(WhodError) as raised:
        samples.enrol(name, [Photo("a.jpg", encode_jpeg(pixels, 95))])
    return type(raised.value), str(raised.value)


def far_away(pixels, part):
    """In the middle of a larger picture, smaller."""
    small = cv2.resize(pixels, None, fx=part, fy=part, interpolation=cv2.INTER_AREA)
    frame = np.full((480, 640, 3), 110, np.uint8)
    frame[150 : 150 + small.shape[0], 250 : 250 + small.shape[1]] = small
    return frame


def test_no_face_and_two_faces(samples):
    kind, sentence = refused(samples, skimage.data.chelsea())
    assert (kind, sentence.split(":")[0]) == (FaceCountError, "No face was found in a.jpg")
    portraits = [cv2.resize(read_picture(path), (400, 500)) for path in (EILEEN, BARACK)]
    kind, sentence = refused(samples, np.hstack(portraits))
    assert kind is FaceCountError
    assert sentence.startswith("2 faces were found in a.jpg, at (")
    assert sentence.endswith("cut out the one that is meant, or detect the faces and label its region.")


@pytest.mark.parametrize("width_px", [14, 16, 18])
@pytest.mark.parametrize("path", [EILEEN, BARACK], ids=["eileen", "barack"])
def test_a_face_that_is_too_small_is_not_called_blurred(samples, vision, path, width_px):
    portrait = read_picture(path)
    box = vision.analyse(portrait)[0].detection.box
    kind, sentence = refused(samples, far_away(portrait, width_px / min(box.w, box.h)))
    assert (kind, sentence.split(":")[0]) == (PoorPhoto, "In a.jpg the face is too small")


def test_a_blurred_face(samples, vision):
    portrait = read_picture(BARACK)
    width = vision.analyse(portrait)[0].detection.box.w
    kind, sentence = refused(samples, cv2.GaussianBlur(portrait, (0, 0), 0.045 * width))
    assert (kind, sentence.split(":")[0]) == (PoorPhoto, "In a.jpg the face is blurred or grainy")


def test_the_same_photo_twice(samples, eileen):
    kind, sentence = refused(samples, read_picture(EILEEN), "Eileen")
    assert kind is DuplicatePhoto
    assert sentence.startswith("a.jpg is nearly the same picture as one that whod has")


def test_a_face_of_another_enrolled_person(samples, eileen):
    kind, sentence = refused(samples, read_picture(EILEEN)[:, ::-1], "Somebody")
    assert kind is OtherPerson
    assert 'is more like "Eileen"' in sentence


class TestProfile:
    def test_a_face_that_is_turned_far_is_refused_though_it_is_sharp(self, vision):
        (face,) = vision.analyse(read_picture(EILEEN))
        left, right, nose, _ = face.detection.landmarks
        assert objection(face) is None
        for part, words in ((0.7, None), (0.9, "the face is turned to the side: look at the camera")):
            turned = nose._replace(x=(left.x + right.x) / 2 - part * (right.x - left.x))
            points = replace(face.detection, landmarks=face.detection.landmarks._replace(nose=turned))
            assert objection(replace(face, detection=points)) == words

    @pytest.mark.skipif(not LFW.is_dir(), reason="no test pictures")
    def test_of_real_pictures(self, samples):
        names = (path.relative_to(LFW).as_posix() for path in LFW.glob("*/*.jpg"))
        profiles = [name for name in names if hashlib.sha256(name.encode()).hexdigest()[:12] in PROFILES]
        assert len(profiles) == len(PROFILES)
        for name in profiles:
            assert refused(samples, read_picture(LFW / name)) == (
                PoorPhoto,
                "In a.jpg the face is turned to the side: look at the camera; or force it.",
            )
