# SPDX-License-Identifier: Apache-2.0
"""When the shutter is released for who is enrolled at the door, and what they are told."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support_daemon import BARACK, EILEEN, JOE
from support_poses import FRONT, LEFT, RIGHT, UP, head, points, turned

from daemon.camera.pictures import read_picture
from daemon.config import load
from daemon.service.guide import ASIDE, FRONT_YAW, HOLD, TOO_FAR, UPWARDS, Guide
from daemon.types import Cue, Landmarks, Point, Pose
from daemon.vision import Turn, Vision, models_folder, turn_of
from daemon.vision.pose import FAR


def after(*faces, guide=None):
    """A guide that was shown each face until it could be taken."""
    guide = guide or Guide()
    for face in faces:
        for _ in range(HOLD):
            guide = guide.after([face])
    return guide


def taken(guide):
    return [shot.pose for shot in guide.shots]


ALL = (FRONT, LEFT, RIGHT, UP)
DOWN = head(0, 0.14)
"""As whoever looks at a phone in the hand."""
turns = st.floats(-2, 2)
faces = st.builds(
    head,
    st.sampled_from((0.0, 0.2, 0.5, -0.5, 0.9, -0.9, 1.4)),
    st.sampled_from((0.0, -0.1, -0.3, 0.1)),
    person=st.sampled_from((0, 0, 0, 1)),
    width=st.sampled_from((100, 30)),
    quality=st.sampled_from((0.9, 0.9, 0.2)),
    worst=st.sampled_from(("size", "sharpness", "contrast", "brightness", "glare", "yaw", "pitch", "score")),
)
pictures = st.lists(st.lists(faces, max_size=2), max_size=40)


@given(st.floats(-1.5, 1.5), st.floats(-0.3, 0.3), st.floats(-60, 60), st.floats(0.2, 9), turns)
def test_a_turn_is_the_same_wherever_the_head_is_how_large_and_however_tilted(yaw, pitch, tilt, size, shift):
    cos, sin = size * math.cos(math.radians(tilt)), size * math.sin(math.radians(tilt))
    moved = Landmarks(*(Point(x * cos - y * sin + shift, x * sin + y * cos - shift) for x, y in points(yaw, pitch)))
    assert turn_of(moved) == pytest.approx(Turn(yaw, pitch), abs=1e-6)


@given(st.floats(-1.5, 1.5), st.floats(-0.3, 0.3))
def test_in_a_mirror_left_is_right(yaw, pitch):
    left, right, nose, mouth = points(yaw, pitch)
    mirrored = Landmarks(*(Point(-x, y) for x, y in (right, left, nose, mouth)))
    assert turn_of(mirrored) == pytest.approx(Turn(-yaw, pitch), abs=1e-6)


def test_points_that_lie_on_each_other_are_turned_as_far_as_can_be():
    assert turn_of(Landmarks(*[Point(5, 5)] * 4)) == (FAR, FAR)


@pytest.mark.parametrize("portrait", [EILEEN, BARACK, JOE], ids=lambda path: path.stem)
def test_who_turns_to_their_left_in_a_picture_is_seen_to_and_who_looks_up(portrait):
    vision = Vision.load(models_folder(), load().settings)
    pixels = read_picture(portrait)
    (front,) = vision.detect(pixels)

    def since(yaw, pitch):
        (face,) = vision.detect(turned(pixels, front.landmarks, yaw, pitch))
        return turn_of(face.landmarks).since(turn_of(front.landmarks))

    assert since(30, 0).yaw > 0.35
    assert since(-30, 0).yaw < -0.35
    up = since(0, -15)
    assert up.pitch < -0.04
    assert abs(up.yaw) < FRONT_YAW


def test_four_poses_that_are_held_are_taken_and_then_all_is_done():
    guide = after(*ALL)
    assert taken(guide) == list(Pose)
    assert [shot.face for shot in guide.shots] == list(ALL)
    assert (guide.cue, guide.missing) == (Cue.DONE, ())
    assert after(FRONT, guide=guide) == replace(guide, face=FRONT)


def test_what_is_asked_for_is_told_one_after_the_other():
    guide, asked = Guide(), []
    for face in ALL:
        asked.append(guide.after([FRONT]).cue)
        guide = after(face, guide=guide)
    assert asked == [Cue.STAY, Cue.LEFT, Cue.RIGHT, Cue.UP]


def test_who_confuses_left_and_right_is_taken_all_the_same():
    assert taken(after(FRONT, RIGHT, LEFT, UP)) == [Pose.FRONT, Pose.RIGHT, Pose.LEFT, Pose.UP]


def test_nothing_is_taken_before_the_front():
    guide = after(LEFT, UP, RIGHT, DOWN)
    assert (taken(guide), guide.cue) == ([], Cue.STRAIGHT)


def test_a_head_that_only_passes_through_a_pose_is_not_taken():
    guide = Guide()
    for _ in range(5):
        guide = guide.after([FRONT]).after([LEFT])
    assert guide.shots == ()
    held = Guide().after([FRONT])
    assert (held.cue, held.held) == (Cue.STAY, 1)
    assert held.after([]).held == held.after([FRONT, FRONT]).held == held.without_picture().held == 0


@pytest.mark.parametrize(
    ("seen", "cue"),
    [
        ([], Cue.NOBODY),
        ([FRONT, head(person=1)], Cue.ONE_ONLY),
        ([head(quality=0.2, worst="size")], Cue.CLOSER),
        ([head(quality=0.2, worst="sharpness")], Cue.HOLD_STILL),
        ([head(quality=0.2, worst="contrast")], Cue.BACKLIGHT),
        ([head(quality=0.2, worst="brightness")], Cue.MORE_LIGHT),
        ([head(quality=0.2, worst="glare")], Cue.LESS_LIGHT),
        ([head(quality=0.2, worst="score")], Cue.UNCOVER),
        ([head(quality=0.2, worst="pitch")], Cue.STRAIGHT),
        ([head(1.7)], Cue.STRAIGHT),
        ([head(0.5)], Cue.STRAIGHT),
    ],
    ids=lambda value: value.name if isinstance(value, Cue) else "",
)
def test_who_cannot_be_taken_is_told_why(seen, cue):
    guide = after()
    for _ in range(HOLD + 1):
        guide = guide.after(seen)
    assert (guide.cue, guide.shots) == (cue, ())


@pytest.mark.parametrize(
    ("face", "cue"),
    [
        (head(1.3), Cue.BACK),
        (head(-1.3), Cue.BACK),
        (head(1.7), Cue.BACK),
        (head(0.6, person=1), Cue.SOMEBODY_ELSE),
        (head(0.6, quality=0.2, worst="pitch"), Cue.BACK),
        (head(0.6, look=0), Cue.FURTHER),
        (head(0.2), Cue.LEFT),
    ],
)
def test_who_was_taken_from_the_front_is_told_what_to_change(face, cue):
    guide = after(FRONT, face)
    assert (guide.cue, taken(guide)) == (cue, [Pose.FRONT])


def test_who_stands_far_behind_is_left_out():
    passer_by = head(person=1, width=30)
    guide = Guide()
    for _ in range(HOLD):
        guide = guide.after([FRONT, passer_by])
    assert guide.shots[0].face is FRONT


def test_turns_count_from_the_front_of_this_person():
    """Who looks into a camera beside the door or above it seems to be turned."""
    front = head(0.25, -0.1, look=0)
    assert taken(after(front, head(0.25 + ASIDE - 0.01, -0.1))) == [Pose.FRONT]
    guide = after(front, head(0.25 + ASIDE + 0.01, -0.1, look=1), head(0.25, -0.1 - UPWARDS - 0.01, look=2))
    assert taken(guide) == [Pose.FRONT, Pose.LEFT, Pose.UP]
    assert guide.turn == pytest.approx(Turn(0, -UPWARDS - 0.01))


def test_a_pose_may_be_taken_again():
    guide = after(*ALL).without(Pose.LEFT)
    assert (guide.missing, guide.cue) == ((Pose.LEFT,), Cue.LEFT)
    other = head(0.7, look=5)
    assert after(other, guide=guide).shots[-1].face is other
    again = after(*ALL).without(Pose.FRONT)
    assert after(LEFT, guide=again).cue == Cue.STRAIGHT
    assert taken(after(head(look=6), guide=again))[-1] == Pose.FRONT


@given(pictures)
def test_whatever_is_seen_shots_are_good_of_one_person_each_pose_once_the_front_first(seen):
    guide = Guide()
    for picture in seen:
        before, guide = guide, guide.after(picture)
        assert len(guide.shots) - len(before.shots) in (0, 1)
        assert guide.shots[: len(before.shots)] == before.shots
        assert 0 <= guide.held < HOLD
        assert (guide.cue is Cue.DONE) <= (not guide.missing)
    assert len(set(taken(guide))) == len(taken(guide))
    assert not guide.shots or taken(guide)[0] is Pose.FRONT
    for shot in guide.shots:
        turn = turn_of(shot.face.detection.landmarks)
        assert shot.face.quality >= 0.6
        assert abs(turn.yaw) < TOO_FAR
        assert len({int(one.face.embedding.vector.argmax()) for one in guide.shots}) == 1
