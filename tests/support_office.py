# SPDX-License-Identifier: Apache-2.0
"""A service over a gallery and a history of its own, to which one face a picture is shown."""

import cv2
import numpy as np
from support_gallery import MODEL

from daemon.clock import FakeClock
from daemon.config import load
from daemon.events_db import open_event_store
from daemon.gallery import Gallery
from daemon.mqtt import messages
from daemon.service import People, open_jobs
from daemon.service.vault import Vault
from daemon.types import Box, Detection, Embedding, Landmarks, Observation, Photo, Point
from daemon.vision import load_manifest, models_folder

D = 128
FRONTAL = Detection(
    Box(70, 60, 100, 100), Landmarks(Point(100, 95), Point(140, 95), Point(120, 115), Point(120, 135)), 0.9
)


def vector(number):
    """A face; those of the same tens are of one person."""
    drawn = np.random.default_rng(number // 10).normal(size=D) + 0.5 * np.random.default_rng(number).normal(size=D)
    return (drawn / np.linalg.norm(drawn)).astype(np.float32)


def photo(seed, name="photo.png"):
    """A picture with the face of this number, in its first pixel."""
    pixels = np.random.default_rng(seed).integers(0, 255, (240, 240, 3), np.uint8)
    pixels[0, 0] = seed
    return Photo(name, cv2.imencode(".png", pixels)[1].tobytes())


class Office:
    """`people` is the service; `analysed` counts the pictures that were looked at."""

    def __init__(self, folder, *overrides):
        self.folder = folder
        self.settings = load(None, overrides).settings
        self.clock = FakeClock()
        self.gallery = Gallery.open(folder / "gallery.db", MODEL, self.settings.gallery, self.clock)
        self.events, _ = open_event_store(folder, self.clock, messages.sighting)
        vault = Vault(folder, load_manifest(models_folder()), self.settings, self.clock)
        jobs = open_jobs(folder, self.gallery, self.events, self._analyse, self.clock, vault=vault, alone=True)
        self.people = People(
            self.gallery, self.events, self.settings, self._analyse, jobs=jobs, backups=vault.backups(jobs)
        )
        self.analysed = 0

    def who(self, sighting_id):
        """Whose a visit is, by id and name."""
        person = self.events.history.find(sighting_id)[0].person
        return person and (person.id, person.name)

    def close(self):
        self.gallery.close()
        self.events.close()

    def _analyse(self, pixels):
        self.analysed += 1
        return [Observation(FRONTAL, 0.8, Embedding(vector(int(pixels[0, 0, 0])), MODEL))]
