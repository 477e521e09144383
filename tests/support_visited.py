# SPDX-License-Identifier: Apache-2.0
"""A service over a gallery and a history of its own, without a daemon."""

from __future__ import annotations

from datetime import timedelta

from support_backups import manifest
from support_visits import MODEL, NOW, around, face, visit

from daemon.clock import FakeClock
from daemon.config import load
from daemon.events_db import open_event_store
from daemon.gallery import Gallery
from daemon.jobs import Jobs
from daemon.service import People, Vault
from daemon.types import Box, Detection, Embedding, Landmarks, Observation, Point

BOX = Detection(Box(0, 0, 90, 90), Landmarks(*[Point(0, 0)] * 4), 0.9)


class House:
    """A service over an own gallery and history; a picture is the number of its person."""

    def __init__(self, folder):
        self.settings = load().settings
        self.gallery = Gallery.open(folder / "gallery.db", MODEL, self.settings.gallery, FakeClock())
        self.events, _ = open_event_store(folder, FakeClock())
        self.changes = 0
        vault = Vault(folder, manifest(MODEL), self.settings, FakeClock())
        jobs = Jobs(
            self.events.jobs, vault.staging, vault.runners(self.gallery, self.events, self._changed), FakeClock()
        )
        self.people = People(
            self.gallery,
            self.events,
            self.settings,
            self._analyse,
            self._changed,
            jobs=jobs,
            backups=vault.backups(jobs),
        )
        self.visits, self.unknowns = self.people.visits, self.people.unknowns
        self._hours = 0

    def enrol(self, name, number):
        return self.gallery.enrol(name, [seen(around(number, 77))], "test").person

    def came(self, number, person=None, looks=5, camera="main", noise=0.3, **changes):
        """A visit of the person of this number, recorded as that of `person`."""
        self._hours += 1
        vectors = [around(number, 10 * self._hours + i, noise) for i in range(looks)]
        values = {"face": face(vectors), "camera": camera} | changes
        ended = visit(person, NOW + timedelta(hours=self._hours), **values)
        self.events.record(ended, max_unknowns=500)
        return ended.sighting_id

    def who(self, sighting_id):
        person = self.events.history.find(sighting_id)[0].person
        return person and person.name

    def _changed(self):
        self.changes += 1

    def close(self):
        self.gallery.close()
        self.events.close()

    def _analyse(self, _pixels):
        raise AssertionError("no picture is looked at")


def seen(vector):
    return Observation(BOX, 0.9, Embedding(vector, MODEL))
