# SPDX-License-Identifier: Apache-2.0
"""Does a decision ever come late, or a record not at all, when brokers and networks come and go?

    .venv/bin/python tests/bench/broker_losses.py [--losses 1000] [--streets 16] [--unsaved] [--broken naive|unasked]

Doors, each with a mosquitto of its own, a subscriber that keeps its session there, and a network between door and
broker, suffer one misfortune after the other: the network resets the connection, holds all back and lets it go or
forgets it, or becomes slow; the broker is stopped (SIGSTOP), ends and starts, or is killed. Half of them last up to
2 s, half 10 to 13 s, about as long as whod bears them; the next comes once decisions pass again. Meanwhile each door
makes five decisions a second, and every other one ends a visit a second. Late is what the subscriber gets more than
10 s after its capture.

--unsaved: mosquitto keeps nothing when it ends, and the subscriber may miss records: only how late is measured. With
--broken the measure is seen to fail: `naive` publishes as most do (QoS 1 by a client that reconnects), `unasked` does
not ask first whether the broker is there.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import random
import sys
import tempfile
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "mqtt"))

from support_losses import KEPT, MISFORTUNES, Seen, a_street, nobody_asks

LATE_S = 10.0


def live(folder: Path, turns: Turns, visit_s: float, options: argparse.Namespace) -> Seen:
    """One street, until nothing is left to suffer."""
    kept = () if options.unsaved else KEPT
    with a_street(folder, *kept, naive=options.broken == "naive") as street:
        with street.busy(decision_s=0.2, visit_s=visit_s):
            for misfortune, for_s in turns:
                street.suffer(misfortune, for_s)
                street.wait_for_return()
        return street.seen()


class Turns:
    """Hands out misfortunes, to all streets together so many."""

    def __init__(self, losses: int, *, unsaved: bool) -> None:
        # A mosquitto that is killed forgets what it has not saved yet, and has acknowledged.
        kinds = [kind for kind in MISFORTUNES if unsaved or kind != "kill"]
        self.given: dict[str, int] = defaultdict(int)
        self._kinds = itertools.islice(itertools.cycle(kinds), losses)
        self._lock = Lock()

    def __iter__(self):
        return self

    def __next__(self) -> tuple[str, float]:
        with self._lock:
            kind = next(self._kinds)
            self.given[kind] += 1
            return kind, random.choice((random.uniform(0.1, 2), random.uniform(10, 13)))


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--losses", type=int, default=1000)
    parser.add_argument("--streets", type=int, default=16)
    parser.add_argument("--unsaved", action="store_true")
    parser.add_argument("--broken", choices=("naive", "unasked"))
    options = parser.parse_args()
    turns = Turns(options.losses, unsaved=options.unsaved)
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as opened:
        if options.broken == "unasked":
            opened.enter_context(nobody_asks())
        pool = opened.enter_context(ThreadPoolExecutor(options.streets))
        # Records wait for an answer, and so tell a stall: some doors have none.
        streets = [(Path(name) / str(n), turns, 1 if n % 2 else 60, options) for n in range(options.streets)]
        report([*pool.map(live, *zip(*streets, strict=True))], turns)


def report(streets: list[Seen], turns: Turns) -> None:
    """Print what was seen."""
    ages = sorted(age for seen in streets for age in seen.ages_s)
    records = sum(seen.recorded for seen in streets)
    print("losses              ", ", ".join(f"{kind} {count}" for kind, count in turns.given.items()))
    print(f"decisions            {sum(seen.offered for seen in streets)} made, {len(ages)} told")
    print(f"oldest when received {ages[-1]:.2f} s, p50 {1000 * ages[len(ages) // 2]:.1f} ms")
    print(f"late                 {sum(len(seen.late(LATE_S)) for seen in streets)}")
    print(f"records              {records} made, {sum(seen.lost for seen in streets)} lost")
    print(f"came again           {sum(sum(seen.ids.values()) - len(seen.ids) for seen in streets)}")
    print(f"streets in order     {sum(seen.in_order for seen in streets)} of {len(streets)}")


if __name__ == "__main__":
    main()
