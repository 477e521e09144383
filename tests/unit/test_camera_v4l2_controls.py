# SPDX-License-Identifier: Apache-2.0
"""Exposure of a USB camera, against a driver that answers as the kernel documents it (videodev2.h)."""

import errno
import logging
import struct

import pytest

from daemon.camera.v4l2_controls import expose
from daemon.config import load

QUERY, GET, SET = 0xC0445624, 0xC008561B, 0xC008561C
AUTO, TIME, PRIORITY, GAIN = 0x009A0901, 0x009A0902, 0x009A0903, 0x00980913
DISABLED = 1


class Driver:
    """Of a UVC camera: its controls by id, each with least, greatest, default and current value."""

    def __init__(self):
        self.controls = {
            AUTO: [0, 3, 3, 3],
            TIME: [3, 2047, 250, 250],
            PRIORITY: [0, 1, 0, 0],
            GAIN: [0, 255, 64, 64],
        }
        self.flags = {}
        self.set = []

    def ioctl(self, _descriptor, request, data):
        (control,) = struct.unpack_from("=I", data)
        if control not in self.controls:
            raise OSError(errno.EINVAL, "Invalid argument")
        least, greatest, usual, current = self.controls[control]
        if request == QUERY:
            assert len(data) == 68
            numbers = least, greatest, 1, usual, self.flags.get(control, 0)
            return struct.pack("=II32siiiiI8x", control, 1, b"Exposure", *numbers)
        if request == GET:
            return struct.pack("=Ii", control, current)
        assert request == SET
        value = struct.unpack("=Ii", data)[1]
        if not least <= value <= greatest:
            raise OSError(errno.ERANGE, "Numerical result out of range")
        self.controls[control][3] = value
        self.set.append((control, value))
        return data

    def now(self):
        return {control: values[3] for control, values in self.controls.items()}


@pytest.fixture
def driver():
    return Driver()


def set_to(driver, **values):
    settings = load(None, [f"camera.{name}={value}" for name, value in values.items()]).settings.camera
    expose("/dev/null", settings, driver.ioctl)


def test_nothing_is_touched_by_itself(driver, caplog):
    set_to(driver)
    assert driver.set == []
    assert caplog.records == []


def test_the_time_is_set_by_hand_in_units_of_100_us(driver):
    set_to(driver, exposure_ms=12.5)
    assert driver.set == [(AUTO, 1), (TIME, 125)]


def test_gain_and_the_frame_rate_may_be_given_up_for_light(driver, caplog):
    set_to(driver, gain=100, exposure="long")
    assert driver.now() | {GAIN: 100, PRIORITY: 1} == driver.now()
    assert driver.now()[AUTO] == 3
    assert caplog.records == []


def test_what_was_set_once_is_left_to_the_camera_again(driver):
    before = driver.now()
    set_to(driver, exposure_ms=5, gain=200, exposure="long")
    assert driver.now() != before
    set_to(driver)
    assert driver.now() | {TIME: before[TIME]} == before


def test_more_than_it_can_is_its_most(driver):
    set_to(driver, exposure_ms=1000, gain=1000)
    assert driver.now() | {TIME: 2047, GAIN: 255} == driver.now()


@pytest.mark.parametrize("lack", ["missing", "disabled"])
def test_what_the_camera_does_not_have_is_told_and_the_rest_is_set(driver, caplog, lack):
    if lack == "missing":
        del driver.controls[GAIN]
    else:
        driver.flags[GAIN] = DISABLED
    with caplog.at_level(logging.WARNING):
        set_to(driver, gain=10, exposure_ms=10, exposure_value=1)
    assert [record.getMessage() for record in caplog.records] == [
        "camera.exposure_value is left alone: this camera has no such control.",
        "camera.gain is left alone: this camera has no such control.",
    ]
    assert driver.now()[TIME] == 100


def test_a_device_that_goes_away_meanwhile_is_no_error_of_exposure(driver, caplog):
    def gone(*_):
        raise OSError(errno.ENODEV, "No such device")

    with caplog.at_level(logging.WARNING):
        expose("/dev/null", load(None, ["camera.gain=10"]).settings.camera, gone)
        expose("/dev/no-such-device", load().settings.camera, driver.ioctl)
    assert [record.getMessage() for record in caplog.records] == [
        "camera.gain is left alone: this camera has no such control."
    ]
