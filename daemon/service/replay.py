# SPDX-License-Identifier: Apache-2.0
"""What other settings and corrections would have made of past visits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daemon.config import vary
from daemon.errors import BadTrial, ConfigError
from daemon.gallery import at_camera
from daemon.tracking import Rules, reweigh
from daemon.types import Ending, Outcome, Replay, Rerun

if TYPE_CHECKING:
    from collections.abc import Sequence

    from daemon.config import Settings
    from daemon.gallery import Gallery, Lesson
    from daemon.tracking import Identifies
    from daemon.types import Person, Sighting, VisitFace

TRIED = ("gallery.threshold", "gallery.margin", "gallery.k", "tracking.min_votes", "tracking.decide_s")
"""Settings that make a difference to what is kept of a visit."""


def replay(
    visits: Sequence[Sighting],
    gallery: Gallery,
    settings: Settings,
    overrides: Sequence[str],
    lessons: Sequence[Lesson],
) -> Replay:
    """Weigh past visits as they would be now, and with the overrides and after the lessons.

    Args:
        visits: with their faces; those of another model than the gallery's are passed over.
        gallery: as it is.
        settings: as they are.
        overrides: of those in TRIED.
        lessons: what the gallery would have learned.

    Raises, besides what `Gallery.learn` does:
        BadTrial: an override is wrong.
    """
    try:
        tried = vary(settings, overrides, TRIED)
    except ConfigError as error:
        raise BadTrial(" ".join(error.problems)) from error
    before, after = gallery.what_if(settings.gallery), gallery.what_if(tried.gallery, lessons)
    reruns = []
    for visit in visits:
        if (face := visit.face) and face.model_id == gallery.model_id:
            groups = settings.camera_named(visit.camera).groups
            now = _ending(visit, face, settings, at_camera(before, groups))
            then = _ending(visit, face, tried, at_camera(after, groups))
            reruns.append(Rerun(visit.sighting_id, visit.started_at, visit.person, now, then))
    unlike = sum(_id(rerun.recorded) != _id(rerun.now.person) for rerun in reruns)
    return Replay(len(reruns), unlike, tuple(rerun for rerun in reruns if rerun.changes))


def _id(person: Person | None) -> str | None:
    return person.id if person else None


def _ending(visit: Sighting, face: VisitFace, settings: Settings, gallery: Identifies) -> Ending:
    lasted_s = (visit.ended_at - visit.started_at).total_seconds()
    verdict = reweigh(face, lasted_s, Rules(settings.tracking, settings.gallery), gallery)
    found = verdict.identification
    about = verdict.person or (found.candidates[0].person if found.candidates else None)
    match = next((match for match in found.candidates if match.person == about), None)
    required = settings.gallery.threshold if match is None or match.required is None else match.required
    return Ending(Outcome.of(verdict.person), verdict.person, found.similarity, required)
