# SPDX-License-Identifier: Apache-2.0
"""What `camera.cpu_share` keeps to, and what it costs the next visitor.

    .venv/bin/python tests/bench/pace.py [--shares 0 0.1 0.05] [--seconds 60] [--visits 5]

For each share a daemon of its own sees a network camera (MJPEG, 640 x 480, 10 frames a second) before which nobody is
and something moves in every picture. After SETTLED_S, what its process takes of a core in `seconds`, and the frames a
second that it looked at. Then somebody who is enrolled stands there for 3 s, again and again: how long after their
first picture was sent they are named.
"""

import argparse
import contextlib
import re
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

import cv2

sys.path.insert(0, str(Path(__file__).parents[1]))

import support_mjpeg
from support_broker import wait_until
from support_daemon import EILEEN, Daemon

SETTLED_S = 90
VISIT_S, QUIET_S = 3.0, 12.0
SIZE = 640, 480
"""Of each picture."""


class Door:
    """What the camera shows."""

    def __init__(self) -> None:
        shown = cv2.resize(cv2.imread(str(EILEEN)), SIZE)
        empty = cv2.GaussianBlur(cv2.flip(shown, 0), (0, 0), 40)
        self._visitor = jpeg(shown)
        self._leaves = [jpeg(cv2.circle(empty.copy(), (x, 400), 30, (40, 120, 60), -1)) for x in range(40, 600, 20)]
        self.came_s = 0.0
        self.visitor = False

    def draw(self, number: int) -> bytes:
        if not self.visitor:
            return self._leaves[number % len(self._leaves)]
        self.came_s = self.came_s or time.monotonic()
        return self._visitor


def jpeg(pixels) -> bytes:
    return cv2.imencode(".jpg", pixels)[1].tobytes()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shares", type=float, nargs="+", default=[0, 0.1, 0.05])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--visits", type=int, default=5)
    given = parser.parse_args()
    support_mjpeg.FPS = 10
    for share in given.shares:
        used, fps, named = measured(share, given.seconds, given.visits)
        print(
            f"cpu_share {share:g}: takes {used:.3f} of a core, at {fps:.1f} frames a second; "
            f"named after p50 {statistics.median(named):.2f} s, at most {max(named):.2f} s ({len(named)} visits)"
        )


def measured(share: float, seconds: float, visits: int) -> tuple[float, float, list[float]]:
    door = Door()
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        server = stack.enter_context(support_mjpeg.MjpegServer(door.draw))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        stack.callback(server.shutdown)
        stack.callback(server.closing.set)
        daemon = stack.enter_context(contextlib.closing(Daemon(Path(folder))))
        daemon.whod("enrol", "Eileen", EILEEN)
        daemon.start(f"camera.source={server.address}", f"camera.cpu_share={share}", "detector.still_s=1")
        pause(daemon, SETTLED_S)
        frames, cpu_s, begun_s = looked_at(daemon), processor_s(daemon), time.monotonic()
        pause(daemon, seconds)
        passed_s = time.monotonic() - begun_s
        used, fps = (processor_s(daemon) - cpu_s) / passed_s, (looked_at(daemon) - frames) / passed_s
        return used, fps, [named_after(daemon, door) for _ in range(visits)]


def named_after(daemon: Daemon, door: Door) -> float:
    """Seconds from the first picture of a visitor to the name."""
    told = daemon.log.read_text().count(" identified ")
    door.came_s, door.visitor = 0.0, True
    wait_until(lambda: daemon.log.read_text().count(" identified ") > told, "the name")
    after_s = time.monotonic() - door.came_s
    pause(daemon, max(VISIT_S - after_s, 0))
    door.visitor = False
    pause(daemon, QUIET_S)
    return after_s


def pause(daemon: Daemon, seconds: float) -> None:
    until_s = time.monotonic() + seconds
    while (left_s := until_s - time.monotonic()) > 0:
        daemon.heard("")  # as systemd does, which takes each message at once
        time.sleep(min(0.5, left_s))


def looked_at(daemon: Daemon) -> int:
    return int(re.search(rb"^whod_frames_total\S* (\d+)", daemon.get("/metrics")[1], re.MULTILINE)[1])


def processor_s(daemon: Daemon) -> float:
    fields = Path(f"/proc/{daemon.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


if __name__ == "__main__":
    main()
