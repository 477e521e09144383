# SPDX-License-Identifier: Apache-2.0
"""How much the daemon writes to the disk while nobody comes, with a broker, somebody enrolled and frames looked at.

    .venv/bin/python tests/bench/idle_writes.py FOLDER MINUTES

FOLDER is on the disk that counts, not in memory. Counted as the kernel does (write_bytes in /proc/PID/io), from when
the backup after the enrolment is made; what is told for a day is in proportion. What comes once a day or at a change
of the gallery is not in it.
"""

import contextlib
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from support_broker import Broker, wait_until
from support_daemon import EILEEN, Daemon, broker_settings, play

DAY_MINUTES = 24 * 60


def main(folder: Path, minutes: float) -> None:
    with tempfile.TemporaryDirectory(dir=folder) as name, contextlib.ExitStack() as stack:
        state = Path(name)
        (state / "mosquitto").mkdir()
        broker = stack.enter_context(contextlib.closing(Broker(state / "mosquitto")))
        broker.start()
        daemon = stack.enter_context(contextlib.closing(Daemon(state)))
        options = ("camera.loop=true", "detector.still_s=0", *broker_settings(broker.port))
        daemon.start(play(state / "day", (None, 50)), *options)
        assert daemon.process is not None
        process = daemon.process.pid
        daemon.whod("enrol", "Eileen", EILEEN)
        wait_until(lambda: any(daemon.state.glob("backups/*.zip")), "the backup", 60)
        time.sleep(5)
        daemon.heard("")
        logged, before, begun_s = daemon.log.stat().st_size, written(process), time.monotonic()
        while time.monotonic() - begun_s < 60 * minutes:
            daemon.heard("")  # as systemd does, or whod says that it cannot be told
            time.sleep(1)
        passed_minutes = (time.monotonic() - begun_s) / 60
        bytes_written, logged = written(process) - before, daemon.log.stat().st_size - logged
    print(f"{bytes_written} bytes written in {passed_minutes:.1f} minutes, and {logged} of log,", end=" ")
    print(f"which is {(bytes_written + logged) / passed_minutes * DAY_MINUTES / 1000:.1f} kB a day")


def written(process: int) -> int:
    lines = Path(f"/proc/{process}/io").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("write_bytes")).split()[1])


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
