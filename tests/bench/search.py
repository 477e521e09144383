# SPDX-License-Identifier: Apache-2.0
"""How fast a face is identified in a gallery, what a change costs there, and how much memory it takes.

    .venv/bin/python tests/bench/search.py [--numpy] [SAMPLES…]

Galleries of five samples a person, any two of them at a cosine of 0.7, are written in one transaction and opened as
the daemon does. Of the probes one half is residents, one half strangers. numpy has one thread, as in the daemon;
--numpy leaves the extra `large` aside. Recall is against sorting all similarities.
"""

import os
import resource
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from daemon.clock import SystemClock, iso
from daemon.config import load
from daemon.gallery import Gallery, normalise
from daemon.gallery.store import Store
from daemon.gallery.stored import Sample, StoredPerson
from daemon.types import Box, Detection, Embedding, Landmarks, Observation, Point, SampleKind

MODEL, SIZE, A_PERSON, WITHIN = "bench", 192, 5, 0.7
PROBES, CHECKED, CHANGES = 200, 40, 7
NOW = iso(SystemClock().now())
ANYWHERE = Detection(Box(0, 0, 1, 1), Landmarks(*(Point(0, 0),) * 4), 1.0)
random = np.random.default_rng(0)


def main(counts: list[int]) -> None:
    for count in counts:
        with tempfile.TemporaryDirectory(dir=".") as folder:
            path = Path(folder) / "gallery.db"
            faces = units(count // A_PERSON)
            write(path, faces)
            measure(path, faces)


def write(path: Path, faces: np.ndarray) -> None:
    store = Store(path)
    with store.transaction() as writer:
        for number, face in enumerate(faces):
            writer.save_person(StoredPerson(str(number), f"P {number}", normalise(f"P {number}").key, NOW, NOW))
            vectors = pictures(np.repeat(face[np.newaxis], A_PERSON, axis=0))
            writer.add_samples(
                [
                    Sample(f"{number}-{i}", str(number), SampleKind.POSITIVE, MODEL, v.tobytes(), 1.0, "bench", NOW)
                    for i, v in enumerate(vectors)
                ]
            )
    store.close()


def measure(path: Path, faces: np.ndarray) -> None:
    before = resident_mb()
    opening, gallery = timed(lambda: Gallery.open(path, MODEL, load().settings.gallery, SystemClock()))
    held = resident_mb() - before
    index = gallery._state.index
    residents = pictures(faces[random.integers(len(faces), size=PROBES // 2)])
    probes = [Embedding(v, MODEL) for v in random.permutation(np.concatenate([residents, units(PROBES // 2)]))]
    p50, p95 = np.percentile([timed(lambda p=p: gallery.identify(p))[0] for p in probes], (50, 95)) * 1000
    print(f"{len(index):8} samples: identification p50 {p50:7.3f}  p95 {p95:7.3f} ms", end="")
    print(
        f", recall {recall(index, probes[:CHECKED]):.4f}; opening {opening:6.2f} s, resident +{held:.0f} MB", end=""
    )
    added = [timed(lambda n=n: gallery.enrol(f"New {n}", [seen()], "bench"))[0] for n in range(CHANGES)]
    more = [timed(lambda n=n: gallery.enrol(f"P {n}", [seen()], "bench", force=True))[0] for n in range(CHANGES)]
    gone = [timed(lambda n=n: gallery.forget(f"P {n}"))[0] for n in range(CHANGES)]
    words = (f"{what} {np.median(s) * 1000:.0f} ms" for what, s in (("new", added), ("more", more), ("gone", gone)))
    print(f"; a person {', '.join(words)}; peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")
    gallery.close()


def recall(index, probes: list[Embedding], k: int = 7) -> float:
    """How many of the k nearest samples are found, of those that a sort finds."""
    everything = index.samples.take(np.arange(len(index)))
    hits = 0
    for probe in probes:
        found = index.samples.nearest(probe.vector, k)
        hits += len(np.intersect1d(found.places, np.argsort(-(everything @ probe.vector), kind="stable")[:k]))
    return hits / (k * len(probes))


def units(count: int) -> np.ndarray:
    rows = random.standard_normal((count, SIZE), dtype=np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def pictures(faces: np.ndarray) -> np.ndarray:
    """One of each face: two of the same one have a cosine of `WITHIN`, on average."""
    rows = np.sqrt(WITHIN) * faces + np.sqrt(1 - WITHIN) * units(len(faces))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def seen() -> Observation:
    return Observation(ANYWHERE, 1.0, Embedding(units(1)[0], MODEL))


def timed(call) -> tuple:
    began = time.perf_counter()
    result = call()
    return time.perf_counter() - began, result


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 1e6


if __name__ == "__main__":
    words = sys.argv[1:]
    if "--numpy" in words:
        words.remove("--numpy")
        sys.modules["faiss"] = None  # importing it fails
    main([int(word) for word in words] or [1000, 10_000, 100_000])
