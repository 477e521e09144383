# SPDX-License-Identifier: Apache-2.0
"""How long a backup and a restore take, how much memory, and whether identification notices.

    .venv/bin/python tests/bench/backup.py FOLDER [SAMPLES] [PICTURE_BYTES]

FOLDER is on the disk that counts. Ten samples a person, of 192 random numbers; with PICTURE_BYTES each has a picture
that cannot be packed. Memory is the most that the process has held beyond what it held before (VmHWM of the kernel).
The latency of `Gallery.identify` is measured in a thread of its own, 20 times a second, as the frame path asks it.
"""

import contextlib
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from support_backups import Home
from support_gallery import MODEL

from daemon.backup import Wish, new_file
from daemon.gallery.rowwise import Rowwise
from daemon.gallery.stored import Sample, StoredPerson
from daemon.types import Embedding, RestoreMode

D = 192
AT = "2026-11-21T19:30:02.113Z"


def fill(path, count, picture_bytes):
    random = np.random.default_rng(7)
    with contextlib.closing(Rowwise(path)) as gallery, gallery.filling() as filler:
        for number in range(count):
            if number % 10 == 0:
                person_id = f"00000000-0000-4000-8000-{number:012x}"
                filler.add_person(StoredPerson(person_id, f"Person {number}", f"person {number}", AT, AT))
            vector = random.standard_normal(D, np.float32)
            vector /= np.linalg.norm(vector)
            sample_id = f"00000000-0000-4000-9000-{number:012x}"
            data = vector.astype("<f4").tobytes()
            filler.add_sample(Sample(sample_id, person_id, "positive", MODEL, data, 0.8, "upload", AT))
            if picture_bytes:
                filler.add_picture(sample_id, b"\xff\xd8\xff" + random.bytes(picture_bytes))


class Asker(threading.Thread):
    """Identifies faces, and notes how long each took."""

    def __init__(self, gallery):
        super().__init__(daemon=True)
        self._gallery = gallery
        self._random = np.random.default_rng(3)
        self.took = []
        self.stopped = False

    def run(self):
        while not self.stopped:
            vector = self._random.standard_normal(D, np.float32)
            began = time.perf_counter()
            self._gallery.identify(Embedding(vector / np.linalg.norm(vector), MODEL))
            self.took.append(1000 * (time.perf_counter() - began))
            time.sleep(0.05)


@contextlib.contextmanager
def measured(what, asker):
    """Tell how long the block took, its memory, and the latency meanwhile against that of as long a pause before."""
    calm = len(asker.took)
    time.sleep(4)
    before = asker.took[calm:]
    Path("/proc/self/clear_refs").write_text("5")
    held, began, worked, meanwhile = status("VmRSS"), time.perf_counter(), time.thread_time(), len(asker.took)
    yield
    seconds, cpu, grown = time.perf_counter() - began, time.thread_time() - worked, status("VmHWM") - held
    during = asker.took[meanwhile:] or [float("nan")]
    ratio = statistics.median(during) / statistics.median(before)
    slowest = max(during)
    print(
        f"{what}: {seconds:.1f} s, {cpu:.1f} s of CPU, +{grown:.0f} MB; "
        f"identify {statistics.median(before):.1f} ms before, {statistics.median(during):.1f} ms meanwhile "
        f"(x {ratio:.2f}), slowest {slowest:.0f} ms of {len(during)}",
        flush=True,
    )


def status(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) / 1000


def main(folder, count=100_000, picture_bytes=0):
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        state = Path(temporary, "state")
        state.mkdir()
        fill(state / "gallery.db", count, picture_bytes)
        with Home(state, size=D) as home:
            maker, restorer = home.jobs._runners["backup"]._maker, home.jobs._runners["restore"]._restorer
            asker = Asker(home.gallery)
            asker.start()
            for passphrase, name in ((None, "backup"), ("sesame", "backup, encrypted")):
                with measured(name, asker), new_file(state / "b.zip") as out:
                    maker.write(out, passphrase)
                print(f"  {(state / 'b.zip').stat().st_size / 1e6:.0f} MB")
            wishes = {
                "dry run, encrypted": Wish(state / "b.zip", "sesame", dry_run=True),
                "restore, merging": Wish(state / "b.zip", "sesame", RestoreMode.MERGE),
                "restore": Wish(state / "b.zip", "sesame"),
            }
            for name, wish in wishes.items():
                with measured(name, asker):
                    report = restorer.restore(wish).report
                assert report.same == count // 10, report
            asker.stopped = True
            asker.join()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
