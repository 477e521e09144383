# SPDX-License-Identifier: Apache-2.0
"""How much a visit writes to the disk, and how large the history gets.

    .venv/bin/python tests/bench/visit_writes.py FOLDER

FOLDER is on the disk that counts, not in memory. Each visit of somebody unknown has 15 looks, a crop as large as
those of real faces, a decision and a record in the outbox, which is confirmed; counted as the kernel does
(write_bytes in /proc/self/io), with all that SQLite writes to do it, and with the faces that go to make room.
"""

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from support_visits import NOW, event, face, visit, why

from daemon.clock import FakeClock
from daemon.events_db import FILE, open_event_store
from daemon.types import Match, Noted, Person

VISITS, KEPT = 1000, 500


def main(folder: Path) -> None:
    random = np.random.default_rng(7)
    with tempfile.TemporaryDirectory(dir=folder) as state:
        store, _ = open_event_store(Path(state), FakeClock(NOW), lambda visit: visit.as_json())
        people = [Person(f"6f1b6a0e-3d0c-4a3e-9a44-{number:012}", "") for number in range(7)]
        reasons = why(*people, reason="below_threshold")
        noted = Noted(12.345, 0.812, people[0].id, 0.4321, agrees=False)
        matches = tuple(Match(person, 0.4321, rank, 1, None, None) for rank, person in enumerate(people, 1))
        found = replace(reasons.identification, candidates=matches)
        reasons = replace(reasons, identification=found, observations=(noted,) * 15)
        before = written()
        for number in range(VISITS):
            vectors = random.normal(size=(15, 192)).astype(np.float32)
            looks = face(list(vectors / np.linalg.norm(vectors, axis=1, keepdims=True)))
            squares = random.integers(0, 240, (14, 14, 3), np.uint8).repeat(8, axis=0).repeat(8, axis=1)
            crop = squares + random.integers(0, 14, squares.shape, np.uint8)
            seen = visit(None, face=replace(looks, crop=crop), why=reasons)
            store.decide(event(None, sighting_id=seen.sighting_id, why=reasons))
            store.record(seen, max_unknowns=KEPT)
            store.outbox.confirm(store.outbox.pending(0, 9))
            if number == KEPT:
                settled = written()
        total = written()
        kept = store.faces.recent(KEPT)[0]
        size = sum(path.stat().st_size for path in Path(state).iterdir() if path.name.startswith(FILE))
        jpeg = len(store.faces.crop(kept.sighting_id) or b"")
        store.close()
    first, later = (settled - before) / (KEPT + 1) / 1000, (total - settled) / (VISITS - KEPT - 1) / 1000
    print(f"{first:.1f} kB written a visit, {later:.1f} kB once {KEPT} faces are kept and the oldest go,")
    print(f"{jpeg / 1000:.1f} kB of it the crop; {size / 1e6:.1f} MB on the disk after {VISITS} visits")


def written() -> int:
    lines = Path("/proc/self/io").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("write_bytes")).split()[1])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
