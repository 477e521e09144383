# SPDX-License-Identifier: Apache-2.0
"""How long from a frame to a subscriber, and from a face's first frame to its name.

    .venv/bin/python tests/bench/latency.py [VISITS]

Plays visits of enrolled people at 10 frames a second to the real daemon, with a real mosquitto, and measures at the
subscriber: when `identified` arrives, against when the deciding frame and the first frame of the visit were captured
(all on one machine, so by one clock). Also start to READY and the memory of the process with everything running.
"""

import contextlib
import json
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from support_broker import Broker, Received, wait_until
from support_daemon import BARACK, EILEEN, JOE, Daemon, broker_settings, play


def main(visits: int) -> None:
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        (folder / "mosquitto").mkdir()
        broker = stack.enter_context(contextlib.closing(Broker(folder / "mosquitto")))
        broker.start()
        subscriber = broker.subscriber("whod/door/#")
        arrived = {}
        daemon = stack.enter_context(contextlib.closing(Daemon(folder)))
        for person, picture in (("Eileen", EILEEN), ("Joe", JOE), ("Barack", BARACK)):
            daemon.whod("enrol", person, picture)
        scenes = [scene for i in range(visits) for scene in (((EILEEN, JOE, BARACK)[i % 3], 12), (None, 9))]
        source = play(folder / "day", *scenes)
        daemon.start(source, "tracking.sighting_gap_s=0.6", *broker_settings(broker.port))
        ready_s = time.monotonic() - daemon.started_s
        offset = time.time() - time.monotonic()
        wait_until(lambda: len(subscriber.on("whod/door/sighting")) >= visits, "all visits", visits * 2.5 + 20)
        for message in subscriber.on("whod/door/identified"):
            event = body(message)
            arrived.setdefault(event["sighting_id"], (message.at + offset, event))
        pages = int(Path(f"/proc/{daemon.process.pid}/statm").read_text().split()[1])
        records = {r["sighting_id"]: r for r in map(body, subscriber.on("whod/door/sighting"))}
        deciding = [1000 * (at - seconds(event["captured_at"])) for at, event in arrived.values()]
        naming = [1000 * (at - seconds(records[i]["started_at"])) for i, (at, _) in arrived.items()]
        named = sum(event["event_type"] == "identified" for _, event in arrived.values())
        print(f"start to READY                 {ready_s:8.2f} s")
        print(f"resident memory                {pages * 4096 / 1e6:8.0f} MB")
        print(f"visits named                   {named:5} of {visits}")
        print(f"deciding frame to subscriber   {spread(deciding)}")
        print(f"first frame to name            {spread(naming)}")


def body(message: Received) -> dict[str, Any]:
    return json.loads(message.payload)


def spread(values: list[float]) -> str:
    p50, p95 = np.percentile(values, (50, 95))
    return f"p50 {p50:6.1f}  p95 {p95:6.1f} ms"


def seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 60)
