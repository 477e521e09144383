# SPDX-License-Identifier: Apache-2.0
"""Galleries of faces that have nothing in common."""

from dataclasses import replace

import numpy as np

from daemon.config import load
from daemon.types import Box, Detection, Embedding, Landmarks, Observation, Point

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


def names(gallery):
    return [person.name for person in gallery.people()]


def contents(gallery):
    """People and searched samples, for comparing."""
    index = gallery._state.index
    rows = zip(index.owners.tolist(), index.samples.take(np.arange(len(index))), strict=True)
    return gallery.people(), sorted((index.person_ids[owner], row.tobytes()) for owner, row in rows)
