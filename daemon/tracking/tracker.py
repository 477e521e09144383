# SPDX-License-Identifier: Apache-2.0
"""Which face of a frame is which of the frames before.

Where a face is says whose it probably is; what the embedder says of it decides. So two people who follow each other
at the same place are two tracks, and one who moves or turns away for a moment stays one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from daemon.gallery import Reason
from daemon.tracking.evidence import Evidence
from daemon.tracking.track import Track

if TYPE_CHECKING:
    from daemon.tracking.evidence import Identifies, Rules
    from daemon.types import Box, Embedding, Frame, Observation
    from daemon.vision import Candidate

_MAX_TRACKS = 50
_REACH = 0.8
"""A face is looked for within this many widths of where it was."""
_SIZE_RATIO = 2.0
_STAYS = 0.40
"""Similarity from which the face at a track's place is still the track's: nearly all pairs of one person reach it."""
_SURELY = 0.70
"""Similarity from which nobody else need be thought of."""
_RETURNS = 0.45
"""Similarity from which a face elsewhere is a track's: stricter, as its place speaks against it."""
_SAME_LOOK = 0.78
"""Correlation of two thumbnails below which the face may have been exchanged for another."""


class Tracker:
    """The faces that are in view or were, a moment ago."""

    def __init__(self, rules: Rules, gallery: Identifies) -> None:
        self._rules = rules
        self._settings = rules.tracking
        self._gallery = gallery
        self.tracks: list[Track] = []
        self._before_seq = self._now_seq = -1

    def judge_by(self, rules: Rules, gallery: Identifies) -> None:
        """Follow these from now on, also for the faces that are in view."""
        self._rules, self._settings, self._gallery = rules, rules.tracking, gallery
        for track in self.tracks:
            track.evidence.judge_by(rules, gallery)

    def turn_to(self, frame: Frame) -> None:
        """The next frame that is looked at."""
        self._before_seq, self._now_seq = self._now_seq, frame.seq

    def undecided_alone(self) -> Track | None:
        """The only face of the frame before, if it is one that can be told but is not decided yet."""
        seen = [track for track in self.tracks if track.last_seq == self._before_seq]
        return seen[0] if len(seen) == 1 and len(seen[0].evidence) and seen[0].told is None else None

    def associate(self, candidates: list[Candidate]) -> list[tuple[Candidate, Track | None]]:
        """Each candidate of a frame with the track whose place it has, if any; nearest pairs first."""
        distances = sorted(
            ((distance, c, t) for c, candidate in enumerate(candidates) for t, distance in self._near(candidate)),
        )
        chosen: dict[int, Track] = {}
        used: set[int] = set()
        for _, c, t in distances:
            if c not in chosen and t not in used:
                chosen[c] = self.tracks[t]
                used.add(t)
        return [(candidate, chosen.get(c)) for c, candidate in enumerate(candidates)]

    def needs_a_look(self, track: Track, candidate: Candidate, frame: Frame) -> bool:
        """Whether the face at a track's place must be embedded: undecided, exchanged perhaps, or due."""
        due = frame.captured_monotonic_s - track.last_look_s >= self._settings.recheck_s
        return track.told is None or due or not self.goes_on(track, candidate)

    def goes_on(self, track: Track, candidate: Candidate) -> bool:
        """Whether a track was in the frame before and looked like this there."""
        # The frame that was looked at before: a slow machine drops some in between, and that is no absence.
        if track.seen_as is None or track.last_seq != self._before_seq:
            return False
        return float(candidate.thumbnail @ track.seen_as.thumbnail) >= _SAME_LOOK

    def owner(self, observation: Observation, near: Track | None, frame: Frame) -> Track:
        """The track that an observation belongs to: the one near it, another that it looks like, or a new one."""
        embedding = observation.embedding
        if near and not near.is_in(frame) and self._stays(near, embedding):
            return near
        others = [t for t in self.tracks if t is not near and not t.is_in(frame)]
        alike = max(others, key=lambda t: t.evidence.similarity(embedding), default=None)
        if alike and alike.evidence.similarity(embedding) >= _RETURNS:
            return alike
        return self.begin(frame, observation.detection.box)

    def begin(self, frame: Frame, box: Box) -> Track:
        """A new track."""
        track = Track(frame, box, Evidence(self._rules, self._gallery))
        self.tracks.append(track)
        return track

    def expire(self, now_s: float) -> list[Track]:
        """Take out and give the tracks whose face has been away for `sighting_gap_s`, and the oldest of too many."""
        gone = [t for t in self.tracks if now_s - t.last_seen_s >= self._settings.sighting_gap_s]
        if len(self.tracks) - len(gone) > _MAX_TRACKS:
            gone = sorted(self.tracks, key=lambda t: t.last_seen_s)[: len(self.tracks) - _MAX_TRACKS]
        self.tracks = [t for t in self.tracks if t not in gone]
        return gone

    def _stays(self, track: Track, embedding: Embedding) -> bool:
        if not len(track.evidence):
            return True
        if track.person and track.evidence.similarity(embedding) < _SURELY:
            # Relatives look alike: a face that is surely somebody else's is not this visitor's.
            alone = self._gallery.identify(embedding, frozenset())
            # Who may not be told here is somebody else all the same, whoever that is.
            if alone.reason == Reason.OTHER_GROUP or (alone.person and alone.person.id != track.person.id):
                return False
        return track.evidence.similarity(embedding) >= _STAYS

    def _near(self, candidate: Candidate) -> list[tuple[int, float]]:
        return [
            (t, distance)
            for t, track in enumerate(self.tracks)
            if (distance := _distance(candidate.box, track.box)) < _REACH
        ]


def _distance(a: Box, b: Box) -> float:
    """Between the centres, in widths of the wider box; infinite if the sizes are too different."""
    wide, narrow = max(a.w, b.w), min(a.w, b.w)
    if wide > _SIZE_RATIO * narrow:
        return float("inf")
    (ax, ay), (bx, by) = a.centre, b.centre
    return float(((ax - bx) ** 2 + (ay - by) ** 2) ** 0.5 / wide)
