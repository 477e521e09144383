# SPDX-License-Identifier: Apache-2.0
"""One factory for every kind of camera, and what it costs to have it."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from daemon.camera import open_camera, v4l2
from daemon.camera.picamera import is_present
from daemon.clock import SystemClock
from daemon.config import load
from daemon.errors import CameraError

MODELS = Path(__file__).parents[2] / "models"


def opened(source, *overrides):
    settings = load(None, [f"camera.source={source}", *overrides]).settings.camera
    return open_camera(settings, SystemClock(), MODELS)


def test_importing_the_package_imports_nothing_heavy():
    code = "import sys, daemon.camera; print([m for m in ('cv2', 'picamera2') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.skipif(is_present() or bool(v4l2.cameras()), reason="there is a camera here")
def test_auto_without_a_camera_says_so_and_plays_no_demo():
    with pytest.raises(CameraError, match=r"^No camera found: neither Picamera2 nor V4L2 shows one"):
        opened("auto")


def test_auto_tells_why_each_camera_it_found_was_no_use(monkeypatch):
    monkeypatch.setattr(v4l2, "cameras", lambda: ["/dev/video97", "/dev/null"])
    monkeypatch.setattr("daemon.camera.picamera.is_present", lambda: False)
    with pytest.raises(CameraError) as caught:
        opened("auto")
    assert "There is no device /dev/video97" in str(caught.value)
    assert "V4L2 /dev/null cannot be opened" in str(caught.value)


def test_the_waiting_can_be_cut_short():
    """A worker that is told to stop must not sleep a slow camera's period to its end."""
    stop = threading.Event()
    stop.set()
    settings = load(None, ["camera.source=demo", "camera.fps=0.1"]).settings.camera
    camera = open_camera(settings, SystemClock(), MODELS, stop.wait)
    assert [camera.read().seq for _ in range(3)] == [0, 1, 2]


def test_opening_is_logged_without_the_password(caplog):
    caplog.set_level("DEBUG")
    with opened_and_closed("demo"):
        pass
    assert "demo 640x480 (simulated) is open" in caplog.text


class opened_and_closed:  # noqa: N801 - reads as the context manager it is
    def __init__(self, source):
        self.camera = opened(source)

    def __enter__(self):
        return self.camera

    def __exit__(self, *exc):
        self.camera.close()
