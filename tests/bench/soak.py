# SPDX-License-Identifier: Apache-2.0
"""Does the daemon grow? Memory, descriptors and threads over many frames, with broker, page and visits.

    .venv/bin/python tests/bench/soak.py [FRAMES]

Plays visits of two people and empty frames as fast as the setting allows (120 a second), polls the page, and fits a
line to the resident memory after the first fifth, the warm-up.
"""

import contextlib
import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from support_broker import Broker
from support_daemon import BARACK, EILEEN, Daemon, broker_settings, play

from daemon.client.connection import exchange


def main(wanted: int) -> None:
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        (folder / "mosquitto").mkdir()
        broker = stack.enter_context(contextlib.closing(Broker(folder / "mosquitto")))
        broker.start()
        daemon = stack.enter_context(contextlib.closing(Daemon(folder)))
        daemon.whod("enrol", "Eileen", EILEEN)
        source = play(folder / "day", (EILEEN, 60), (None, 140), (BARACK, 60), (None, 140))
        options = ("camera.fps=120", "camera.loop=true", "tracking.sighting_gap_s=0.5")
        daemon.start(source, *options, *broker_settings(broker.port))
        samples = []
        while not samples or samples[-1][0] < wanted:
            time.sleep(1)
            daemon.get("/live.jpg")
            daemon.get("/state.json")
            status = json.loads(exchange(daemon.state / "whod.sock", "GET", "/api/v1/status", None)[1])
            samples.append((status["frames"], *usage(daemon.process.pid)))
        report(np.array(samples, dtype=float))


def usage(pid: int) -> tuple[float, int, int]:
    """Resident memory in MB, descriptors, threads."""
    process = Path(f"/proc/{pid}")
    pages = int((process / "statm").read_text().split()[1])
    return pages * 4096 / 1e6, len(list((process / "fd").iterdir())), len(list((process / "task").iterdir()))


def report(samples: np.ndarray) -> None:
    warm = samples[samples[:, 0] >= samples[-1, 0] / 5]
    slope = np.polyfit(warm[:, 0], warm[:, 1], 1)[0] * 1e5
    print(f"frames                      {samples[-1, 0]:10.0f}")
    print(f"resident memory             {warm[0, 1]:7.1f} MB after warm-up, {warm[-1, 1]:.1f} MB at the end")
    print(f"growth                      {slope:7.2f} MB in 100,000 frames")
    print(f"descriptors                 {warm[:, 2].min():7.0f} to {warm[:, 2].max():.0f}")
    print(f"threads                     {warm[:, 3].min():7.0f} to {warm[:, 3].max():.0f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
