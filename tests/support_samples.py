# SPDX-License-Identifier: Apache-2.0
"""People with several pictures each, and galleries that keep five of them."""

from dataclasses import replace

import numpy as np
from support_gallery import DETECTION, MODEL
from support_gallery import SETTINGS as ROOMY

from daemon.types import Embedding, Observation, SampleKind

D = 64
SETTINGS = replace(ROOMY, max_samples=5)
ANN, BO, CY = range(3)
"""Three people's faces: directions that have nothing in common."""
NEGATIVE = SampleKind.NEGATIVE


def seen(*directions, model_id=MODEL):
    """A face between these directions, which are axes or (axis, weight)."""
    vector = np.zeros(D, np.float32)
    for direction in directions:
        axis, weight = direction if isinstance(direction, tuple) else (direction, 1.0)
        vector[axis] += weight
    return Observation(DETECTION, 0.8, Embedding((vector / np.linalg.norm(vector)).astype(np.float32), model_id))


def picture(person, number=0):
    """A picture of a person: similar by 0.74 to any other, and by 0.01 at most to those of others."""
    return seen(person, (10 + number, 0.6))


def pictures(person, count, first=0):
    return [picture(person, first + number) for number in range(count)]


def enrol(gallery, name, *faces, **how):
    """With a title for each picture."""
    return gallery.enrol(name, faces, "upload", titles=[f"{n}.jpg" for n, _ in enumerate(faces)], **how)


def counts(gallery):
    return {person.name: (person.samples, person.negatives) for person in gallery.people()}


def view(gallery):
    """Everything that readers see, for comparing."""
    state = gallery._state
    owners = [state.index.person_ids[owner] for owner in state.index.owners.tolist()]
    rows = [row.tobytes() for row in state.index.samples.take(np.arange(len(owners)))]
    negatives = {owner: [row.tobytes() for row in rows] for owner, rows in state.negatives.items()}
    return gallery.people(), sorted(zip(owners, rows, strict=True)), negatives


def aside(gallery, name="Ann"):
    return {sample.id for sample in gallery.samples(name) if sample.set_aside_at is not None}
