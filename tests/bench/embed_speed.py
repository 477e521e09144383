# SPDX-License-Identifier: Apache-2.0
"""How many pictures a second `whod embed` does, and how many its stages allow.

    .venv/bin/python tests/bench/embed_speed.py [--pictures N] [--rounds N] FOLDER [COMMAND…]

The stages (file to pixels, finding the faces, their embeddings, the line of JSON) are timed picture by picture in one
thread of this process. A picture may hold several faces: what the stages allow is 1 / the mean over the pictures of
what all stages took, of which the median over the rounds counts. COMMAND (by default the `whod` of this environment)
is given the same pictures, and timed from its first line to its last. Both take turns; several commands are parted by
`--`.
"""

import argparse
import itertools
import json
import os
import subprocess
import sys
import time
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from daemon.cli import pictures as command
from daemon.cli.files import pictures, read
from daemon.config import load
from daemon.vision import MAX_BYTES, Vision, decode, models_folder

STAGES = ("decode", "detect", "embed", "write")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("folder", type=Path)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    given = parser.parse_args()
    paths = list(itertools.islice(pictures([given.folder]), given.pictures))
    commands = [list(words) for dashes, words in itertools.groupby(given.command, "--".__eq__) if not dashes]
    commands = commands or [[str(Path(sys.executable).with_name("whod"))]]
    vision = Vision.load(models_folder(), load().settings)
    seconds, speeds = [], []
    for _ in range(given.rounds):
        seconds.append(stages(vision, paths))
        speeds.append([run(words, paths) for words in commands])
    a_picture = np.median(seconds, axis=0)
    allowed = 1 / a_picture.sum(axis=1).mean()
    print(
        ", ".join(f"{stage} {s * 1000:.2f} ms" for stage, s in zip(STAGES, a_picture.mean(axis=0), strict=True)),
        end="",
    )
    print(f" a picture on average: {allowed:.1f} pictures a second")
    for words, speed in zip(commands, np.median(speeds, axis=0), strict=True):
        print(f"{' '.join(words)}: {speed:.1f} pictures a second, {speed / allowed:.0%} of what the stages allow")


def stages(vision: Vision, paths: list[Path]) -> np.ndarray:
    """The seconds of each stage for each picture; (pictures, stages)."""
    times = []
    with Path(os.devnull).open("w") as nowhere:
        for path in paths:
            marks = [time.perf_counter()]
            pixels = decode(read(path, MAX_BYTES))
            marks.append(time.perf_counter())
            faces = vision.detect(pixels)
            marks.append(time.perf_counter())
            observations = [vision.embed(vision.portray(pixels, face)) for face in faces]
            marks.append(time.perf_counter())
            line = json.dumps([command._face(observation, 1.0) for observation in observations])
            print(line, file=nowhere, flush=True)
            marks.append(time.perf_counter())
            times.append(np.diff(marks))
    return np.array(times)


def run(words: list[str], paths: list[Path]) -> float:
    """Pictures a second of the command, from its first line to its last."""
    with subprocess.Popen([*words, "embed", "--jsonl", *map(str, paths)], stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        began = time.perf_counter()
        more = sum(1 for _ in process.stdout)
        elapsed = time.perf_counter() - began
    if process.returncode or more != len(paths) - 1:
        sys.exit(f"{' '.join(words)} gave {more + 1} lines for {len(paths)} pictures")
    return more / elapsed


if __name__ == "__main__":
    main()
