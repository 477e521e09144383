# SPDX-License-Identifier: Apache-2.0
"""One face, followed through frames."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

from daemon.types import Best, Outcome, Sighting

if TYPE_CHECKING:
    from daemon.tracking.evidence import Evidence, Verdict
    from daemon.types import Box, Explanation, Frame, Observation, Person, Pixels
    from daemon.vision import Candidate


class Track:
    """Where a face is, since when, and what is known of whose it is. Its id is the visit's."""

    def __init__(self, frame: Frame, box: Box, evidence: Evidence) -> None:
        self.id = str(uuid.uuid4())
        self.evidence = evidence
        self.box = box
        self.seen_as: Candidate | None = None
        """The newest, to compare the next with."""
        self.frames = 0
        self.observed = 0
        """How many observations there have been."""
        self.quality = 0.0
        self.last_seen_s = frame.captured_monotonic_s
        self.last_seq = -1
        self.last_look_s = float("-inf")
        """When it was looked at closely, whether or not that was of use."""
        self.verdict: Verdict | None = None
        """The newest."""
        self.told: Verdict | None = None
        """The one that an event told."""
        self.event_id: str | None = None
        """Of that event."""
        self.why: Explanation | None = None
        """Of what it told."""
        self.rivals: frozenset[str] = frozenset()
        """Ids of persons who were in a frame with this face, so that it is not theirs."""
        self.company: frozenset[str] = frozenset()
        """Ids of the tracks that were."""
        self.picture: tuple[float, Pixels] | None = None
        """Of the face and what is around it, with its quality; kept only where pictures are told."""
        self._camera, self._simulated = frame.camera, frame.simulated
        self._first_at, self._first_s = frame.captured_at, frame.captured_monotonic_s
        self._clock_synced = frame.clock_synced
        self._best: tuple[float, Pixels | None] = 0.0, None

    @property
    def person(self) -> Person | None:
        """Who it was told to be."""
        return self.told.person if self.told else None

    def is_in(self, frame: Frame) -> bool:
        """Whether the face was seen in this very frame."""
        return self.last_seq == frame.seq

    def follow(self, frame: Frame, box: Box, look: Candidate) -> None:
        """The face was seen in `frame`, at `box`, by this look."""
        self.box = box
        self.seen_as = look
        self.last_seen_s = frame.captured_monotonic_s
        self.last_seq = frame.seq
        self.frames += 1

    def observe(self, observation: Observation, crop: Pixels, now_s: float) -> None:
        """The face was embedded, from this crop, well enough to count."""
        self.evidence.add(observation.embedding, observation.quality, now_s)
        self.quality = observation.quality
        self.observed += 1
        self._keep_best(observation.quality, crop)

    def wants_picture(self, quality: float) -> bool:
        """Whether a look of this quality is to be shown with the next decision: the best since the last one.

        While somebody is told, only the newest look counts: if they are taken back, the ones before may be theirs.
        """
        return self.told is not None or self.picture is None or quality > self.picture[0]

    def absorb(self, later: Track) -> None:
        """`later` turned out to be the same visitor, who came back: go on from where it is."""
        self.evidence, self.box, self.seen_as = later.evidence, later.box, later.seen_as
        self.quality, self.picture = later.quality, later.picture
        self._keep_best(*later._best)
        self.last_seen_s, self.last_seq = later.last_seen_s, later.last_seq
        self.last_look_s = later.last_look_s
        self.frames += later.frames
        self.company |= later.company

    def sighting(self, person: Person | None, verdict: Verdict, *, clock_synced: bool) -> Sighting:
        """The record of the visit."""
        found = verdict.identification
        quality, crop = self._best
        lasted = timedelta(seconds=self.last_seen_s - self._first_s)
        return Sighting(
            sighting_id=self.id,
            camera=self._camera,
            person=person,
            outcome=Outcome.of(person),
            started_at=self._first_at,
            ended_at=self._first_at + lasted,
            frames=self.frames,
            best=Best(found.similarity, found.margin, quality),
            clock_synced=clock_synced and self._clock_synced,
            simulated=self._simulated,
            why=self.why or self.evidence.explain(verdict),
            face=None if crop is None else self.evidence.face(crop),
        )

    def _keep_best(self, quality: float, crop: Pixels | None) -> None:
        if crop is not None and (self._best[1] is None or quality > self._best[0]):
            self._best = quality, crop
