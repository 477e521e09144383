# SPDX-License-Identifier: Apache-2.0
"""A state folder of many people, made up: for how large and how slow pages become."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import cv2
import numpy as np
from support_daemon import EILEEN
from support_visits import face, visit

from daemon.clock import SystemClock
from daemon.events_db import open_event_store
from daemon.gallery.names import normalise
from daemon.gallery.rowwise import Rowwise
from daemon.gallery.stored import Sample, StoredPerson
from daemon.types import Person
from daemon.vision import load_manifest, models_folder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

AT = "2026-11-21T19:30:02.113Z"
SAMPLES = 3
UNKNOWN_EACH = 10
"""One visit in so many is an unknown visitor's."""


THOUSAND = [f"Person {number:04}" for number in range(1000)]


def fill(state: Path, people: Sequence[str] = THOUSAND, visits: int = 1000) -> None:
    """People of these names, three samples with pictures of each, and visits of the last weeks; nothing may run."""
    state.mkdir(mode=0o700, exist_ok=True)
    names = [Person(_id(8, number), name) for number, name in enumerate(people)]
    vectors = Vectors()
    _people(state / "gallery.db", names, vectors)
    _visits(state, names, visits, vectors)


def _people(path: Path, names: list[Person], vectors: Vectors) -> None:
    with contextlib.closing(Rowwise(path)) as gallery, gallery.filling() as filler:
        for number, person in enumerate(names):
            filler.add_person(StoredPerson(person.id, person.name, normalise(person.name).key, AT, AT))
            for turn, vector in enumerate(vectors.some(SAMPLES)):
                sample_id, data = _id(9, SAMPLES * number + turn), vector.astype("<f4").tobytes()
                filler.add_sample(Sample(sample_id, person.id, "positive", vectors.model, data, 0.8, "upload", AT))
                filler.add_picture(sample_id, _portrait(number))


def _visits(state: Path, names: list[Person], count: int, vectors: Vectors) -> None:
    store, _ = open_event_store(state, SystemClock())
    now = datetime.now(UTC)
    with contextlib.closing(store):
        for number in range(count, 0, -1):
            person = names[number % len(names)] if number % UNKNOWN_EACH else None
            ended_at = now - timedelta(minutes=20 * number)
            store.record(visit(person, ended_at, face=face(vectors.some(4), vectors.model)))


class Vectors:
    """Faces that have nothing in common, as the embedder would give them."""

    def __init__(self) -> None:
        manifest = load_manifest(models_folder())
        self.model = manifest.embedder.id
        self._width = len(manifest.golden.embedding)
        self._random = np.random.default_rng(7)

    def some(self, count: int) -> list[np.ndarray]:
        drawn = self._random.standard_normal((count, self._width)).astype(np.float32)
        return list(drawn / np.linalg.norm(drawn, axis=1, keepdims=True))


def _id(kind: int, number: int) -> str:
    return f"00000000-0000-4000-{kind}000-{number:012x}"


def _portrait(number: int) -> bytes:
    """A face of 112 x 112 pixels, a little other for each."""
    pixels = cv2.resize(cv2.imread(str(EILEEN))[20:260, 60:300], (112, 112))
    pixels[:, :, number % 3] //= 1 + number % 2
    return cv2.imencode(".jpg", pixels)[1].tobytes()
