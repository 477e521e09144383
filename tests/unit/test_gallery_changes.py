# SPDX-License-Identifier: Apache-2.0
"""Changes of a gallery: by several threads, cut short by a kill, and in any order."""

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support_gallery import MODEL, SETTINGS, contents, embedding, seen

from daemon.clock import FakeClock
from daemon.errors import (
    NameTaken,
    NoSuchPerson,
    SamePerson,
)
from daemon.gallery import Gallery, Reason

ROOT = Path(__file__).parents[2]


def test_readers_never_see_half_a_change(gallery):
    gallery.enrol("Zed", [seen(9)], "upload", force=True)
    stop, faults, looked = threading.Event(), [], Counter()

    def read():
        while not stop.is_set():
            looked[gallery.identify(embedding(1)).reason] += 1
            counts = {person.name: person.samples for person in gallery.people()}
            if counts not in ({"Zed": 1}, {"Zed": 1, "Alice": 2}, {"Zed": 1, "Alice": 4}):
                faults.append(counts)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for _ in range(4):
        gallery.enrol("Alice", [seen(1), seen(1, 0.1)], "upload", force=True)
        gallery.enrol("Alice", [seen(1), seen(1, 0.1)], "upload", force=True)
        gallery.forget("Alice")
    stop.set()
    for reader in readers:
        reader.join()
    assert not faults
    assert set(looked) == {Reason.ACCEPTED, Reason.BELOW_THRESHOLD}


def test_writers_take_turns(gallery, open_gallery):
    photos = [(f"P{n % 3}", [seen(n % 3, n / 100)], "upload") for n in range(12)]
    threads = [threading.Thread(target=gallery.enrol, args=photo, kwargs={"force": True}) for photo in photos]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [person.samples for person in gallery.people()] == [4, 4, 4]
    assert contents(open_gallery()) == contents(gallery)


ENROLLER = """
    import sys
    from pathlib import Path
    sys.path.insert(0, "tests")
    from daemon.clock import SystemClock
    from daemon.gallery import Gallery
    from support_gallery import MODEL, SETTINGS, seen
    gallery = Gallery.open(Path(sys.argv[1]), MODEL, SETTINGS, SystemClock())
    for number in range(100_000):
        faces = [seen(number % 20), seen(number % 20, 0.1)]
        gallery.enrol(f"Person {sys.argv[2]} {number % 20}", faces, "upload", force=True)
        print(number, flush=True)
"""


def test_what_was_acknowledged_outlives_kill_9(path, open_gallery):
    acknowledged = Counter()
    for life in range(3):
        command = [sys.executable, "-c", textwrap.dedent(ENROLLER), str(path), str(life)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as enroller:
            for _ in range(5 + life):
                assert enroller.stdout.readline()
            os.kill(enroller.pid, signal.SIGKILL)
            told = 5 + life + len(enroller.stdout.read().splitlines())
        for number in range(told):
            acknowledged[f"Person {life} {number % 20}"] += 2
        gallery = open_gallery()
        kept = Counter({person.name: person.samples for person in gallery.people()})
        gallery.close()
        assert not acknowledged - kept
        assert (kept - acknowledged).total() in (0, 2)
        acknowledged = kept


people = st.sampled_from(["Ann", "ANN", "Bo", "Cy", "Di"])
changes = st.lists(
    st.one_of(
        st.tuples(st.just("enrol"), people, st.lists(st.integers(0, 5), min_size=1, max_size=3)),
        st.tuples(st.just("rename"), people, people),
        st.tuples(st.just("merge"), people, people),
        st.tuples(st.just("forget"), people),
    ),
    max_size=12,
)


def apply(gallery, change):
    match change:
        case ("enrol", name, faces):
            gallery.enrol(name, [seen(face, 0.1) for face in faces], "upload", force=True)
        case (verb, *arguments):
            with contextlib.suppress(NoSuchPerson, NameTaken, SamePerson):
                getattr(gallery, verb)(*arguments)


@settings(max_examples=25, deadline=None)
@given(changes)
def test_memory_and_file_agree_after_any_changes(tmp_path_factory, sequence):
    path = tmp_path_factory.mktemp("gallery") / "gallery.db"
    with contextlib.closing(Gallery.open(path, MODEL, SETTINGS, FakeClock())) as gallery:
        for change in sequence:
            apply(gallery, change)
        with contextlib.closing(Gallery.open(path, MODEL, SETTINGS, FakeClock())) as again:
            assert contents(again) == contents(gallery)
            assert again.sample_count == sum(person.samples for person in gallery.people())
            for face in range(6):
                ours, theirs = gallery.identify(embedding(face)), again.identify(embedding(face))
                assert (ours.reason, ours.person) == (theirs.reason, theirs.person)
                assert ours.similarity == pytest.approx(theirs.similarity, abs=1e-6)
