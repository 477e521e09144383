# SPDX-License-Identifier: Apache-2.0
"""How fast a face is identified in a gallery, and how fast a gallery opens.

    .venv/bin/python tests/bench/search.py [SAMPLES…]

Galleries of random unit vectors, five a person, made by the real gallery; numpy has one thread, as in the daemon.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from daemon.clock import SystemClock
from daemon.config import load
from daemon.gallery import Gallery
from daemon.types import Box, Detection, Embedding, Landmarks, Observation, Point

MODEL, SIZE, A_PERSON, PROBES = "bench", 192, 5, 200
ANYWHERE = Detection(Box(0, 0, 1, 1), Landmarks(*(Point(0, 0),) * 4), 1.0)


def main(counts: list[int]) -> None:
    random = np.random.default_rng(0)
    for count in counts:
        with tempfile.TemporaryDirectory() as folder:
            measure(Path(folder) / "gallery.db", count, random)


def measure(path: Path, count: int, random: np.random.Generator) -> None:
    settings, clock = load().settings.gallery, SystemClock()
    gallery = Gallery.open(path, MODEL, settings, clock)
    for person in range(count // A_PERSON):
        seen = [Observation(ANYWHERE, 1.0, embedding(random)) for _ in range(A_PERSON)]
        gallery.enrol(f"Person {person}", seen, "bench")
    gallery.close()
    began = time.perf_counter()
    gallery = Gallery.open(path, MODEL, settings, clock)
    opened_s = time.perf_counter() - began
    times = [identify(gallery, embedding(random)) for _ in range(PROBES)]
    p50, p95 = np.percentile(times, (50, 95)) * 1000
    print(f"{count:8} samples: identification p50 {p50:7.3f}  p95 {p95:7.3f} ms, opening {opened_s:6.3f} s")
    gallery.close()


def identify(gallery: Gallery, probe: Embedding) -> float:
    began = time.perf_counter()
    gallery.identify(probe)
    return time.perf_counter() - began


def embedding(random: np.random.Generator) -> Embedding:
    vector = random.standard_normal(SIZE).astype(np.float32)
    return Embedding(vector / np.linalg.norm(vector), MODEL)


if __name__ == "__main__":
    main([int(count) for count in sys.argv[1:]] or [1000, 10_000])
