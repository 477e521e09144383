# SPDX-License-Identifier: Apache-2.0
"""A camera on the network goes away and comes back; the process stays."""

import contextlib
import threading

from support_broker import free_port, wait_until
from support_daemon import BARACK
from support_mjpeg import MjpegServer

PICTURE = BARACK.read_bytes()


@contextlib.contextmanager
def camera(port):
    with MjpegServer(lambda _: PICTURE, port) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            server.closing.set()
            server.shutdown()
            thread.join()


def decisions(daemon):
    return daemon.log.read_text().count("unknown - at main")


def test_it_is_red_meanwhile_and_identifies_again_after(daemon):
    port = free_port()
    source = f"camera.source=http://admin:hunter2@127.0.0.1:{port}/cam"
    limits = ("camera.open_timeout_s=2", "camera.read_timeout_s=1", "tracking.sighting_gap_s=1")
    with camera(port):
        daemon.start(source, *limits)
        wait_until(lambda: decisions(daemon) == 1, "the first decision")
    process = daemon.process.pid
    wait_until(lambda: daemon.get("/health")[0] == 503, "red health")
    assert "camera" in daemon.health()["problem"]
    assert daemon.get("/")[0] == 200
    with camera(port) as again:
        wait_until(lambda: daemon.health()["ok"], "the camera")
        wait_until(lambda: decisions(daemon) == 2, "the second decision")
        again.flowing.clear()
        wait_until(lambda: not daemon.health()["ok"], "red health, of a camera that stalls")
        again.flowing.set()
        wait_until(lambda: decisions(daemon) == 3, "the third decision")
    assert daemon.process.pid == process
    assert daemon.process.poll() is None
    assert "hunter2" not in daemon.log.read_text()
