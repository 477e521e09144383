# SPDX-License-Identifier: Apache-2.0
"""A daemon that may take next to nothing of the processor."""

import contextlib
import threading

import pytest
from skimage.data import brick, grass
from skimage.io import imsave
from support_broker import wait_until
from support_daemon import EILEEN
from support_mjpeg import MjpegServer

pytestmark = pytest.mark.slow


class Door:
    """Something moves in each picture, until somebody comes."""

    def __init__(self, folder):
        self._moving = []
        for number, picture in enumerate((brick(), grass())):
            path = folder / f"{number}.jpg"
            imsave(path, picture, check_contrast=False)
            self._moving.append(path.read_bytes())
        self._visitor = EILEEN.read_bytes()
        self.visited = False

    def draw(self, number):
        return self._visitor if self.visited else self._moving[number // 5 % 2]


@pytest.fixture
def door(tmp_path):
    door = Door(tmp_path)
    with MjpegServer(door.draw) as server, contextlib.ExitStack() as stack:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        stack.callback(thread.join)
        stack.callback(server.shutdown)
        stack.callback(server.closing.set)
        door.address = server.address
        yield door


def fps(daemon):
    lines = daemon.get("/metrics")[1].decode().splitlines()
    return float(next(line for line in lines if line.startswith("whod_frame_rate_hertz{")).split()[-1])


def test_it_looks_less_often_and_still_names_who_comes(daemon, door):
    daemon.whod("enrol", "Eileen", EILEEN)
    daemon.start(f"camera.source={door.address}", "camera.cpu_share=0.01")
    wait_until(lambda: fps(daemon) > 4, "more than the least pace")
    wait_until(lambda: 0 < fps(daemon) < 3, "the least pace", 60)
    door.visited = True
    wait_until(lambda: " identified " in daemon.log.read_text(), "the name")
    wait_until(lambda: fps(daemon) > 4, "more frames while somebody is there", 60)
