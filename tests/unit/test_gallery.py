# SPDX-License-Identifier: Apache-2.0
import contextlib
import logging
import os
import random
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
import unicodedata
import uuid
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.clock import FakeClock
from daemon.config import load
from daemon.errors import (
    BadName,
    InputError,
    ModelMismatch,
    NameTaken,
    NoSuchPerson,
    SamePerson,
    StorageCorrupt,
    StorageError,
)
from daemon.gallery import Gallery, Reason
from daemon.gallery.store import Sample, Store, StoredPerson
from daemon.types import Box, Change, Detection, Embedding, Landmarks, Observation, Point

ROOT = Path(__file__).parents[2]
MODEL = "test-model-1"
D = 32
SETTINGS = replace(load().settings.gallery, threshold=0.55, margin=0.05, k=7)
DETECTION = Detection(Box(0, 0, 100, 100), Landmarks(*[Point(50, 50)] * 4), 0.9)


def axis(number, tilt=0.0):
    """A face: unit vectors of different numbers have nothing in common; a tilt makes it another picture of it, so
    alike that to enrol both takes force."""
    vector = np.zeros(D, np.float32)
    vector[number] = 1
    vector[-1] = tilt
    return vector / np.linalg.norm(vector)


def embedding(number, tilt=0.0, model_id=MODEL):
    return Embedding(axis(number, tilt).astype(np.float32), model_id)


def seen(number, tilt=0.0, model_id=MODEL, quality=0.8):
    return Observation(DETECTION, quality, embedding(number, tilt, model_id))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "gallery.db"


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def open_gallery(path, clock):
    """Opens the gallery in `path`, as often as wanted."""
    with contextlib.ExitStack() as stack:

        def opener(model_id=MODEL, **changes):
            gallery = Gallery.open(path, model_id, replace(SETTINGS, **changes), clock)
            stack.callback(gallery.close)
            return gallery

        yield opener


@pytest.fixture
def gallery(open_gallery):
    return open_gallery()


def names(gallery):
    return [person.name for person in gallery.people()]


def contents(gallery):
    """People and searched samples, for comparing."""
    index = gallery._state.index
    rows = zip(index.owners.tolist(), index.samples.take(np.arange(len(index))), strict=True)
    return gallery.people(), sorted((index.person_ids[owner], row.tobytes()) for owner, row in rows)


# Enrolling


def test_a_new_gallery_is_empty(gallery):
    assert (gallery.person_count, gallery.sample_count, gallery.people()) == (0, 0, [])
    assert gallery.candidates(embedding(1)) == ()
    assert gallery.identify(embedding(1)).reason == Reason.EMPTY_GALLERY


def test_enrolling_creates_and_then_updates(gallery, clock):
    first = gallery.enrol("Alice", [seen(1), seen(1, 0.1)], "upload", force=True)
    assert first.change is Change.CREATED
    assert uuid.UUID(first.person.id).version == 4
    assert len(set(first.sample_ids)) == 2
    clock.advance(60)
    second = gallery.enrol(" ALICE ", [seen(1, 0.2)], "cli", force=True)
    assert second.change is Change.UPDATED
    assert second.person == first.person
    (alice,) = gallery.people()
    assert (alice.name, alice.samples, alice.negatives) == ("Alice", 3, 0)
    assert (alice.updated_at - alice.created_at).total_seconds() == 60
    assert alice.last_seen_at is None
    assert (gallery.person_count, gallery.sample_count) == (1, 3)


@pytest.mark.parametrize("twin", ["zoë", "ZOË", "  Zoë ", "\uff3a\uff4f\u00eb", unicodedata.normalize("NFD", "Zoë")])
def test_twins_of_a_name_are_one_person(gallery, twin):
    first = gallery.enrol("Zoë", [seen(1)], "upload")
    assert gallery.enrol(twin, [seen(1)], "upload").person == first.person
    assert names(gallery) == ["Zoë"]
    assert gallery.find(twin) == first.person


def test_who_was_enrolled_is_found_after_opening_again(gallery, open_gallery):
    gallery.enrol("Alice", [seen(1), seen(1, 0.3)], "upload")
    gallery.enrol("Bob", [seen(2)], "import")
    again = open_gallery()
    assert contents(again) == contents(gallery)
    assert again.identify(embedding(1, 0.1)).person == gallery.find("Alice")


def test_an_observation_of_another_model_enrols_nothing(gallery):
    with pytest.raises(ModelMismatch, match="other-model cannot be compared with a gallery of test-model-1"):
        gallery.enrol("Alice", [seen(1), seen(1, model_id="other-model")], "upload")
    assert gallery.people() == []


def test_a_bad_name_enrols_nothing(gallery):
    with pytest.raises(BadName):
        gallery.enrol("", [seen(1)], "upload")
    assert gallery.people() == []


@pytest.mark.parametrize(
    "observations",
    [
        [],
        [Observation(DETECTION, 0.8, Embedding(axis(1) * 2, MODEL))],
        [Observation(DETECTION, 0.8, Embedding(axis(1) * np.nan, MODEL))],
        [Observation(DETECTION, 0.8, Embedding(np.eye(1, d, dtype=np.float32)[0], MODEL)) for d in (D - 8, D + 8)],
    ],
    ids=["none", "not unit", "nan", "another length"],
)
def test_what_only_a_bug_can_enrol_is_refused_whole(gallery, open_gallery, observations):
    gallery.enrol("Alice", [seen(1)], "upload")
    with pytest.raises(ValueError, match=r"nothing to enrol|unit length|same shape") as raised:
        gallery.enrol("Bob", observations, "upload")
    assert not isinstance(raised.value, InputError)
    assert names(gallery) == names(open_gallery()) == ["Alice"]


def test_names_stay_out_of_the_log(gallery, caplog):
    caplog.set_level(logging.INFO)
    person = gallery.enrol("Alice", [seen(1)], "upload").person
    gallery.rename("Alice", "Alicia")
    gallery.enrol("Bob", [seen(2)], "upload")
    gallery.merge("Alicia", "Bob")
    gallery.forget("Bob")
    assert person.id in caplog.text
    assert len(caplog.records) == 5
    assert not [name for name in ("alic", "bob") if name in caplog.text.lower()]


# People


def test_people_come_in_the_order_of_their_names(gallery):
    for number, name in enumerate(["bob", "Ämilie", "alice", "Carol", "Zoë"]):
        gallery.enrol(name, [seen(number)], "upload")
    assert names(gallery) == ["alice", "bob", "Carol", "Zoë", "Ämilie"]


def test_a_person_is_found_by_id_and_by_name(gallery):
    alice = gallery.enrol("Alice", [seen(1)], "upload").person
    assert gallery.find(alice.id) == gallery.find("alice") == alice


def test_who_is_not_there_is_said_with_the_nearest_name(gallery):
    with pytest.raises(NoSuchPerson, match='Nobody named "Alica" is enrolled: look at the list'):
        gallery.find("Alica")
    gallery.enrol("Alice", [seen(1)], "upload")
    with pytest.raises(NoSuchPerson, match=r'Nobody named "Alica" is enrolled; did you mean "Alice"\?'):
        gallery.find("Alica")
    with pytest.raises(LookupError):
        gallery.find(str(uuid.uuid4()))
    for change in (gallery.forget, lambda ref: gallery.rename(ref, "X"), lambda ref: gallery.merge(ref, "Alice")):
        with pytest.raises(NoSuchPerson):
            change("Zed")


def test_renaming_keeps_the_id_and_the_samples(gallery, open_gallery, clock):
    alice = gallery.enrol("Alice", [seen(1)], "upload").person
    clock.advance(1)
    assert gallery.rename("alice", "Alicia").id == alice.id
    assert names(gallery) == ["Alicia"]
    assert gallery.identify(embedding(1)).person == gallery.find("Alicia")
    with pytest.raises(NoSuchPerson):
        gallery.find("Alice")
    assert gallery.enrol("Alice", [seen(2)], "upload").change is Change.CREATED
    assert contents(open_gallery()) == contents(gallery)


def test_a_name_may_be_spelt_otherwise(gallery):
    alice = gallery.enrol("alice", [seen(1)], "upload").person
    assert gallery.rename("alice", "ALICE").name == "ALICE"
    assert gallery.find("alice") == replace(alice, name="ALICE")


def test_another_persons_name_is_taken(gallery, open_gallery):
    gallery.enrol("Alice", [seen(1)], "upload")
    gallery.enrol("Bob", [seen(2)], "upload")
    with pytest.raises(NameTaken, match="another person's name: choose another, or merge the two"):
        gallery.rename("Alice", "BOB")
    with pytest.raises(BadName):
        gallery.rename("Alice", "\u202eBob")
    assert names(gallery) == names(open_gallery()) == ["Alice", "Bob"]


def test_merging_moves_the_samples(gallery, open_gallery):
    gone = gallery.enrol("Al", [seen(1), seen(1, 0.1)], "upload", force=True).person
    alice = gallery.enrol("Alice", [seen(2)], "upload", force=True).person
    assert gallery.merge("al", alice.id) == alice
    (summary,) = gallery.people()
    assert (summary.id, summary.samples) == (alice.id, 3)
    assert [match.votes for match in gallery.candidates(embedding(1))] == [3]
    with pytest.raises(NoSuchPerson):
        gallery.find(gone.id)
    assert contents(open_gallery()) == contents(gallery)


def test_a_person_cannot_be_merged_with_itself(gallery):
    alice = gallery.enrol("Alice", [seen(1)], "upload").person
    with pytest.raises(SamePerson, match="cannot be merged with itself: name two different people"):
        gallery.merge(alice.id, "ALICE")
    assert gallery.sample_count == 1


def test_who_is_forgotten_is_gone_from_memory_and_file(gallery, open_gallery, path):
    observation = seen(1, 0.4)
    alice = gallery.enrol("Alice", [observation], "upload").person
    gallery.enrol("Bob", [seen(2)], "upload")
    secrets = [b"Alice", alice.id.encode(), observation.embedding.vector.tobytes()]
    assert all(secret in path.read_bytes() for secret in secrets)
    assert gallery.forget("alice") == alice
    assert not any(secret in path.read_bytes() for secret in secrets)
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert gallery.identify(observation.embedding).person is None
    assert names(gallery) == names(open_gallery()) == ["Bob"]
    assert gallery.sample_count == 1


# Identifying


def test_a_face_is_the_person_it_is_nearest_to(gallery):
    alice = gallery.enrol("Alice", [seen(1, 0.1), seen(1, -0.1)], "upload", force=True).person
    bob = gallery.enrol("Bob", [seen(2)], "upload", force=True).person
    decision = gallery.identify(embedding(1))
    assert (decision.person, decision.reason) == (alice, Reason.ACCEPTED)
    assert decision.similarity == pytest.approx(1, abs=0.01)
    assert decision.margin == pytest.approx(decision.similarity, abs=0.01)
    assert [(m.person, m.rank, m.votes) for m in decision.candidates] == [(alice, 1, 2), (bob, 2, 1)]


def test_a_stranger_is_nobody(gallery):
    gallery.enrol("Alice", [seen(1)], "upload")
    decision = gallery.identify(embedding(5))
    assert (decision.person, decision.reason) == (None, Reason.BELOW_THRESHOLD)


def test_similarity_is_to_the_mean_of_the_samples_and_to_the_nearest(gallery):
    gallery.enrol("Alice", [seen(1), seen(2)], "upload", force=True)
    (match,) = gallery.candidates(embedding(1))
    assert match.similarity == pytest.approx(0.7 * np.sqrt(0.5) + 0.3)


def test_more_is_required_in_a_gallery_of_people_who_are_alike(gallery):
    gallery.enrol("Alice", [seen(1)], "upload")
    (alone,) = gallery.candidates(embedding(1))
    assert alone.required == pytest.approx(SETTINGS.threshold)
    for n in range(3):
        gallery.enrol(f"P{n}", [seen(1, tilt=1 + n / 5)], "upload", force=True)
    best, *others = gallery.candidates(embedding(1))
    crowd = sum(match.similarity for match in others) / 5
    # The face is Alice's very sample: it is as much like the others as she is.
    assert best.required == pytest.approx(SETTINGS.threshold + 0.15 * (crowd + crowd))
    assert all(match.required is None or match.required > SETTINGS.threshold for match in others)


def test_who_is_in_the_frame_already_is_not_named_twice(gallery):
    alice = gallery.enrol("Alice", [seen(1)], "upload").person
    decision = gallery.identify(embedding(1), frozenset({alice.id}))
    assert (decision.person, decision.reason) == (None, Reason.TAKEN)


def test_the_margin_is_known_even_when_k_is_one_and_people_are_excluded(open_gallery):
    gallery = open_gallery(k=1)
    people = [gallery.enrol(f"P{n}", [seen(1, tilt=n / 50)], "upload", force=True).person for n in range(4)]
    decision = gallery.identify(embedding(1), frozenset(person.id for person in people[:2]))
    assert decision.reason == Reason.TAKEN
    assert gallery.identify(embedding(1)).reason == Reason.TOO_CLOSE_TO_SECOND


def test_however_many_are_excluded_the_best_of_the_rest_is_found(gallery):
    crowd = [gallery.enrol(f"P{n}", [seen(1, tilt=n / 50)], "upload", force=True).person for n in range(10)]
    decision = gallery.identify(embedding(1), frozenset(person.id for person in crowd[:9]))
    assert decision.person == crowd[9]
    assert decision.margin == decision.similarity


def test_as_many_candidates_come_as_were_asked_for(gallery):
    for number in range(10):
        gallery.enrol(f"P{number}", [seen(number), seen(number, 0.1)], "upload", force=True)
    assert len(gallery.candidates(embedding(1))) == SETTINGS.k
    few = gallery.candidates(embedding(1), k=3)
    assert [match.rank for match in few] == [1, 2, 3]
    assert few[0].person.name == "P1"
    assert few[0].votes == 2


def test_an_embedding_of_another_model_is_refused(gallery):
    for call in (gallery.identify, gallery.candidates):
        with pytest.raises(ModelMismatch, match="embed the picture again"):
            call(embedding(1, model_id="other-model"))


def test_samples_of_another_model_are_kept_but_not_searched(open_gallery, caplog):
    old = open_gallery()
    old.enrol("Alice", [seen(1), seen(1, 0.1)], "upload", force=True)
    old.close()
    new = open_gallery("test-model-2")
    assert "2 samples are of another model than test-model-2" in caplog.text
    assert (new.person_count, new.sample_count) == (1, 0)
    assert new.identify(embedding(1, model_id="test-model-2")).reason == Reason.EMPTY_GALLERY
    new.enrol("alice", [seen(1, model_id="test-model-2")], "upload", force=True)
    assert (new.people()[0].samples, new.sample_count) == (3, 1)
    assert len(caplog.records) == 1
    new.close()
    assert open_gallery().sample_count == 2


# Storage that fails


def test_a_locked_file_is_said_and_nothing_is_half_written(gallery, open_gallery, path):
    gallery.enrol("Alice", [seen(1)], "upload")
    gallery._store._database._connection.execute("PRAGMA busy_timeout=20")
    other = sqlite3.connect(path)
    other.execute("BEGIN EXCLUSIVE")
    for change in (
        lambda: gallery.enrol("Bob", [seen(2)], "upload"),
        lambda: gallery.enrol("Alice", [seen(2)], "upload"),
        lambda: gallery.rename("Alice", "Al"),
        lambda: gallery.forget("Alice"),
    ):
        with pytest.raises(StorageError, match="locked by another program"):
            change()
    assert gallery.identify(embedding(1)).person == gallery.find("Alice")
    other.close()
    assert gallery.sample_count == 1
    gallery.enrol("Bob", [seen(2)], "upload")
    assert contents(open_gallery()) == contents(gallery)


def test_a_full_disk_is_said_and_nothing_is_half_written(gallery, open_gallery):
    gallery.enrol("Alice", [seen(1)], "upload", force=True)
    database = gallery._store._database
    (pages,) = database.query("PRAGMA page_count")[0]
    database.query(f"PRAGMA max_page_count={pages}")
    with pytest.raises(StorageError, match="disk is full: free some space and try again"):
        gallery.enrol("Bob", [seen(2, tilt / 1000) for tilt in range(200)], "import", force=True)
    assert names(gallery) == ["Alice"]
    assert gallery.identify(embedding(1)).person == gallery.find("Alice")
    database.query(f"PRAGMA max_page_count={pages + 1000}")
    gallery.enrol("Bob", [seen(2, tilt / 1000) for tilt in range(200)], "import", force=True)
    assert contents(open_gallery()) == contents(gallery)


class CommitsButFails(Store):
    """A disk that has done what it says it could not do: syncing the folder failed after the journal was gone."""

    @contextlib.contextmanager
    def transaction(self):
        with super().transaction() as writer:
            yield writer
        raise StorageError("the disk fails")


def test_after_a_commit_in_doubt_the_file_is_right(path, clock, open_gallery):
    store = CommitsButFails(path)
    gallery = Gallery(store, MODEL, SETTINGS, clock)
    with pytest.raises(StorageError):
        gallery.enrol("Alice", [seen(1)], "upload", force=True)
    assert gallery.people() == []
    store.transaction = super(CommitsButFails, store).transaction
    assert gallery.enrol("Alice", [seen(1, 0.1)], "upload", force=True).change is Change.UPDATED
    assert contents(open_gallery()) == contents(gallery)
    assert gallery.sample_count == 2
    gallery.close()


# Damage


def flip(path, where, bit=0):
    data = bytearray(path.read_bytes())
    data[where] ^= 1 << bit
    path.write_bytes(data)
    return bytes(data)


@pytest.mark.parametrize("row", ["vector", "name", "name key", "sample id", "owner", "model", "source"])
def test_a_flipped_bit_is_found_by_the_checksum_and_the_file_left(open_gallery, path, row):
    gallery = open_gallery()
    enrolled = gallery.enrol("Alice", [seen(1, 0.3)], "upload")
    gallery.close()
    data = path.read_bytes()
    needle = {
        "vector": axis(1, 0.3).astype("<f4").tobytes(),
        "name": b"Alicealice",
        "name key": b"alice2026",
        "sample id": enrolled.sample_ids[0].encode() + enrolled.person.id.encode(),
        "owner": enrolled.person.id.encode() + b"positive",
        "model": MODEL.encode(),
        "source": b"upload",
    }[row]
    assert data.count(needle) == 1
    bad = flip(path, data.index(needle) + 4)
    with pytest.raises(StorageCorrupt, match=r"gallery\.db is damaged"):
        open_gallery()
    assert path.read_bytes() == bad


def test_random_flipped_bits_are_found_or_harmless(open_gallery, path):
    gallery = open_gallery()
    for number in range(3):
        gallery.enrol(f"Person {number}", [seen(number), seen(number, 0.2)], "upload")
    wanted, good = contents(gallery), path.read_bytes()
    gallery.close()
    found = 0
    for bit in random.Random(4).sample(range(len(good) * 8), 300):
        bad = flip(path, bit // 8, bit % 8)
        try:
            with contextlib.closing(open_gallery()) as opened:
                assert contents(opened) == wanted
        except StorageError:
            assert path.read_bytes() == bad
            found += 1
        path.write_bytes(good)
    assert found > 10


WRONG_VECTORS = {
    "empty": b"",
    "odd length": axis(1).tobytes()[:-1],
    "another length": np.ones(1, "<f4").tobytes(),
    "not unit": (axis(1) * 1.01).tobytes(),
    "zero": bytes(4 * D),
    "nan": (axis(1) * np.nan).astype("<f4").tobytes(),
    "infinite": np.full(D, 3e38, "<f4").tobytes(),
}


@pytest.mark.parametrize("vector", WRONG_VECTORS.values(), ids=WRONG_VECTORS.keys())
def test_a_vector_that_cannot_be_right_is_damage_though_its_checksum_fits(open_gallery, path, vector):
    person = open_gallery().enrol("Alice", [seen(1)], "upload").person
    store = Store(path)
    with store.transaction() as writer:
        writer.add_samples([Sample("s", person.id, "positive", MODEL, vector, 0.5, "upload", "2026-11-21T19:30:02Z")])
    store.close()
    with pytest.raises(StorageCorrupt, match=r"gallery.db is damaged \(.*(unit vector|length)\)"):
        open_gallery()


def test_a_sample_of_nobody_is_damage(open_gallery, path):
    open_gallery().enrol("Alice", [seen(1)], "upload")
    other = sqlite3.connect(path)
    other.execute("DELETE FROM person")
    other.commit()
    other.close()
    with pytest.raises(StorageCorrupt, match="nobody's"):
        open_gallery()


def test_damage_since_the_start_is_not_passed_on_by_a_merge(gallery, path):
    gallery.enrol("Al", [seen(1)], "upload")
    gallery.enrol("Alice", [seen(2)], "upload")
    other = sqlite3.connect(path)
    other.execute("UPDATE sample SET quality = 0.9")
    other.commit()
    other.close()
    with pytest.raises(StorageCorrupt, match="checksum"):
        gallery.merge("Al", "Alice")
    assert gallery.person_count == 2


def test_a_person_without_samples_is_no_candidate(open_gallery, path):
    store = Store(path)
    with store.transaction() as writer:
        writer.save_person(StoredPerson("p", "Alice", "alice", "2026-11-21T19:30:02Z", "2026-11-21T19:30:02Z"))
    store.close()
    gallery = open_gallery()
    assert (names(gallery), gallery.candidates(embedding(1))) == (["Alice"], ())
    assert gallery.forget("Alice").id == "p"


# Threads and processes


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
    sys.path.insert(0, "tests/unit")
    from daemon.clock import SystemClock
    from daemon.gallery import Gallery
    from test_gallery import MODEL, SETTINGS, seen
    gallery = Gallery.open(Path(sys.argv[1]), MODEL, SETTINGS, SystemClock())
    for number in range(100_000):
        gallery.enrol(f"Person {sys.argv[2]} {number % 20}", [seen(number % 20), seen(number % 20, 0.1)], "upload", force=True)
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


# Any sequence of changes

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
