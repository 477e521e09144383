# SPDX-License-Identifier: Apache-2.0
"""A camera on the network that sends, stalls, dies and comes back."""

import socket
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from support_broker import wait_until
from support_mjpeg import MjpegServer

from daemon.camera import open_camera
from daemon.clock import SystemClock
from daemon.config import load
from daemon.errors import CameraError


@pytest.fixture
def server():
    with MjpegServer() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.02,))
        thread.start()
        yield running
        running.closing.set()
        running.shutdown()
        thread.join()


@contextmanager
def opened(address, *overrides):
    limits = ["camera.open_timeout_s=2", "camera.read_timeout_s=0.5", "camera.fps=10"]
    settings = load(None, [f"camera.source={address}", *limits, *overrides]).settings.camera
    camera = open_camera(settings, SystemClock(), Path("no-models"))
    try:
        yield camera
    finally:
        camera.close()


@contextmanager
def mute_listener():
    """Takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def bar(frame):
    return int((frame.pixels[:60, :, 1].mean(axis=0) > 127).sum())


def readers():
    return [thread for thread in threading.enumerate() if thread.name == "camera-reader"]


def read_until_error(camera):
    for _ in range(200):
        camera.read()


def test_frames_come_in_rgb_and_the_password_stays_inside(server):
    with opened(server.address) as camera:
        frame = camera.read()
        assert camera.description == f"http://127.0.0.1:{server.server_port}/cam 160x120"
        assert frame.pixels.shape == (120, 160, 3)
        assert np.abs(frame.pixels[80:].mean(axis=(0, 1)) - (255, 0, 0)).max() < 8
        assert not frame.simulated


def test_hands_out_no_more_than_asked_for(server):
    with opened(server.address, "camera.fps=10") as camera:
        times = [camera.read().captured_monotonic_s for _ in range(8)]
    assert (times[-1] - times[0]) / 7 > 0.09


def test_a_reader_who_was_away_gets_the_newest_frame(server):
    with opened(server.address) as camera:
        camera.read()
        time.sleep(0.6)
        sent = server.sent
        newer = (bar(camera.read()) - (sent - 5)) % 160  # a few may be on their way
        assert newer < 80


def test_a_stalled_camera_is_an_error_within_the_time_limit(server):
    with opened(server.address) as camera:
        camera.read()
        server.flowing.clear()
        begin_s = time.monotonic()
        with pytest.raises(CameraError) as caught:
            read_until_error(camera)
        assert time.monotonic() - begin_s < 3
        assert "hunter2" not in str(caught.value)


def test_a_camera_that_dies_is_an_error_and_may_come_back(server):
    with opened(server.address) as camera:
        camera.read()
        server.closing.set()
        with pytest.raises(CameraError):
            read_until_error(camera)
        with pytest.raises(CameraError):
            camera.read()
    server.closing.clear()
    with opened(server.address) as camera:
        assert camera.read().seq == 0


def test_closing_ends_the_reader_and_may_be_done_twice(server):
    with opened(server.address) as camera:
        camera.read()
        assert len(readers()) == 1
        camera.close()
        assert not readers()


def test_nobody_at_the_address():
    with mute_listener() as port:
        pass
    with (
        pytest.raises(CameraError, match=rf"^http://127\.0\.0\.1:{port}/cam cannot be opened"),
        opened(f"http://admin:hunter2@127.0.0.1:{port}/cam"),
    ):
        pass
    assert not readers()


@pytest.mark.parametrize("scheme", ["http", "rtsp"])
def test_somebody_at_the_address_who_says_nothing(scheme):
    with mute_listener() as port:
        begin_s = time.monotonic()
        with pytest.raises(CameraError), opened(f"{scheme}://127.0.0.1:{port}/cam", "camera.open_timeout_s=1"):
            pass
        assert time.monotonic() - begin_s < 5
        wait_until(lambda: not readers(), "the library to come back: nothing is left behind by a camera that is off")


def test_a_page_that_is_no_video():
    class Page(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<p>Sign in</p>" * 100)

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as page:
        thread = threading.Thread(target=page.serve_forever, args=(0.02,))
        thread.start()
        with pytest.raises(CameraError, match="cannot be opened"), opened(f"http://127.0.0.1:{page.server_port}/"):
            pass
        page.shutdown()
        thread.join()


def test_exposure_is_for_the_network_camera_itself(server, caplog):
    with opened(server.address, "camera.gain=2", "camera.exposure=long"):
        assert "camera.exposure, camera.gain: set that in the network camera itself; whod cannot." in caplog.messages
