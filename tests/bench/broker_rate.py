# SPDX-License-Identifier: Apache-2.0
"""How long from a decision to a subscriber, with many a second for long.

    .venv/bin/python tests/bench/broker_rate.py [--minutes 10] [--per-s 50] [--nodelay]

A door and a mosquitto. Half of the events are decisions of the door, which asks the broker before each and says more
beside it (who is in view, the latest, records); half are published by a bare paho client of the same process, which
tells what broker, machine and subscriber take of the time. Times are of the subscriber, by the clock of both.

The subscriber hears all that the door says over one connection, as Home Assistant does: mosquitto then holds a
message back until it knows that the one before has come (Nagle), unless `--nodelay` (set_tcp_nodelay) is set.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "mqtt"))

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from support_broker import Received, wait_until
from support_door import ALICE, BOB, a_decision, a_visit
from support_losses import a_street

from daemon.types import InView

BARE = "bare"


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--per-s", type=int, default=50, help="decisions; as many bare messages come beside them")
    parser.add_argument("--nodelay", action="store_true", help="of mosquitto")
    options = parser.parse_args()
    config = ("set_tcp_nodelay true",) if options.nodelay else ()
    with tempfile.TemporaryDirectory() as name, a_street(Path(name) / "street", *config, direct=True) as street:
        bare = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        bare.connect("127.0.0.1", street.broker.port)
        bare.loop_start()
        listener = street.broker.subscriber(BARE)
        wanted = round(options.minutes * 60 * options.per_s)

        def decisions() -> list[Received]:
            return street.listener.on(street.door.topics.identified)

        made: dict[str, float] = {}
        since = time.monotonic()
        for number in range(wanted):
            for half, tell in enumerate((street.door.publisher.offer, None)):
                time.sleep(max(0.0, since + (number + half / 2) / options.per_s - time.monotonic()))
                event = a_decision(ALICE if number % 3 else BOB)
                made[event.event_id] = time.monotonic()
                if tell:
                    tell(event)
                else:
                    bare.publish(BARE, json.dumps({"event_id": event.event_id, "why": "x" * 500}))
            if number % 10 == 0:
                street.door.publisher.set_view(InView(frozenset({ALICE} if number % 20 else {BOB})))
            if number % options.per_s == 0:
                street.door.leave(a_visit())
        with contextlib.suppress(BaseException):
            wait_until(lambda: min(len(listener.messages), len(decisions())) >= wanted, "the last")
        bare.disconnect()
        bare.loop_stop()
        print(f"{wanted} of each in {time.monotonic() - since:.0f} s")
        for what, messages in (("decision", decisions()), ("bare message", listener.messages)):
            ms = [1000 * (m.at - made[json.loads(m.payload)["event_id"]]) for m in messages]
            p50, p99, worst = np.percentile(ms, (50, 99, 100))
            print(f"{what:12} to subscriber  {len(ms)} came  p50 {p50:.1f}  p99 {p99:.1f}  at most {worst:.1f} ms")


if __name__ == "__main__":
    main()
