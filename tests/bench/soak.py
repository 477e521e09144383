# SPDX-License-Identifier: Apache-2.0
"""Does whod grow over the months? Memory, descriptors, threads and files over a million frames.

    .venv/bin/python tests/bench/soak.py [--frames N] [--minutes N] [--folder FOLDER] [--docs FOLDER] [--leaks]
    .venv/bin/python tests/bench/soak.py --again FOLDER [--docs FOLDER]

Plays visitors as fast as may be set (120 frames a second), with a thousand samples enrolled, a broker that is killed
and comes back, enrolments, forgetting, jobs, changes of settings and a page that is used. A minute is ten hours by
the date, so that what whod keeps for days comes and goes. It ends after so many frames, or so many minutes; then
`docs/soak.md` and its plots are written, and the exit code is 0 if nothing grew and nothing failed.

FOLDER keeps `samples.jsonl` and the rest of the run: from what is there of one that was broken off, `--again` writes
the report. `--leaks` takes a whod that grows, to see that it is told.
"""

import argparse
import contextlib
import json
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "soak"))
sys.path.insert(0, str(Path(__file__).parents[1] / "browser"))

from support_soak_figures import append, look, visits
from support_soak_home import Home
from support_soak_life import Life
from support_soak_report import write

from daemon.client.connection import exchange

ROOT = Path(__file__).parents[2]
DAYS = 58 / 1_000_000
"""By the fast calendar, of a frame."""
KEPT = 1 / 3
"""Part of the days that visits are kept: for the rest of the run as many go as come."""
SAMPLES = 1000
TELL_S = 60.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=100_000)
    parser.add_argument("--minutes", type=float, default=360)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--docs", type=Path, default=ROOT / "docs")
    parser.add_argument("--leaks", action="store_true")
    parser.add_argument("--again", type=Path)
    given = parser.parse_args()
    if given.again:
        return write(given.again, given.docs)
    with contextlib.ExitStack() as stack:
        folder = given.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if folder.exists() and any(folder.iterdir()):
            parser.error(f"{folder} is not empty: name another folder, or --again for a report of what is there.")
        soak(folder, given.frames, given.minutes, leaks=given.leaks)
        return write(folder, given.docs)


def soak(folder: Path, frames: int, minutes: float, *, leaks: bool = False, hurry: float = 1.0) -> None:
    """Run it, with all beside the frames so many times as often; leaves samples.jsonl, about.json, failures.txt."""
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.closing(Home(folder, leaks=leaks)) as home:
        samples = home.start()
        life = Life(home, max(1, round(frames * DAYS * KEPT)), folder / "failures.txt", hurry)
        life.begin()
        try:
            _watch(home, folder / "samples.jsonl", frames, minutes, 1 / hurry)
        finally:
            life.end()
            code = home.daemon.end(timeout_s=60)
            kept, came = visits(home.daemon.state / "events.db")
            about = {"wanted": frames, "days_kept": life.days, "done": life.done, "failed": life.failed}
            about |= {"samples": samples, "exit_code": code, "visits": came, "visits_kept": kept}
            (folder / "about.json").write_text(json.dumps(about, indent=1), encoding="utf-8")


def _watch(home: Home, path: Path, frames: int, minutes: float, turn_s: float) -> None:
    """Take samples until it is over."""
    begun_s = told_s = time.monotonic()
    every, due, now = frames / SAMPLES, 0.0, 0
    while now < frames and time.monotonic() - begun_s < 60 * minutes:
        time.sleep(turn_s)
        home.daemon.heard("")  # as systemd does, or whod says that it cannot be told
        status = json.loads(exchange(home.daemon.state / "whod.sock", "GET", "/api/v1/status", None)[1])
        now = status["frames"]
        if now < due:
            continue
        due = now + every
        sample = look(home.process, home.daemon.state, time.monotonic() - begun_s, now)
        append(path, sample)
        if time.monotonic() - told_s >= TELL_S:
            told_s = time.monotonic()
            left = sample.at_s / max(now, 1) * (frames - now) / 60
            print(
                f"{now:>8} frames, {now / sample.at_s:.0f} a second, {left:.0f} minutes to go: "
                f"{sample.memory:.1f} MB, "
                f"{sample.descriptors} descriptors, {sample.threads} threads, {sample.events_db:.1f} MB of events",
                flush=True,
            )


if __name__ == "__main__":
    sys.exit(main())
