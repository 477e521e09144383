# SPDX-License-Identifier: Apache-2.0
"""What is told of the picture, over hours of the demo's door and of photographs, degraded and not."""

import copy
import itertools

import cv2
import numpy as np
import pytest
from skimage import data

from daemon.camera.demo import CYCLE_S, VISITORS, Scene
from daemon.vision import Outlook, Trouble, models_folder
from daemon.watch import Lasting
from daemon.workers.picture import HOLDS

TURN_S = 5.0
MINUTE, HOUR = 60.0, 3600.0
SCENE = Scene(models_folder() / "demo")
MOMENTS = [SCENE.at(i * len(VISITORS) * CYCLE_S / 31) for i in range(31)]
"""The three visitors, in as many pictures as no other number here goes into."""
RANDOM = np.random.default_rng(4)
NOISE = RANDOM.normal(0, 3, (8, 480, 640, 3))


class Door:
    """A camera that shows these moments by turns, and who watches its picture."""

    def __init__(self, moments=MOMENTS):
        self.moments = moments
        self.now_s = 100.0
        self.outlook = Outlook()
        self.lasting = Lasting(HOLDS)

    def show(self, seconds, change=lambda picture: picture):
        """Let so much time go by with `change` before the lens; gives what was told meanwhile, without repeats."""
        told = []
        shown = itertools.cycle([np.ascontiguousarray(change(moment)) for moment in self.moments])
        for pixels in itertools.islice(shown, int(seconds / TURN_S)):
            told.append(self.lasting.see(self.outlook.look(pixels, self.now_s), self.now_s))
            self.now_s += TURN_S
        return [key for key, _ in itertools.groupby(told)]


def photograph(picture):
    """Moments of a camera that sees this picture, with a little noise."""
    pixels = cv2.resize(picture if picture.ndim == 3 else np.dstack([picture] * 3), (640, 480)).astype(np.float64)
    return [np.clip(pixels + noise, 0, 255).astype(np.uint8) for noise in NOISE]


def darker(gain):
    return lambda picture: (picture * gain).astype(np.uint8)


def blurred(sigma):
    return lambda picture: cv2.GaussianBlur(picture, (0, 0), sigma)


def shifted(part):
    """Turned to the side; what comes into view looks like what went out of it."""

    def change(picture):
        move = np.float32([[1, 0, part * 640], [0, 1, part * 160]])
        return cv2.warpAffine(picture, move, (640, 480), borderMode=cv2.BORDER_REFLECT)

    return change


def covered(colour):
    """A hand or a tape on the lens: one colour that fades a little to one side, and noise."""
    shade = np.tile(np.linspace(0.97, 1.0, 640)[:, None] * np.array(colour), (480, 1, 1))
    return lambda _: np.clip(shade + NOISE[RANDOM.integers(len(NOISE))], 0, 255).astype(np.uint8)


def lamplight(picture):
    """Night, and the lamp beside the door."""
    y, x = np.mgrid[0:480, 0:640]
    light = np.exp(-((x - 96) ** 2 + (y - 118) ** 2) / (2 * 130.0**2))
    return (picture * (0.02 + light)[..., None]).astype(np.uint8)


@pytest.fixture(scope="module")
def usual():
    """The demo's door after 40 minutes, to be copied by who uses it."""
    door = Door()
    assert door.show(40 * MINUTE) == [None]
    return door


@pytest.fixture
def door(usual):
    return copy.deepcopy(usual)


DEGRADED = {
    "night": (darker(0.03), Trouble.DARK),
    "hand": (covered((110, 60, 50)), Trouble.OBSTRUCTED),
    "tape": (covered((180, 175, 160)), Trouble.OBSTRUCTED),
    "fog on the lens": (blurred(6), Trouble.BLURRED),
    "turned by 10 %": (shifted(0.1), Trouble.MOVED),
    "turned by 6 %": (shifted(0.06), Trouble.MOVED),
    "turned away": (lambda _: cv2.resize(data.coffee(), (640, 480)), Trouble.MOVED),
    "mounted anew, a little nearer": (lambda picture: cv2.resize(picture[48:432, 80:592], (640, 480)), Trouble.MOVED),
}


@pytest.mark.parametrize("what", DEGRADED)
def test_what_lasts_is_told_and_withdrawn(door, what):
    change, trouble = DEGRADED[what]
    hold = HOLDS[trouble]
    assert door.show(hold.tell_after - 30, change) == [None]
    assert door.show(4 * MINUTE, change) == [None, trouble]
    assert door.show(hold.over_after - 30) == [trouble]
    assert door.show(5 * MINUTE) == [trouble, None]
    assert door.show(5 * MINUTE) == [None]


def standing_close(picture):
    """Somebody in a black coat, with the back to the camera, over half of the picture."""
    picture = picture.copy()
    picture[:, 150:480] = RANDOM.integers(14, 22, (480, 330, 1))
    return picture


def van(picture):
    """A delivery van: a third of the picture, with a structure of its own."""
    picture = picture.copy()
    picture[100:420, 220:560] = cv2.resize(data.coffee(), (340, 320))
    return picture


def portrait(picture):
    """A face that fills the picture's height."""
    picture = picture.copy()
    picture[:, 80:560] = cv2.resize(data.astronaut()[0:220, 110:330], (480, 480))
    return picture


@pytest.mark.parametrize("change", [standing_close, van, darker(0.4), darker(0.15), shifted(0.005), blurred(1)])
def test_what_is_usual_before_a_door_is_told_to_nobody(door, change):
    assert door.show(HOUR, change) == [None]
    assert door.show(HOUR) == [None]


def test_a_face_close_to_the_camera_is_no_trouble(door):
    assert door.show(10 * MINUTE, portrait) == [None]


def test_a_moment_of_anything_is_told_to_nobody(door):
    for change, trouble in DEGRADED.values():
        for _ in range(3):
            assert door.show(HOLDS[trouble].tell_after / 2, change) == [None]
            assert door.show(5 * MINUTE) == [None]


def test_evening_night_under_a_lamp_and_morning(door):
    for gain in np.geomspace(1, 0.3, 10):
        assert door.show(3 * MINUTE, darker(gain)) == [None]
    assert door.show(2 * HOUR, lamplight) == [None]
    for gain in np.geomspace(0.3, 1, 10):
        assert door.show(3 * MINUTE, darker(gain)) == [None]


def test_a_night_without_light_is_dark_and_nothing_else(door):
    told = []
    for gain in [*np.geomspace(1, 0.01, 25), *[0.01] * 25, *np.geomspace(0.01, 1, 25)]:
        told += door.show(2 * MINUTE, darker(gain))
    assert [key for key, _ in itertools.groupby(told)] == [None, Trouble.DARK, None]
    assert door.show(HOUR) == [None]


def test_whod_that_starts_before_a_covered_lens_says_so():
    door = Door()
    assert door.show(10 * MINUTE, covered((150, 150, 150))) == [None, Trouble.OBSTRUCTED]


def test_what_is_seen_after_a_day_is_right(door):
    door.show(20 * MINUTE, shifted(0.1))
    door.outlook.learn_anew()
    assert door.show(40 * MINUTE, shifted(0.1)) == [Trouble.MOVED, None]
    assert door.show(20 * MINUTE) == [None, Trouble.MOVED]


def test_pictures_that_have_nothing_to_do_with_each_other_are_no_trouble():
    pictures = [
        cv2.resize(getattr(data, name)(), (640, 480)) for name in ("coffee", "astronaut", "chelsea", "rocket")
    ]
    assert Door(pictures).show(HOUR) == [None]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["astronaut", "camera", "coffee", "coins", "rocket"])
def test_what_photographs_show(name):
    door = Door(photograph(getattr(data, name)()))
    assert door.show(40 * MINUTE) == [None]
    for change, trouble in [DEGRADED["turned by 10 %"], DEGRADED["fog on the lens"], (lamplight, None)]:
        hold = HOLDS[trouble] if trouble else HOLDS[Trouble.BLURRED]
        assert door.show(hold.tell_after + 4 * MINUTE, change)[-1] == trouble
        assert door.show(20 * MINUTE)[-1] is None


def test_a_picture_of_any_size_is_looked_at():
    outlook = Outlook()
    for i, (height, width) in enumerate([(1080, 1920), (1, 1), (4, 3000), (96, 128)]):
        assert outlook.look(np.zeros((height, width, 3), np.uint8), 5.0 * i) is Trouble.DARK
        outlook.look(RANDOM.integers(0, 255, (height, width, 3), np.uint8), 5.0 * i + 1)
