# SPDX-License-Identifier: Apache-2.0
"""What stands in a backup, and that it comes back as it was."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from support_backups import JPEG, Home, lines, members
from support_gallery import MODEL, D, embedding, seen
from support_memory import peak

from daemon.backup import format as fmt
from daemon.backup.reading import Place, read
from daemon.backup.settings import told
from daemon.backup.writing import About, write
from daemon.gallery.rowwise import Rowwise
from daemon.gallery.stored import Sample, StoredPerson
from daemon.types import SampleKind

AT = "2026-11-21T19:30:02.113Z"


@pytest.fixture
def home(tmp_path):
    with Home(tmp_path) as home:
        yield home


def populate(home):
    """Two people, of whom one has a picture, a counter-example and a sample that is set aside; groups; somebody
    familiar."""
    gallery = home.gallery
    gallery.enrol("Zoë", [seen(1), seen(1, 0.3)], "upload", force=True, pictures=[JPEG, JPEG + b"2"])
    gallery.enrol("Bob", [seen(2)], "cli")
    gallery.add_samples("Bob", SampleKind.NEGATIVE, [seen(3)], "visit")
    gallery.set_familiar("Bob", familiar=True)
    gallery.create_group("Family", ["Zoë", "Bob"])
    gallery.create_group("Nobody", [])
    for tilt in range(1, 5):
        gallery.enrol("Zoë", [seen(1, tilt)], "upload", force=True)


def searches(gallery, count=1000):
    random = np.random.default_rng(7)
    found = []
    for _ in range(count):
        vector = random.standard_normal(D).astype(np.float32)
        face = embedding(0)
        face = type(face)(vector / np.linalg.norm(vector), MODEL)
        found.append((gallery.identify(face), gallery.candidates(face)))
    return found


def test_it_comes_back_as_it_was(home, tmp_path):
    populate(home)
    first = home.backup()
    before = searches(home.gallery)
    home.gallery.forget("Bob")
    home.gallery.rename("Zoë", "Zoe")
    home.gallery.delete_group("Nobody")
    assert home.restore(first).applied
    assert searches(home.gallery) == before
    home.clock.advance(60)
    second = home.backup()
    assert without_time(second) == without_time(first)
    assert second != first
    with Home(tmp_path / "other") as other:
        other.restore(second)
        assert searches(other.gallery) == before
        assert without_time(other.backup()) == without_time(first)


def without_time(backup):
    parts = members(backup)
    found = json.loads(parts.pop("manifest.json"))
    assert found.pop("made_at")
    return parts, found


def test_the_same_gallery_makes_the_same_bytes_on_a_disk_and_through_a_pipe(home, tmp_path):
    populate(home)
    home.gallery.copy_to(tmp_path / "copy.db")

    class Pipe:
        def __init__(self):
            self.data = b""

        def write(self, data):
            self.data += bytes(data)
            return len(data)

    made = []
    for out in (io.BytesIO(), Pipe(), io.BytesIO()):
        with contextlib.closing(Rowwise(tmp_path / "copy.db")) as gallery:
            write(out, gallery, About(MODEL, AT, {}))
        made.append(out.data if isinstance(out, Pipe) else out.getvalue())
    assert made[0] == made[1] == made[2]


def test_the_manifest_is_true(home):
    populate(home)
    backup = home.backup()
    parts = members(backup)
    assert tuple(parts) == fmt.MEMBERS
    found = json.loads(parts["manifest.json"])
    assert found["format"] == fmt.FORMAT
    assert found["counts"] == {"people": 2, "groups": 2, "samples": 8, "pictures": 2}
    assert found["model_id"] == MODEL
    for name, digest in found["sha256"].items():
        assert hashlib.sha256(parts[name]).hexdigest() == digest
    assert {info.date_time for info in zipfile.ZipFile(io.BytesIO(backup)).infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_what_is_not_for_a_backup_is_not_in_it(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("sesame")
    secret.chmod(0o600)
    with Home(tmp_path / "state", passphrase_file=secret) as home:
        populate(home)
        sample = home.gallery.samples("Zoë")[0]
        home.gallery.delete_sample("Zoë", sample.id)
        found = b"".join(members(home.backup()).values())
    for word in (b"passphrase_file", b"password_file", b"sesame", sample.id.encode(), str(secret).encode()):
        assert word not in found


def test_settings_hide_the_password_of_a_camera(home):
    camera = replace(home.settings.camera, source="rtsp://me:sesame@10.0.0.2/door")
    found = told(replace(home.settings, camera=camera))
    assert found["camera"]["source"] == "rtsp://…@10.0.0.2/door"
    assert "sesame" not in json.dumps(found)


def test_an_encrypted_one_comes_back_with_its_passphrase(home):
    populate(home)
    plain, sealed = home.backup(), home.backup("sesame")
    assert sealed.startswith(b"age-encryption.org/v1\n")
    home.gallery.forget("Bob")
    assert home.restore(sealed, passphrase="sesame").applied
    assert without_time(home.backup()) == without_time(plain)


def test_nothing_is_left_in_staging(home):
    populate(home)
    backup = home.backup("sesame")
    home.restore(backup, passphrase="sesame")
    with pytest.raises(Exception, match="passphrase"):
        home.restore(backup, passphrase="another")
    assert list(home.vault.staging.folder.iterdir()) == []


def filled(path, count, picture=None):
    """A gallery with so many samples, ten of each person."""
    random = np.random.default_rng(3)
    with contextlib.closing(Rowwise(path)) as gallery, gallery.filling() as filler:
        for number in range(count):
            if number % 10 == 0:
                person_id = f"00000000-0000-4000-8000-{number:012x}"
                filler.add_person(StoredPerson(person_id, f"P {number}", f"p {number}", AT, AT))
            vector = random.standard_normal(192).astype("<f4")
            vector /= np.linalg.norm(vector)
            sample = Sample(
                f"00000000-0000-4000-9000-{number:012x}",
                person_id,
                "positive",
                MODEL,
                vector.tobytes(),
                0.8,
                "upload",
                AT,
            )
            filler.add_sample(sample)
            if picture:
                filler.add_picture(sample.id, picture)
    return path


def test_memory_does_not_grow_with_the_gallery(tmp_path):
    grown = {}
    for count in (200, 2000):
        gallery, backup = (
            filled(tmp_path / f"{count}.db", count, JPEG + bytes(range(256)) * 40),
            tmp_path / f"{count}.zip",
        )

        def make(gallery=gallery, backup=backup):
            with contextlib.closing(Rowwise(gallery)) as rows, backup.open("wb") as out:
                write(out, rows, About(MODEL, AT, {}))

        def take(backup=backup, count=count):
            found = read(backup, tmp_path / f"{count}.new.db", Place(MODEL, {MODEL: 192}))
            assert found.sentences == ()

        grown[count] = peak(make), peak(take)
    for small, large in zip(grown[200], grown[2000], strict=True):
        assert large - small < 1_000_000


def test_pictures_are_left_out_where_it_could_not_be_restored_with_them(tmp_path, monkeypatch):
    monkeypatch.setattr(fmt, "MOST_BYTES", 200_000)
    gallery, out = filled(tmp_path / "g.db", 30, JPEG + bytes(9000)), io.BytesIO()
    with contextlib.closing(Rowwise(gallery)) as rows:
        found = write(out, rows, About(MODEL, AT, {}))
    assert (found.counts.samples, found.counts.pictures) == (30, 0)
    assert {line["picture"] for line in lines(out.getvalue(), "samples.jsonl")} == {None}
