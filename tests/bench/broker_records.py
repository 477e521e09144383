# SPDX-License-Identifier: Apache-2.0
"""Are all records delivered, once the broker is back, the network steady, the daemon started again?

    .venv/bin/python tests/bench/broker_records.py [--flaps 100] [--kills 10] away flaps killed

away: 20,000 visits end while no broker is there, four hours by the door's clock; then 20,500. flaps: mosquitto is
killed every 1 to 3 s, with the door's network, which comes back when the subscriber has; from then on the time to
reconnect is taken. killed: a daemon is killed with 500 records unsent, or while it sends them; another one follows.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "mqtt"))

from support_broker import Broker, wait_until
from support_door import BOB, Door, a_decision, a_visit
from support_killed_door import killed_after
from support_losses import KEPT, Street, a_street

from daemon.clock import FakeClock

AWAY_S = 4 * 3600


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", nargs="+", choices=("away", "flaps", "killed"))
    parser.add_argument("--flaps", type=int, default=100)
    parser.add_argument("--kills", type=int, default=10)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        if "away" in options.what:
            away(Path(name) / "away", 20_000)
            away(Path(name) / "away longer", 20_500)
        if "flaps" in options.what:
            flaps(Path(name) / "flaps", options.flaps)
        if "killed" in options.what:
            for up in (False, True):
                counts = [killed(Path(name) / f"{number} {up}", up=up) for number in range(options.kills)]
                kept, lost, unordered = map(sum, zip(*counts, strict=True))
                print(f"killed {options.kills} times, broker {up=}: {kept} kept, {lost} lost, {unordered} unordered")


def away(folder: Path, visits: int) -> None:
    """The broker is not there for four hours."""
    (folder / "mosquitto").mkdir(parents=True)
    clock = FakeClock()
    with contextlib.closing(Broker(folder / "mosquitto")) as broker, contextlib.ExitStack() as opened:
        door = Door(folder, broker.port, clock=clock).start()
        opened.callback(door.stop)
        door.leave(a_visit(BOB))
        before = resident_mb()
        for number in range(visits - 1):
            clock.advance(AWAY_S / visits)
            door.leave(a_visit(BOB))
            if number % 10 == 0:
                door.publisher.offer(a_decision(BOB, captured_monotonic_s=clock.monotonic()))
        waiting, meanwhile = door.events.outbox.waiting(), resident_mb()
        broker.start()
        with (folder / "heard").open("wb") as heard, listening(broker, heard):
            clock.advance(10)
            began = time.monotonic()
            wait_until(lambda: not door.events.outbox.pending(0, 1), "the outbox to be empty", 600)
            took = time.monotonic() - began
            after = resident_mb()
            time.sleep(1)
        lines = [line.split(" ", 1) for line in (folder / "heard").read_text().splitlines()]
        records = [json.loads(payload) for topic, payload in lines if topic == door.topics.sighting]
        seqs = [record["seq"] for record in records]
        gaps = [record["dropped"] for record in records if record["event_type"] == "gap"]
        late = sum(topic == door.topics.identified for topic, _ in lines)
        print(f"{visits} visits in {AWAY_S / 3600:.0f} h without a broker: {waiting} waited, memory +", end="")
        print(f"{meanwhile - before:.1f} MB, +{after - before:.1f} MB when told")
        print(
            f"  {len(records)} records came in {took:.0f} s, in order {seqs == sorted(set(seqs))}, gaps {gaps}; ",
            end="",
        )
        print(f"late `identified` {late}")


def flaps(folder: Path, count: int) -> None:
    """The broker is killed again and again."""
    back_s = []
    with a_street(folder, *KEPT) as street:
        with street.busy(decision_s=0.2, visit_s=0.1):
            for _ in range(count):
                time.sleep(random.uniform(1, 3))
                back_s.append(flap(street))
            street.wait_for_return()
        seen = street.seen()
    back_s.sort()
    doubles = sum(seen.ids.values()) - len(seen.ids)
    same = len({seq for seq, _ in seen.ids}) == len(seen.ids)
    print(
        f"{count} flaps: {seen.recorded} records, {seen.lost} lost, in order {seen.in_order}, {doubles} came again, ",
        end="",
    )
    print(f"each with its own event_id {same}")
    print(f"  back after {back_s[0]:.2f} to {back_s[-1]:.2f} s, p50 {back_s[count // 2]:.2f} s")
    print(f"  oldest `identified` {max(seen.ages_s):.2f} s")


def flap(street: Street) -> float:
    """The broker is killed, and comes back; how many seconds the door takes to be there too."""
    street.broker.kill()
    street.weather.cut()
    street.broker.start()
    wait_until(lambda: street.listener.listens, "the subscriber")
    since = time.monotonic()
    street.weather.clear()
    wait_until(lambda: street.door.publisher.connected, "the connection", 60)
    return time.monotonic() - since


def killed(folder: Path, *, up: bool) -> tuple[int, int, int]:
    """How many visits were kept, of how many the record was lost, and how many were out of order."""
    (folder / "mosquitto").mkdir(parents=True)
    with contextlib.closing(Broker(folder / "mosquitto")) as broker, contextlib.ExitStack() as opened:
        if up:
            broker.start()
            listener = broker.subscriber()
        kept = killed_after(folder, broker.port, 500)
        if not up:
            broker.start()
            listener = broker.subscriber()
        door = Door(folder, broker.port).start()
        opened.callback(door.stop)
        wait_until(lambda: not door.events.outbox.pending(0, 1), "the outbox to be empty", 60)
        time.sleep(0.5)
        records = [json.loads(message.payload) for message in listener.on(door.topics.sighting)]
    seqs = list(dict.fromkeys(record["seq"] for record in records))
    came = {record["sighting_id"] for record in records}
    return len(kept), len(set(kept) - came), sum(a > b for a, b in itertools.pairwise(seqs))


@contextlib.contextmanager
def listening(broker: Broker, file):
    """A subscriber whose memory is not ours: topic and payload of each message as a line."""
    command = ["mosquitto_sub", "-p", str(broker.port), "-t", "whod/#", "-q", "1", "-F", "%t %p"]
    with subprocess.Popen(command, stdout=file) as process:
        try:
            yield
        finally:
            process.terminate()


def resident_mb() -> float:
    """Of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


if __name__ == "__main__":
    main()
