# SPDX-License-Identifier: Apache-2.0
"""How long after the start of `whod embed` its first line is there.

    .venv/bin/python tests/bench/first_result.py [--runs N] PICTURE [COMMAND…]

COMMAND (by default the `whod` of this environment) is run alone, again and again, after two runs that warm the file
cache; several of them, parted by `--`, take turns. Time is from before the process is made until its first line is
read; the processor's time is that of the whole process.
"""

import argparse
import itertools
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

WARM_UP = 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=21)
    parser.add_argument("picture", type=Path)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    given = parser.parse_args()
    commands = [list(words) for dashes, words in itertools.groupby(given.command, "--".__eq__) if not dashes]
    commands = commands or [[str(Path(sys.executable).with_name("whod"))]]
    runs = [[run(command, given.picture) for command in commands] for _ in range(WARM_UP + given.runs)][WARM_UP:]
    for command, times in zip(commands, zip(*runs, strict=True), strict=True):
        first, processor = ([each[i] * 1000 for each in times] for i in range(2))
        print(
            f"{' '.join(command)}: first result p50 {statistics.median(first):.0f} ms, least {min(first):.0f}; "
            f"processor p50 {statistics.median(processor):.0f} ms, least {min(processor):.0f}"
        )


def run(command: list[str], picture: Path) -> tuple[float, float]:
    """Seconds to the first line, and of the processor."""
    before = used()
    began = time.perf_counter()
    with subprocess.Popen([*command, "embed", str(picture), "--jsonl"], stdout=subprocess.PIPE) as process:
        line = process.stdout.readline()
        elapsed = time.perf_counter() - began
        process.stdout.read()
    if process.returncode or b'"embedding"' not in line:
        sys.exit(f"{' '.join(command)} found no face in {picture}")
    return elapsed, used() - before


def used() -> float:
    """Seconds of the processor that this process's children took."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
