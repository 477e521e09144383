# SPDX-License-Identifier: Apache-2.0
"""The Pi's camera with a Picamera2 that behaves as the real one does, and above all as it misbehaves."""

import contextlib
import gc
import threading
import time
from pathlib import Path

import pytest
from support_picamera import CSI, SECOND, USB, Request, install

from daemon.camera import open_camera
from daemon.camera.picamera import is_present
from daemon.clock import SystemClock
from daemon.config import load
from daemon.errors import CameraError


@pytest.fixture
def picamera2(monkeypatch):
    """A Pi with a camera."""
    return install(monkeypatch)


@pytest.fixture
def opened():
    """Opens it; it is closed at the end."""
    with contextlib.ExitStack() as stack:

        def open_with(*settings):
            overrides = ["camera.source=picamera2", "camera.read_timeout_s=0.5", "camera.fps=100", *settings]
            camera = open_camera(load(None, overrides).settings.camera, SystemClock(), Path("no-models"))
            return stack.enter_context(contextlib.closing(camera))

        yield open_with


def descriptors():
    gc.collect()
    return len(list(Path("/proc/self/fd").iterdir()))


def test_frames_come_in_two_sizes(picamera2, opened):
    camera = opened()
    frame = camera.read()
    assert camera.description == "Picamera2 imx708 1280x720"
    assert (frame.pixels.shape, frame.lores.shape) == ((720, 1280, 3), (180, 320, 3))
    assert (frame.pixels == 100).all()
    camera.close()
    assert Request.held == 0
    assert not picamera2.opened[0].is_open


def test_what_the_camera_gives_instead_is_used(picamera2, opened):
    picamera2.main_format = "XBGR8888"
    camera = opened("camera.buffers=3")
    assert camera.read().pixels.shape == (720, 1280, 3)
    assert picamera2.opened[0].wanted["buffer_count"] == 3


@pytest.mark.parametrize("fault", ["busy", "absent"])
def test_a_camera_that_cannot_be_had_for_months_costs_no_descriptor(picamera2, opened, fault):
    picamera2.busy = fault == "busy"
    if fault == "absent":
        picamera2.seen = picamera2.plugged = []
    message = {"busy": "does another program use it", "absent": "is not connected"}[fault]
    before = descriptors()
    for _ in range(10):
        with pytest.raises(CameraError, match=message):
            opened()
    assert descriptors() == before


def test_a_camera_that_stops_is_lost_and_can_be_had_again(picamera2, opened):
    before = descriptors()
    camera = opened()
    camera.read()
    picamera2.silent = True
    with pytest.raises(CameraError, match=r"gave no frame for 0\.5 s: check its cable"):
        camera.read()
    camera.close()
    picamera2.silent = False
    again = opened()
    assert again.read().pixels.any()
    again.close()
    assert descriptors() == before


def test_a_camera_that_libcamera_found_half_set_up_is_looked_for_again(picamera2, opened):
    picamera2.seen = picamera2.plugged = [USB]
    assert not is_present()
    picamera2.plugged = [CSI, USB]
    assert is_present()
    picamera2.seen = []
    assert opened().read().pixels.any()


def test_a_camera_at_usb_is_left_to_the_kernel(picamera2):
    picamera2.seen = picamera2.plugged = [USB]
    assert not is_present()


def test_libcamera_that_cannot_look_is_a_camera_error(picamera2, opened, monkeypatch):
    def fail():
        raise RuntimeError("Failed to start the camera manager")

    monkeypatch.setattr(picamera2, "global_camera_info", fail)
    with pytest.raises(CameraError, match="cannot look for cameras"):
        opened()
    assert not is_present()


def test_nothing_of_the_light_is_set_unless_asked(picamera2, opened):
    picamera2.controls |= {"AeExposureMode": (0, 3, 0), "ExposureTime": (9, 10**6, 0), "AnalogueGain": (1, 16, 1)}
    opened()
    assert picamera2.opened[0].set == {"FrameDurationLimits": (10_000, 10_000)}


def test_light_is_set_as_asked_where_the_camera_can(picamera2, opened, caplog):
    picamera2.controls |= {"AeExposureMode": (0, 3, 0), "ExposureValue": (-8, 8, 0), "ExposureTime": (9, 10**6, 0)}
    opened("camera.exposure=short", "camera.exposure_value=1.5", "camera.exposure_ms=25", "camera.gain=4")
    assert picamera2.opened[0].set == {
        "FrameDurationLimits": (25_000, 25_000),
        "AeExposureMode": 1,
        "ExposureValue": 1.5,
        "ExposureTime": 25_000,
    }
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [
        "camera.gain is left alone: this camera has no such control."
    ]


def test_a_camera_without_a_frame_rate_to_set_is_used_as_it_is(picamera2, opened):
    picamera2.controls = {}
    assert opened().read().pixels.any()
    assert picamera2.opened[0].set == {}


def test_the_second_of_two_is_read_beside_the_first(picamera2, opened):
    picamera2.seen = picamera2.plugged = [CSI, SECOND, USB]
    first, second = opened(), opened("camera.source=picamera2:1")
    assert (first.description, second.description) == ("Picamera2 imx708 1280x720", "Picamera2:1 imx219 1280x720")
    assert [camera.number for camera in picamera2.opened] == [0, 1]
    assert first.read().pixels.shape == second.read().pixels.shape
    second.close()
    first.read()
    opened("camera.source=picamera2:1").read()


def test_a_second_one_that_is_not_there_is_said_and_leaves_the_first_alone(picamera2, opened):
    picamera2.seen = picamera2.plugged = [CSI, USB]
    first = opened("camera.source=picamera2:0")
    with pytest.raises(CameraError, match="The Pi's camera 1 is not connected"):
        opened("camera.source=picamera2:1")
    assert first.read().pixels.any()
    first.close()
    picamera2.plugged = [CSI, SECOND, USB]
    assert opened("camera.source=picamera2:1").read().pixels.any()  # libcamera looks anew, now that none is open


def test_one_is_opened_or_closed_at_a_time(picamera2, opened, monkeypatch):
    picamera2.seen = picamera2.plugged = [CSI, SECOND]
    at_it, most = threading.Semaphore(1), []

    def alone(does):
        def done(camera, *rest):
            most.append(at_it.acquire(blocking=False))
            time.sleep(0.002)
            try:
                return does(camera, *rest)
            finally:
                at_it.release()

        return done

    for name in ("__init__", "close"):
        monkeypatch.setattr(picamera2, name, alone(getattr(picamera2, name)))

    def again_and_again(source):
        for _ in range(10):
            opened(f"camera.source={source}").close()

    threads = [threading.Thread(target=again_and_again, args=(source,)) for source in ("picamera2", "picamera2:1")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(most) == 40
    assert all(most)
