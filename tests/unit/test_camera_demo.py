# SPDX-License-Identifier: Apache-2.0
"""The demo: real pictures, the real detector and embedder, a clock that stands still."""

import tomllib
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from daemon.camera import open_camera
from daemon.camera.demo import AWAY_S, CYCLE_S, ENTER_S, STAND_S, VISIT_S, VISITORS, Scene
from daemon.clock import FakeClock
from daemon.config import default_toml, load
from daemon.errors import CameraError
from daemon.vision import Vision

MODELS = Path(__file__).parents[2] / "models"
STANDING_S = (ENTER_S + 0.2, ENTER_S + STAND_S / 2, ENTER_S + STAND_S - 0.2)
"""Moments of a visit at which the visitor stands before the door."""


@pytest.fixture(scope="module")
def scene():
    return Scene(MODELS / "demo")


@pytest.fixture(scope="module")
def vision():
    return Vision.load(MODELS, load().settings)


def play(*overrides, models=MODELS):
    clock = FakeClock()
    settings = load(None, ["camera.source=demo", *overrides]).settings.camera
    return open_camera(settings, clock, models, clock.advance)


def test_is_marked_paced_and_numbered():
    camera = play("camera.fps=5")
    frames = [camera.read() for _ in range(6)]
    assert camera.simulated
    assert "simulated" in camera.description
    assert all(frame.simulated for frame in frames)
    assert [frame.seq for frame in frames] == list(range(6))
    assert np.diff([frame.captured_monotonic_s for frame in frames]) == pytest.approx([0.2] * 5)
    assert {frame.pixels.shape for frame in frames} == {(480, 640, 3)}


def test_is_the_same_every_time_it_is_played():
    one, other = play(), play()
    assert all(np.array_equal(one.read().pixels, other.read().pixels) for _ in range(30))


def test_no_frame_is_like_the_one_before(scene):
    moments = np.arange(0, CYCLE_S, 0.1)
    assert all(not np.array_equal(scene.at(a), scene.at(b)) for a, b in pairwise(moments))


def test_every_frame_says_that_it_is_a_demo(scene):
    marks = [scene.at(moment)[10:36, 10:84] for moment in (0, 3, 10, 17)]
    assert all(np.array_equal(mark, marks[0]) for mark in marks)
    assert (marks[0].min(axis=2) > 200).any()  # white letters


def test_a_visitor_is_away_for_longer_than_a_visit_needs_to_end():
    gap_s = tomllib.loads(default_toml())["tracking"]["sighting_gap_s"]
    assert gap_s + 1 < AWAY_S


@pytest.mark.parametrize("visit", range(4))
def test_each_visitor_shows_one_face_of_a_good_size(scene, vision, visit):
    for into_s in STANDING_S:
        faces = vision.analyse(scene.at(visit * CYCLE_S + into_s))
        assert len(faces) == 1
        assert 110 <= faces[0].detection.box.w <= 160


def test_nobody_is_there_between_visits(scene, vision):
    for moment in np.arange(VISIT_S, CYCLE_S, 1.0):
        assert vision.analyse(scene.at(moment)) == []


def test_three_people_who_come_again_in_the_same_order(scene, vision):
    def embedding(visit):
        return vision.analyse(scene.at(visit * CYCLE_S + STANDING_S[1]))[0].embedding

    first_round = [embedding(visit) for visit in range(3)]
    second_round = [embedding(visit) for visit in range(3, 6)]
    similarity = np.array([[one.similarity(other) for other in second_round] for one in first_round])
    assert similarity.diagonal().min() > 0.9
    assert (similarity - np.diag(similarity.diagonal())).max() < 0.45
    assert VISITORS[0].stem == "eileen-collins"


def test_geometry_applies_to_the_demo_too():
    assert play("camera.rotation=90", "camera.zone=[0.0, 0.0, 1.0, 0.5]").read().pixels.shape == (320, 480, 3)


def test_without_its_pictures_it_says_so(tmp_path):
    with pytest.raises(CameraError, match="The demo's pictures are not in"):
        play(models=tmp_path)


def test_every_picture_is_accounted_for():
    attribution = (MODELS / "demo" / "ATTRIBUTION.md").read_text(encoding="utf-8")
    for picture in (MODELS / "demo").iterdir():
        assert picture.name in attribution or picture.name == "ATTRIBUTION.md"
        assert picture.stat().st_size < 80_000
