# SPDX-License-Identifier: Apache-2.0
"""A door with a camera: faces are scripted, rules and gallery are real."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np

from daemon.clock import FakeClock
from daemon.config import load
from daemon.gallery import Gallery, at_camera
from daemon.pipeline import Pipeline
from daemon.types import Box, Detection, Embedding, Frame, InView, Landmarks, Observation, Point, Portrait
from daemon.vision import View

START = datetime(2026, 11, 21, 19, 30, tzinfo=UTC)
MODEL = "test-1"
BLANK = np.zeros((480, 640, 3), np.uint8)
SETTINGS = load().settings
HERE, THERE, FAR = Box(100, 100, 100, 100), Box(400, 120, 100, 100), Box(300, 300, 90, 90)


@dataclass
class Face:
    """Somebody in front of the camera."""

    vector: np.ndarray
    box: Box = HERE
    quality: float = 0.9
    look: int = 0
    """Faces of the same look have the same thumbnail."""


@dataclass
class Seen:
    """A candidate whose thumbnail is what the test says."""

    detection: Detection
    thumbnail: np.ndarray

    @property
    def box(self):
        return self.detection.box


@dataclass
class Script:
    """A vision that sees what it is told, and counts how often it was asked to embed."""

    faces: list[Face] = field(default_factory=list)
    embedded: int = 0
    crops: list = field(default_factory=list)
    glances: int = 0
    revisits: int = 0

    def view(self, frame):
        return View(frame.pixels[:192, :192], 0, 0, 1, 1)

    def glance(self, frame, view):
        self.glances += 1
        return [Seen(detection(face.box), thumbnail(face.look)) for face in self.faces]

    def confirm(self, pixels, candidate):
        return candidate

    def revisit(self, pixels, box):
        self.revisits += 1
        near = [face for face in self.faces if face.box.iou(box) > 0.25]
        return Seen(detection(near[0].box), thumbnail(near[0].look)) if near else None

    def portray(self, pixels, found):
        return Portrait(found, pixels, self._face(found).quality)

    def embed(self, portrait):
        self.embedded += 1
        self.crops.append(portrait.crop)
        face = self._face(portrait.detection)
        return Observation(portrait.detection, portrait.quality, Embedding(face.vector, MODEL))

    def _face(self, found):
        return next(face for face in self.faces if face.box == found.box)


def detection(box):
    x, y = box.centre
    return Detection(box, Landmarks(Point(x - 9, y), Point(x + 9, y), Point(x, y + 9), Point(x, y + 20)), 0.9)


def thumbnail(look):
    vector = np.zeros(8, np.float32)
    vector[look] = 1
    return vector


def unit(vector):
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def axis(i):
    vector = np.zeros(16, np.float32)
    vector[i] = 1
    return vector


def near(vector, similarity, towards):
    """A unit vector of this similarity to `vector`, away from it in the direction of an axis."""
    return unit(similarity * vector + np.sqrt(1 - similarity**2) * axis(towards))


def observation(vector):
    return Observation(detection(HERE), 0.9, Embedding(vector, MODEL))


ALICE, BOB, CAROL, STRANGER = (axis(i) for i in range(4))


class Door:
    """A pipeline with a clock and everything that came of it."""

    def __init__(self, tmp_path, overrides=()):
        self.settings = load(None, overrides).settings
        self.gallery = Gallery.open(tmp_path / "gallery.db", MODEL, self.settings.gallery, FakeClock())
        self.vision = Script()
        seen = at_camera(self.gallery, self.settings.camera.groups)
        self.pipeline = Pipeline(self.vision, seen, self.settings)
        self.seq = 0
        self.now_s = 0.0
        self.events, self.sightings, self.faces = [], [], ()
        self.view, self.pictures = InView(), []

    def enrol(self, name, vector, *, force=False):
        return self.gallery.enrol(name, [observation(vector)], "test", force=force).person

    def who(self, vector):
        """Whom one picture of this face would be named."""
        person = self.gallery.identify(Embedding(vector, MODEL)).person
        return person and person.name

    def show(self, *faces, frames=1, fps=10.0, pixels=None):
        self.vision.faces = list(faces)
        for _ in range(frames):
            # Something moves in every frame, unless the test gives the picture.
            shown = BLANK + np.uint8(self.seq % 2 * 50) if pixels is None else pixels
            frame = Frame(shown, self.seq, self.now_s, START + timedelta(seconds=self.now_s))
            self.take(self.pipeline.process(frame, clock_synced=True))
            self.seq += 1
            self.now_s += 1 / fps

    def leave(self, seconds):
        self.show(frames=round(seconds * 10))

    def finish(self):
        self.take(self.pipeline.finish(clock_synced=True))

    def take(self, result):
        self.events += result.events
        self.sightings += result.sightings
        self.faces = result.faces
        self.view = result.view
        self.pictures += result.pictures

    @property
    def present(self):
        return {person.id for person in self.view.people}

    @property
    def told(self):
        return [(e.event_type.value, e.person.name if e.person else None) for e in self.events]

    @property
    def visits(self):
        return [s.person.name if s.person else None for s in self.sightings]
