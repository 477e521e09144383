# SPDX-License-Identifier: Apache-2.0
"""From verdicts to what is told: an event when a visitor is decided, a record when the visit has ended."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

from daemon.types import DecisionEvent, EventType, InView, Outcome, Person, Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from daemon.tracking.evidence import Verdict
    from daemon.tracking.track import Track
    from daemon.tracking.tracker import Tracker
    from daemon.types import Explanation, Frame, Sighting


class Visits:
    """Tells each visitor once.

    `current` gives the person of an id as enrolled now, None if forgotten since.
    """

    def __init__(self, tracker: Tracker, current: Callable[[str], Person | None]) -> None:
        self._tracker = tracker
        self._current = current

    def decide(self, frame: Frame) -> list[DecisionEvent]:
        """Weigh the evidence on the faces of `frame` and give the events that this leads to.

        A person can be in a frame only once: the face with the greater similarity has the first claim.
        """
        now_s = frame.captured_monotonic_s
        self._keep_up()
        events: list[DecisionEvent] = []
        # The least similar first: of two who have become one person by a merge, the other stays.
        for track in sorted(self._tracker.tracks, key=_similarity):
            named = track.person if track.is_in(frame) else None
            if named and not track.evidence.upholds(named, self._taken(track, frame)):
                events += self._retract(track, frame)
        open_tracks = [t for t in self._tracker.tracks if t.is_in(frame) and t.person is None]
        for track in open_tracks:
            track.verdict = track.evidence.weigh(now_s)
        for track in sorted(open_tracks, key=_similarity, reverse=True):
            if taken := self._taken(track, frame):
                track.rivals |= taken
                track.verdict = track.evidence.weigh(now_s, taken)
            events += self._tell(track, frame)
        self._note_company(frame)
        return events

    def end(self, tracks: list[Track], *, clock_synced: bool) -> list[Sighting]:
        """The records of visits that are over. A face that was never seen well enough makes none."""
        self._keep_up(tracks)
        sightings = []
        named = {track: track.person.id for track in self._tracker.tracks if track.person}
        for track in sorted(tracks, key=lambda t: (t.person is None, -_similarity(t))):
            company = frozenset(person_id for other, person_id in named.items() if _were_together(track, other))
            verdict = track.told or track.evidence.last_word(company | track.rivals)
            if verdict is None:
                continue
            person = self._named(verdict)
            if person:
                named[track] = person.id
            sightings.append(track.sighting(person, verdict, clock_synced=clock_synced))
        return sightings

    def in_view(self) -> InView:
        """Those of whom it is told who they are, until their visit is over."""
        told = [track.person for track in self._tracker.tracks if track.told]
        return InView(frozenset(person for person in told if person), strangers=told.count(None))

    def _keep_up(self, gone: Iterable[Track] = ()) -> None:
        """Follow what was renamed, merged or forgotten since: open visits know people as they are enrolled now."""
        for track in (*self._tracker.tracks, *gone):
            if track.told and track.person and (now := self._current(track.person.id)) != track.person:
                known = replace(track.told.identification, person=now)
                track.told = track.told._replace(outcome=Outcome.of(now), identification=known)

    def _note_company(self, frame: Frame) -> None:
        """Faces that were seen in one frame are not one person, whatever they are told to be at the end."""
        together = {track.id for track in self._tracker.tracks if track.is_in(frame)}
        if len(together) > 1:
            open_ids = {track.id for track in self._tracker.tracks}
            for track in self._tracker.tracks:
                if track.id in together:
                    track.company = (track.company & open_ids) | (together - {track.id})

    def _taken(self, track: Track, frame: Frame) -> frozenset[str]:
        """Who this face is not: those in the frame, and those who were in one with it and whose visit is open."""
        return frozenset(
            other.person.id
            for other in self._tracker.tracks
            if other is not track and other.person and (other.is_in(frame) or _were_together(track, other))
        )

    def _tell(self, track: Track, frame: Frame) -> list[DecisionEvent]:
        verdict = track.verdict
        if verdict is None or verdict.outcome is None or (track.told and track.told.outcome is verdict.outcome):
            return []
        events = self._retract(track, frame)
        if verdict.person and (earlier := self._earlier(verdict.person, track)):
            earlier.absorb(track)
            self._tracker.tracks.remove(track)
            return events
        track.why = track.evidence.explain(verdict)
        event = _event(EventType(verdict.outcome), track, verdict, track.why, frame)
        track.told, track.event_id = verdict, event.event_id
        return [*events, event]

    def _retract(self, track: Track, frame: Frame) -> list[DecisionEvent]:
        """Take back what was told of a track, if anything was."""
        if track.told is None:
            return []
        told, track.told, track.why = track.told, None, None
        if told.person:
            for other in self._tracker.tracks:
                other.rivals -= {told.person.id}
        now = track.evidence.weigh(frame.captured_monotonic_s, self._taken(track, frame)) or told
        why = replace(track.evidence.explain(now), rule=Rule.NO_LONGER)
        return [replace(_event(EventType.RETRACTED, track, told, why, frame), retracts=track.event_id)]

    def _earlier(self, person: Person, track: Track) -> Track | None:
        """A visit of the same person that is still open: they turned away, and are back."""
        return next(
            (t for t in self._tracker.tracks if t is not track and t.person and t.person.id == person.id), None
        )

    def _named(self, verdict: Verdict) -> Person | None:
        return self._current(verdict.person.id) if verdict.person else None


def _were_together(one: Track, other: Track) -> bool:
    """Whether two were in one frame; who came back on another track has the company of both, but not they theirs."""
    return other.id in one.company or one.id in other.company


def _similarity(track: Track) -> float:
    return track.verdict.identification.similarity if track.verdict else -1.0


def _event(kind: EventType, track: Track, verdict: Verdict, why: Explanation, frame: Frame) -> DecisionEvent:
    height, width = frame.pixels.shape[:2]
    found = verdict.identification
    return DecisionEvent(
        event_type=kind,
        event_id=str(uuid.uuid4()),
        sighting_id=track.id,
        camera=frame.camera,
        simulated=frame.simulated,
        person=verdict.person,
        similarity=found.similarity,
        margin=found.margin,
        votes=verdict.votes,
        quality=track.quality,
        box=track.box.relative_to(width, height),
        captured_at=frame.captured_at,
        captured_monotonic_s=frame.captured_monotonic_s,
        why=why,
    )
