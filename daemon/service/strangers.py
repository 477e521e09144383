# SPDX-License-Identifier: Apache-2.0
"""Which visits are of one unknown visitor."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from daemon.errors import NoSuchVisit
from daemon.faces import group, mean_of
from daemon.types import Outcome

if TYPE_CHECKING:
    from daemon.events_db import EventStore
    from daemon.types import Sighting, Vector, VisitFace

_MOST = 1000
"""Visits that are grouped."""


class Stranger(NamedTuple):
    """An unknown visitor."""

    visits: tuple[Sighting, ...]
    """Oldest first, without their faces."""
    mean: Vector
    """Of what the visitor looks like on them; (d,)."""

    @property
    def ids(self) -> tuple[str, ...]:
        """The `sighting_id` of each visit."""
        return tuple(visit.sighting_id for visit in self.visits)


class Strangers:
    """The unknown visitors whose faces are kept; remembered until a visit comes or goes."""

    def __init__(self, events: EventStore, model_id: str) -> None:
        self._events = events
        self._model_id = model_id
        self._known: tuple[tuple[str, ...], list[Stranger]] = ((), [])

    def all(self) -> list[Stranger]:
        """Who came last is first."""
        ids, known = self._known
        if ids != (now := self._events.faces.ids(_MOST, Outcome.UNKNOWN)):
            self._known = now, (known := self._grouped())
        return known

    def find(self, ref: str) -> Stranger:
        """The one of a visit. Raises NoSuchVisit."""
        for stranger in self.all():
            if ref in stranger.ids:
                return stranger
        raise gone(ref)

    def faces(self, stranger: Stranger) -> list[VisitFace]:
        """Those of the visits that are kept still. Raises NoSuchVisit if none is."""
        found = [face for each in stranger.ids if (face := self._events.faces.find(each))]
        if not found:
            raise gone(stranger.ids[0])
        return found

    def visits(self) -> list[Sighting]:
        """All visits of unknown visitors, with faces that can be compared; oldest first."""
        visits = self._events.faces.recent(_MOST, Outcome.UNKNOWN)
        return [visit for visit in visits if visit.face and visit.face.model_id == self._model_id][::-1]

    def _grouped(self) -> list[Stranger]:
        visits = self.visits()
        if not visits:
            return []
        looks = np.stack([look_of(visit) for visit in visits])
        bare = [replace(visit, face=None) for visit in visits]
        return [
            Stranger(tuple(bare[place] for place in places), looks[places].mean(axis=0))
            for places in sorted(group(looks), key=max, reverse=True)
        ]


def gone(ref: str) -> NoSuchVisit:
    """What is said of one who is not there."""
    return NoSuchVisit(f'There is no unknown visitor "{ref}" (any more): look at the list, whod unknowns.')


def look_of(visit: Sighting) -> Vector:
    """What the visitor looks like, (d,) of unit length, on a visit whose face is kept."""
    if visit.face is None:
        raise ValueError("a visit without a face")
    return mean_of(visit.face.moments)
