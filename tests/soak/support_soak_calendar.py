# SPDX-License-Identifier: Apache-2.0
"""`whod` whose calendar runs fast: a minute of the run is ten hours by the date, so that two hours are fifty days.

    python support_soak_calendar.py [--leaks] WHOD'S ARGUMENTS

Only the date runs fast. Periods are by the monotonic clock in whod, and stay as they are. With `--leaks` it keeps
each fiftieth frame, and opens a file with each five-hundredth: a soak that does not see that is of no use.
"""

import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from daemon.__main__ import main
from daemon.clock import SystemClock
from daemon.workers import Inbox

SPEED = 600.0
LEAKS = "--leaks"


def run_fast(speed: float) -> None:
    begun, begun_s = datetime.now(UTC), time.monotonic()
    SystemClock.now = lambda _: begun + timedelta(seconds=speed * (time.monotonic() - begun_s))


def leak() -> None:
    put, kept = Inbox.put, []

    def keep(inbox, frame):
        if frame.seq % 50 == 0:
            kept.append(frame.pixels.copy())
        if frame.seq % 500 == 0:
            kept.append(Path(__file__).open(encoding="utf-8"))  # noqa: SIM115 - that is the fault
        put(inbox, frame)

    Inbox.put = keep


if __name__ == "__main__":
    run_fast(SPEED)
    if LEAKS in sys.argv:
        sys.argv.remove(LEAKS)
        leak()
    main()
