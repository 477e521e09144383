# SPDX-License-Identifier: Apache-2.0
"""Imports, trainings and re-embeddings as jobs, over faces that have nothing in common."""

import contextlib
import io
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from support_samples import SETTINGS, counts, enrol, picture, pictures, seen, view

from daemon.clock import FakeClock
from daemon.errors import BadArchive, InputError, NoSuchPerson, WorldError
from daemon.events_db import open_event_store
from daemon.gallery import Gallery
from daemon.jobs import Jobs, Staging
from daemon.service.imports import Imports
from daemon.service.jobs import LongWork
from daemon.service.re_embedding import ReEmbedding
from daemon.service.sources import ZipSource
from daemon.service.training import Training
from daemon.types import Box, Detection, JobKind, JobState, Landmarks, Point
from daemon.vision import encode_jpeg

TWO = 200
"""A picture of this grey or more has two faces."""

FRONT = Detection(Box(0, 0, 64, 64), Landmarks(Point(20, 24), Point(44, 24), Point(32, 36), Point(32, 48)), 0.9)


def grey(person, number=0):
    """A picture, whose grey says of whom it is, and which of them."""
    return encode_jpeg(np.full((64, 64, 3), 20 * person + 2 * number + 1, np.uint8), 100)


def analyse(pixels):
    value = int(pixels.mean())
    if value == 255:
        return []
    if value >= TWO:
        return [picture(0), picture(1)]
    return [replace(picture(value // 20, (value % 20) // 2), detection=FRONT)]


class House:
    """A gallery, its jobs, and who does them when told to."""

    def __init__(self, path):
        self.path = path
        self.clock = FakeClock()
        self.analyse = analyse
        self.changes = 0
        self.gallery = None
        self.open("test-model-1")

    def open(self, model_id):
        self.close()
        self.gallery = Gallery.open(self.path / "gallery.db", model_id, SETTINGS, self.clock)
        self.events, _ = open_event_store(self.path, self.clock)
        self.staging = Staging(self.path)

        def look(pixels):
            return [
                replace(face, embedding=replace(face.embedding, model_id=model_id)) for face in self.analyse(pixels)
            ]

        runners = {
            JobKind.IMPORT: Imports(self.gallery, self.staging, look, self._changed),
            JobKind.TRAIN: Training(self.gallery, self._changed),
            JobKind.RE_EMBED: ReEmbedding(self.gallery, look, self._changed),
        }
        self.jobs = Jobs(self.events.jobs, self.staging, runners, self.clock)
        self.api = LongWork(self.jobs, self.gallery)

    def close(self):
        if self.gallery:
            self.gallery.close()
            self.events.close()

    def _changed(self):
        self.changes += 1

    def work(self, job):
        while self.jobs.work(0):
            pass
        return self.jobs.get(job.id)

    def imported(self, *members, **how):
        job = self.work(self.api.import_zip(io.BytesIO(pack(*members)), **how))
        return job, [line.record for line in self.jobs.lines(job.id)]


def pack(*members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.fixture
def house(tmp_path):
    with contextlib.closing(House(tmp_path)) as house:
        yield house


def changes(lines):
    return [(line["path"], line["name"], line["change"], line["reason"]) for line in lines]


def test_each_picture_has_a_line(house):
    enrol(house.gallery, "Dee", picture(3))
    job, lines = house.imported(
        ("Ann/1.jpg", grey(0)),
        ("Ann/2.jpg", grey(0, 1)),
        ("Ann/again.jpg", grey(0, 1)),
        ("Ann/cy.jpg", grey(2)),
        ("ANN/3.jpg", grey(0, 2)),
        ("Bo/dee.jpg", grey(3, 1)),
        ("Bo/none.jpg", encode_jpeg(np.full((64, 64, 3), 255, np.uint8))),
        ("Bo/two.jpg", encode_jpeg(np.full((64, 64, 3), 220, np.uint8))),
        ("Bo/notes.txt", b"hello"),
        ("Bo/old/deep/1.jpg", grey(1)),
        ("Bo/in.zip", pack(("Ann/4.jpg", grey(0, 4)))),
        ("readme.jpg", grey(1, 2)),
        ("x\u202ey/1.jpg", grey(4)),
        (".DS_Store", b""),
        ("__MACOSX/Ann/._1.jpg", b""),
        ("Bo/Thumbs.db", b""),
    )
    assert changes(lines) == [
        ("Ann/1.jpg", "Ann", "created", None),
        ("Ann/2.jpg", "Ann", "updated", None),
        ("Ann/again.jpg", "Ann", "unchanged", None),
        ("Ann/cy.jpg", "Ann", "refused", "faces-disagree"),
        ("ANN/3.jpg", "Ann", "updated", None),
        ("Bo/dee.jpg", "Bo", "refused", "other-person"),
        ("Bo/none.jpg", "Bo", "refused", "face-count-error"),
        ("Bo/two.jpg", "Bo", "refused", "face-count-error"),
        ("Bo/notes.txt", "Bo", "refused", "photo-error"),
        ("Bo/old/deep/1.jpg", "Bo", "created", None),
        ("Bo/in.zip", "Bo", "refused", "photo-error"),
        ("readme.jpg", "", "refused", "bad-name"),
        ("x\u202ey/1.jpg", "x\u202ey", "refused", "bad-name"),
    ]
    assert (job.state, job.done, job.total) == (JobState.DONE, 13, 13)
    assert job.result == {"created": 2, "updated": 2, "unchanged": 1, "refused": 8}
    assert counts(house.gallery) == {"Ann": (3, 0), "Bo": (1, 0), "Dee": (1, 0)}
    ann = house.gallery.find("Ann").id
    assert [line["person_id"] for line in lines[:5]] == [ann] * 5
    assert all((line["detail"] is None) == (line["reason"] is None) for line in lines)
    assert house.changes


def test_forced_whatever_the_faces_are_like(house):
    _, lines = house.imported(("Ann/1.jpg", grey(0)), ("Ann/1b.jpg", grey(0)), ("Ann/cy.jpg", grey(2)), force=True)
    assert [line["change"] for line in lines] == ["created", "updated", "updated"]


def test_pictures_are_kept_for_another_model(house):
    house.imported(("Ann/1.jpg", grey(0)))
    (sample,) = house.gallery.samples("Ann")
    assert house.gallery.picture("Ann", sample.id).startswith(b"\xff\xd8")


@pytest.mark.parametrize("around", ["", "Family/"])
def test_a_single_folder_may_be_around_all(tmp_path, around):
    path = tmp_path / "it.zip"
    path.write_bytes(pack((f"{around}Ann/1.jpg", b""), (f"{around}Ann/x/2.jpg", b""), ("__MACOSX/a", b"")))
    with ZipSource(path) as source:
        assert len(source) == 2
        assert [(item.path, item.name) for item in source] == [
            (f"{around}Ann/1.jpg", "Ann"),
            (f"{around}Ann/x/2.jpg", "Ann"),
        ]


def test_an_archive_of_nobody_is_done_at_once(house):
    job, lines = house.imported()
    assert (job.state, job.done, job.total, lines) == (JobState.DONE, 0, 0, [])


def test_a_hostile_archive_is_no_job_and_leaves_no_file(house):
    with pytest.raises(BadArchive):
        house.api.import_zip(io.BytesIO(pack(("Ann/1.jpg", grey(0)), ("../x.jpg", grey(1)))))
    assert house.jobs.all() == []
    assert list(house.staging.folder.iterdir()) == []
    assert counts(house.gallery) == {}


def test_where_several_faces_are_is_told_in_the_pixels_of_the_picture_itself(house):
    large = encode_jpeg(np.full((4096, 1024, 3), TWO, np.uint8))  # looked at with its longer side at 2048
    _, ((small, big)) = house.imported(("Bo/1.jpg", grey(10)), ("Bo/2.jpg", large))
    assert "at (50, 50), (50, 50)" in small["detail"]
    assert "at (100, 100), (100, 100)" in big["detail"]


def test_damaged_inside_a_picture_is_refused_and_the_others_are_not(house):
    whole = pack(("Ann/1.jpg", grey(0)), ("Ann/2.jpg", grey(0, 1)), ("Ann/3.jpg", grey(0, 2)))
    place = whole.index(b"Ann/2.jpg") + 200
    broken = whole[:place] + bytes([whole[place] ^ 255]) + whole[place + 1 :]
    job = house.work(house.api.import_zip(io.BytesIO(broken)))
    lines = [line.record for line in house.jobs.lines(job.id)]
    assert [line["reason"] for line in lines] == [None, "bad-archive", None]


def test_busy_models_are_waited_for(house, monkeypatch):
    monkeypatch.setattr("daemon.service.patience._WAITS_S", (0, 0, 0))
    tried = []

    def busy(pixels):
        tried.append(1)
        if len(tried) < 3:
            raise WorldError("whod is busy with other pictures.")
        return analyse(pixels)

    house.analyse = busy
    job, _ = house.imported(("Ann/1.jpg", grey(0)))
    assert job.state is JobState.DONE
    house.analyse = lambda _: (_ for _ in ()).throw(WorldError("The models are gone."))
    job, _ = house.imported(("Ann/2.jpg", grey(0, 1)))
    assert (job.state, job.error.detail) == (JobState.FAILED, "The models are gone.")


def test_training_chooses_anew_and_measures(house):
    for first in (0, 10):
        enrol(house.gallery, "Ann", *pictures(0, 5, first))
    enrol(house.gallery, "Bo", *pictures(1, 2, 30))
    job = house.work(house.api.train(prototypes=3))
    lines = [line.record for line in house.jobs.lines(job.id)]
    assert [(line["name"], line["searched"], line["set_aside"], line["changed"]) for line in lines] == [
        ("Ann", 3, 7, True),
        ("Bo", 2, 0, False),
    ]
    assert counts(house.gallery) == {"Ann": (3, 0), "Bo": (2, 0)}
    result = job.result
    assert {key: result[key] for key in ("people", "changed", "searched", "set_aside")} == {
        "people": 2,
        "changed": 1,
        "searched": 5,
        "set_aside": 7,
    }
    whole = house.gallery.alike(0.001)
    assert result["alike"]["threshold"] == whole.advice.threshold
    assert result["alike"]["tested"] == sum(standing.tested for standing in whole.people)
    assert result["alike"]["highest_similarity"] == round(whole.pairs[0].similarity, 4)
    assert "Ann" not in str(result)


def test_training_of_one_person_leaves_the_others(house):
    enrol(house.gallery, "Ann", *pictures(0, 4))
    enrol(house.gallery, "Bo", *pictures(1, 4, 30))
    house.work(house.api.train("ann", 1))
    assert counts(house.gallery) == {"Ann": (1, 0), "Bo": (4, 0)}
    with pytest.raises(NoSuchPerson):
        house.api.train("Cy")
    for count in (0, 1001):
        with pytest.raises(InputError):
            house.api.train(prototypes=count)


def test_training_of_nobody_says_so(house):
    job = house.work(house.api.train())
    assert (job.state, job.result["people"], job.result["alike"]["tested"]) == (JobState.DONE, 0, 0)


def test_another_model_embeds_the_pictures_that_are_kept(house):
    house.imported(*((f"{name}/{n}.jpg", grey(who, n)) for name, who in (("Ann", 0), ("Bo", 1)) for n in range(3)))
    enrol(house.gallery, "Old", picture(5))
    house.analyse = lambda pixels: [] if int(pixels.mean()) // 20 == 1 else analyse(pixels)
    house.open("other-model")
    assert house.gallery.sample_count == 0
    house.api.re_embed_if_needed()
    house.api.re_embed_if_needed()
    (job, _) = house.jobs.all()
    job = house.work(job)
    assert job.result == {
        "model_id": "other-model",
        "re_embedded": 3,
        "no_face": 3,
        "without_picture": 1,
        "left": 4,
        "enrol_again": 2,
    }
    lines = [line.record for line in house.jobs.lines(job.id)]
    assert {(line["name"], line["reason"]) for line in lines} == {("Bo", "enrol-again"), ("Old", "enrol-again")}
    assert house.gallery.identify(seen(0, model_id="other-model").embedding).person.name == "Ann"
    before = view(house.gallery)
    house.open("other-model")
    assert view(house.gallery) == before
    house.api.re_embed_if_needed()
    assert len(house.jobs.all()) == 2


def test_where_nothing_is_of_another_model_nothing_is_begun(house):
    house.imported(("Ann/1.jpg", grey(0)))
    house.api.re_embed_if_needed()
    assert [job.kind for job in house.jobs.all()] == [JobKind.IMPORT]
