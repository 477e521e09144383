# SPDX-License-Identifier: Apache-2.0
"""Frame to identifications: no threads, no I/O; the heart of whod."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from daemon.pacing import Pace
from daemon.tracking import Identifies, Rules, Tracker, Visits
from daemon.types import EventType, InView, LiveFace, Outcome
from daemon.vision import MIN_QUALITY, SAME_FACE_IOU, Scene, cut_out

if TYPE_CHECKING:
    from collections.abc import Iterator

    from daemon.config import Settings
    from daemon.tracking import Track
    from daemon.types import (
        Box,
        DecisionEvent,
        Detection,
        Frame,
        Observation,
        Person,
        Pixels,
        Portrait,
        Sighting,
    )
    from daemon.vision import Candidate, View


class Sees(Protocol):
    """What the pipeline needs of `daemon.vision.Vision`."""

    def view(self, frame: Frame) -> View: ...  # noqa: D102
    def glance(self, frame: Frame, view: View) -> list[Candidate]: ...  # noqa: D102
    def confirm(self, pixels: Pixels, detection: Detection) -> Detection | None: ...  # noqa: D102
    def revisit(self, pixels: Pixels, box: Box) -> Candidate | None: ...  # noqa: D102
    def portray(self, pixels: Pixels, detection: Detection) -> Portrait: ...  # noqa: D102
    def embed(self, portrait: Portrait) -> Observation: ...  # noqa: D102


class Knows(Identifies, Protocol):
    """What the pipeline needs of `daemon.gallery.Gallery`."""

    def person(self, person_id: str) -> Person | None: ...  # noqa: D102


@dataclass(frozen=True, slots=True, eq=False)
class FacePicture:
    """A face, and what is around it, as the camera saw it best before it was decided whose it is."""

    pixels: Pixels
    person_id: str | None


@dataclass(frozen=True, slots=True)
class Result:
    """What a frame led to."""

    events: tuple[DecisionEvent, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    faces: tuple[LiveFace, ...] = ()
    view: InView = field(default_factory=InView)
    pictures: tuple[FacePicture, ...] = ()
    """One of each decision, where `privacy.publish_snapshots` is on."""
    place: int = 0
    """Whose frame it was: see `Frame.place`."""


class Pipeline:
    """Finds, follows and identifies the faces of one camera's frames, given in order.

    `place` is that camera's: see `Frame.place`. `pace` is told who is there, and says how long a look may wait.
    """

    def __init__(
        self,
        vision: Sees,
        gallery: Knows,
        settings: Settings,
        place: int = 0,
        pace: Pace | None = None,
    ) -> None:
        self._place = place
        self._pace = pace or Pace.full()
        self._tracker = Tracker(Rules(settings.tracking, settings.gallery), gallery)
        self._visits = Visits(self._tracker, gallery.person)
        self._scene = Scene()
        self._changed = False
        """Since the last look."""
        self.go_on_with(vision, gallery, settings)
        self._looked_s = float("-inf")
        self._revisited = False

    def go_on_with(self, vision: Sees, gallery: Knows, settings: Settings) -> None:
        """Look and decide by these from the next frame on; visits that are open go on, and are weighed by them too.

        `gallery` knows the same people as the one before.
        """
        self._vision = vision
        self._min_face_px = settings.detector.min_face_px
        self._still_s = settings.detector.still_s
        self._with_pictures = settings.privacy.publish_snapshots
        if not self._with_pictures:
            for track in self._tracker.tracks:
                track.picture = None
        self._tracker.judge_by(Rules(settings.tracking, settings.gallery), gallery)

    def process(self, frame: Frame, *, clock_synced: bool) -> Result:
        """Look at a frame."""
        gone = self._tracker.expire(frame.captured_monotonic_s)
        self._tracker.turn_to(frame)
        if not self._revisit(frame):
            seen: list[Box] = []
            for candidate, track in self._tracker.associate(self._candidates(frame)):
                self._take_in(frame, candidate, track, seen)
        events = self._visits.decide(frame)
        faces = self._faces(frame)
        self._pace.saw(faces, frame.captured_monotonic_s)
        return Result(
            events=tuple(events),
            sightings=tuple(self._visits.end(gone, clock_synced=clock_synced)),
            faces=faces,
            view=self._visits.in_view(),
            pictures=tuple(self._pictures_of(events)),
            place=self._place,
        )

    def pause(self, now_s: float, *, clock_synced: bool) -> Result:
        """No frame came: end the visits that are over by `now_s` (monotonic)."""
        gone = self._tracker.expire(now_s)
        sightings = self._visits.end(gone, clock_synced=clock_synced)
        return Result(sightings=tuple(sightings), view=self._visits.in_view(), place=self._place)

    def finish(self, *, clock_synced: bool) -> Result:
        """No frame will come: end all visits."""
        return self.pause(float("inf"), clock_synced=clock_synced)

    def _revisit(self, frame: Frame) -> bool:
        """Look at the one visitor who is to be decided, and not at the rest; whether that was done.

        A name comes sooner by the time of a look. Never in two frames in a row: who comes in is seen in the next.
        """
        track = self._tracker.undecided_alone()
        if track is None or self._revisited:
            self._revisited = False
            return False
        face = self._vision.revisit(frame.pixels, track.box)
        self._revisited = face is not None
        if face:
            self._look_at(frame, face.detection, face, track)
        return self._revisited

    def _candidates(self, frame: Frame) -> list[Candidate]:
        """What may be faces; none, without a look, while nobody is there, and nothing changes or it can wait."""
        view = self._vision.view(frame)
        self._changed |= self._scene.has_changed(view.pixels)
        pause_s = max(self._pace.patience_s, 0.0 if self._changed else self._still_s)
        if not self._tracker.tracks and frame.captured_monotonic_s - self._looked_s < pause_s:
            return []
        self._looked_s, self._changed = frame.captured_monotonic_s, False
        return self._vision.glance(frame, view)

    def _take_in(self, frame: Frame, candidate: Candidate, track: Track | None, seen: list[Box]) -> None:
        """Follow or begin a track; `seen` are the faces of this frame so far, and takes this one."""
        if track and not track.is_in(frame) and not self._tracker.needs_a_look(track, candidate, frame):
            track.follow(frame, candidate.box, candidate)
            seen.append(candidate.box)
            return
        face = self._vision.confirm(frame.pixels, candidate.detection)
        if face is None or any(face.box.iou(other) > SAME_FACE_IOU for other in seen):
            return
        seen.append(face.box)
        self._look_at(frame, face, candidate, track)

    def _look_at(self, frame: Frame, face: Detection, look: Candidate, track: Track | None) -> None:
        """What a confirmed face says, and of whom; `track` is the one whose place it has."""
        portrait = self._portray(frame, face)
        if portrait is None:
            # Too small or too poor to say whose it is; that somebody is there still counts. Not as a person who was
            # told there, though, unless it plainly is the same face.
            stays = track and not track.is_in(frame) and (not track.person or self._tracker.goes_on(track, look))
            track = track if track and stays else self._tracker.begin(frame, face.box)
        else:
            # Every other one in the mirror: the average is of both sides of a face then, at no cost.
            in_mirror = track is not None and track.observed % 2 == 1
            observation = self._vision.embed(portrait.mirrored() if in_mirror else portrait)
            track = self._tracker.owner(observation, track, frame)
            track.observe(observation, portrait.crop, frame.captured_monotonic_s)
            if self._with_pictures and track.wants_picture(portrait.quality):
                track.picture = portrait.quality, cut_out(frame.pixels, face.box)
        track.last_look_s = frame.captured_monotonic_s
        track.follow(frame, face.box, look)

    def _portray(self, frame: Frame, face: Detection) -> Portrait | None:
        """The face, if it can be told whose it is."""
        if min(face.box.w, face.box.h) < self._min_face_px:
            return None
        portrait = self._vision.portray(frame.pixels, face)
        return portrait if portrait.quality >= MIN_QUALITY else None

    def _pictures_of(self, events: list[DecisionEvent]) -> Iterator[FacePicture]:
        for event in events:
            track = next((t for t in self._tracker.tracks if t.id == event.sighting_id), None)
            if track and track.picture and event.event_type is not EventType.RETRACTED:
                yield FacePicture(track.picture[1], event.person.id if event.person else None)

    def _faces(self, frame: Frame) -> tuple[LiveFace, ...]:
        height, width = frame.pixels.shape[:2]
        return tuple(
            LiveFace(
                box=track.box.relative_to(width, height),
                name=track.person.name if track.person else None,
                state=_state(track),
                similarity=track.verdict.identification.similarity if track.verdict else 0.0,
                quality=track.quality,
                person_id=track.person.id if track.person else None,
            )
            for track in self._tracker.tracks
            if track.is_in(frame)
        )


def _state(track: Track) -> str:
    if track.told is None:
        return "looking"
    return str(track.told.outcome or Outcome.UNKNOWN)
