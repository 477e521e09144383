# SPDX-License-Identifier: Apache-2.0
"""A call into the video library that does not come back: one thread waits in it, however often it is tried again."""

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support_broker import wait_until

from daemon.camera import open_camera
from daemon.clock import SystemClock
from daemon.config import load
from daemon.errors import CameraError
from daemon.notify import Notifier
from daemon.supervisor import Supervisor
from daemon.workers import CaptureWorker, Inbox

DOOR = "rtsp://admin:hunter2@door/stream?channel=1"
YARD = "rtsp://admin:hunter2@door/stream?channel=2"


class Library:
    """In the place of `cv2.VideoCapture`: one of its calls hangs while `hangs` has its name."""

    def __init__(self):
        self.hangs, self.device = "", DOOR
        self.released = 0
        self._back = threading.Event()

    def __call__(self, device, *_parameters):
        self._call("open", device)
        return Capture(self, device)

    def _call(self, name, device):
        if self.hangs == name and device == self.device:
            self._back.wait()

    def come_back(self):
        self.hangs = ""
        self._back.set()

    def hang(self, name):
        self._back.clear()
        self.hangs = name


class Capture:
    def __init__(self, library, device):
        self.library, self.device = library, device

    def isOpened(self):  # noqa: N802 - OpenCV's
        return True

    def get(self, _number):
        return 16.0

    def grab(self):
        self.library._call("grab", self.device)
        threading.Event().wait(0.01)
        return True

    def retrieve(self):
        return True, np.random.default_rng(0).integers(0, 255, (16, 16, 3), np.uint8)

    def release(self):
        self.library.released += 1


@pytest.fixture
def library(monkeypatch):
    library = Library()
    monkeypatch.setattr("daemon.camera.opencv.cv2.VideoCapture", library)
    monkeypatch.setattr("daemon.camera.opencv.CLOSE_S", 0.05)
    yield library
    library.come_back()
    wait_until(lambda: not readers(), "the last thread to end")


def settings(address):
    camera = load(None, [f"camera.source={address}", "camera.fps=50"]).settings.camera
    return replace(camera, open_timeout_s=0.05, read_timeout_s=0.1)


def opened(address=DOOR):
    return open_camera(settings(address), SystemClock(), Path("no-models"))


def read_until_error(camera):
    for _ in range(100):
        camera.read()


def readers():
    return [thread for thread in threading.enumerate() if thread.name == "camera-reader"]


def test_an_open_that_hangs_is_waited_for_and_not_followed_by_others(library):
    library.hang("open")
    for _ in range(5):
        with pytest.raises(
            CameraError, match=r"^rtsp://door/stream did not answer within 0\.05 s: is it switched on"
        ):
            opened()
        assert len(readers()) == 1
    library.come_back()
    wait_until(lambda: not readers(), "the thread to come back")
    camera = opened()
    assert camera.read().pixels.shape == (16, 16, 3)
    camera.close()
    assert library.released == 2


def test_so_is_a_read(library):
    camera = opened()
    camera.read()
    library.hang("grab")
    with pytest.raises(CameraError, match="gave no frame for"):
        read_until_error(camera)
    for _ in range(3):
        camera.close()
        with pytest.raises(CameraError, match="did not answer"):
            opened()
    assert len(readers()) == 1


def test_another_camera_of_the_same_machine_is_opened_meanwhile(library):
    library.hang("open")
    with pytest.raises(CameraError):
        opened()
    camera = opened(YARD)
    camera.read()
    camera.close()


class Whod:
    """The worker of such a camera, and its supervisor."""

    def __init__(self, monkeypatch):
        for name, value in {
            "supervisor._TURN_S": 0.02,
            "supervisor._FIRST_WAIT_S": 0.02,
            "supervisor._LONGEST_WAIT_S": 0.05,
            "workers.capture._LONGEST_WAIT_S": 0.02,
            "workers.capture._SLACK_S": 0.1,
        }.items():
            monkeypatch.setattr(f"daemon.{name}", value)
        self.inbox = Inbox()
        worker = CaptureWorker(settings(DOOR), SystemClock(), Path("no-models"), self.inbox)
        self.supervisor = Supervisor([worker], SystemClock(), Notifier())
        self.thread = threading.Thread(target=self.supervisor.run)
        self.thread.start()

    @property
    def told(self):
        return "".join(part.detail for part in self.supervisor.parts())

    def end(self):
        self.supervisor.stop()
        self.thread.join()
        self.supervisor.end({"camera": 5})


@pytest.fixture
def whod(library, monkeypatch):
    library.hang("open")
    whod = Whod(monkeypatch)
    yield whod
    library.come_back()
    whod.end()


def test_it_comes_back_without_a_restart(whod, library):
    wait_until(lambda: "did not answer" in whod.told, "red health")
    assert whod.inbox.take(2.0) is None, "dozens of retries"
    assert not whod.supervisor.again
    assert len(readers()) == 1
    library.come_back()
    assert wait_until(lambda: whod.inbox.take(0.1), "a frame")


def test_one_that_never_does_is_left_to_who_restarts_whod(whod, monkeypatch):
    monkeypatch.setattr("daemon.camera.opencv.HOPELESS_S", 0.5)
    wait_until(lambda: whod.supervisor.again, "whod to begin anew")
    assert len(readers()) == 1
