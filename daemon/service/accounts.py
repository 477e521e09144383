# SPDX-License-Identifier: Apache-2.0
"""Why a visitor was decided on as they were, in words and in numbers. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from daemon.clock import iso
from daemon.gallery import Reason
from daemon.tracking import named
from daemon.types import Account, EventType, Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from daemon.types import Decision, Explanation, Match, Noted, Sighting

    Name = Callable[[str], str | None]
    """Gives the name of the person of an id; None for somebody since forgotten."""

RULES = {
    Rule.SURE: "Enough looks agreed, and all together were clearly more like {who} than is required.",
    Rule.PATIENT: "All looks together were just as like {who} as is required, so more of them were waited for.",
    Rule.HOPELESS: "Nobody enrolled was nearly like the face, so it was not waited any longer.",
    Rule.TIME_IS_UP: "Nobody was found in the time there is (tracking.decide_s).",
    Rule.LEFT: "The visitor left before anything could be told; the record goes by what had been seen.",
    Rule.NOT_YET: "There was not enough to go by yet.",
    Rule.NO_LONGER: "Later looks spoke against it.",
}
"""What each part of the stopping rule says; `daemon.tracking.evidence` has its numbers."""

REASONS = {
    Reason.ACCEPTED: "{who} is similar enough, {similarity} where {required} is required, and {lead} ahead of "
    "anybody else, where {margin} is required (gallery.margin).",
    Reason.EMPTY_GALLERY: "nobody was enrolled to compare with.",
    Reason.BELOW_THRESHOLD: "{who} is most like the face, but not enough: {similarity} where {required} is required.",
    Reason.TOO_CLOSE_TO_SECOND: "{who} is similar enough, {similarity}, but only {lead} ahead of somebody else, "
    "where {margin} is required (gallery.margin).",
    Reason.COUNTER_EXAMPLE: "the face is more like a counter-example of {who}, {counter}, than like {who}, "
    "{similarity}; nobody else is similar enough.",
    Reason.TAKEN: "{who} is similar enough, {similarity}, but was somebody else in view; nobody else is.",
    Reason.OTHER_GROUP: "{who} is similar enough, {similarity}, but is in no group of this camera (camera.groups).",
}
"""What each reason of `daemon.gallery.decide` says of the average of the looks."""

_HEADS = {
    EventType.IDENTIFIED: "the visitor was identified as {who}",
    EventType.FAMILIAR: "the visitor was recognised as {who}, who is familiar, but no resident",
    EventType.UNKNOWN: "the visitor was said to be unknown",
    EventType.RETRACTED: "what had been said of the visitor was taken back",
}


def of_decision(decision: Decision, name: Name) -> Account:
    """Of an event."""
    told = _HEADS[decision.event_type].format(who=_called(decision.person_id, name))
    words = _Words(decision.why, name)
    head = f"{_local(decision.captured_at)}, camera {decision.camera}: {told}."
    agreeing, count = decision.votes
    numbers = {
        "event_id": decision.event_id,
        "sighting_id": decision.sighting_id,
        "event_type": decision.event_type.value,
        "camera": decision.camera,
        "at": iso(decision.captured_at),
        "person_id": decision.person_id,
        "name": name(decision.person_id) if decision.person_id else None,
        "votes": [agreeing, count],
        "quality": _short(decision.quality),
        "retracts": decision.retracts,
        "corrected": False,
        "simulated": decision.simulated,
    }
    return Account((head, *words.sentences()), {**numbers, **words.numbers()})


def of_visit(visit: Sighting, why: Explanation, name: Name) -> Account:
    """Of the end of a visit, as it was recorded; the name may have been given later."""
    words = _Words(why, name)
    who = f"a visit of {visit.person.name}" if visit.person else "the visit of somebody unknown"
    head = [f"{_local(visit.ended_at)}, camera {visit.camera}: {who} had ended."]
    said = named(why)
    corrected = (said.id if said else None) != (visit.person.id if visit.person else None)
    if corrected:
        head.append("Whose visit it was has been corrected since; whod had decided as follows.")
    agreeing = sum(noted.agrees for noted in why.observations)
    count = len(why.observations)
    numbers = {
        "event_id": None,
        "sighting_id": visit.sighting_id,
        "event_type": "sighting",
        "camera": visit.camera,
        "at": iso(visit.ended_at),
        "person_id": visit.person.id if visit.person else None,
        "name": visit.person.name if visit.person else None,
        "votes": [agreeing if said else count - agreeing, count],
        "quality": _short(visit.best.quality),
        "retracts": None,
        "corrected": corrected,
        "simulated": visit.simulated,
    }
    return Account((*head, *words.sentences()), {**numbers, **words.numbers()})


@dataclass(frozen=True, slots=True)
class _Words:
    """An explanation, to be told."""

    why: Explanation
    name: Name

    @property
    def subject(self) -> Match | None:
        """The candidate whom it is about: who was found, else the best."""
        found = self.why.identification
        ids = [match for match in found.candidates if found.person and match.person.id == found.person.id]
        return next(iter([*ids, *found.candidates]), None)

    def sentences(self) -> Iterator[str]:
        found, subject = self.why.identification, self.subject
        who = _called(subject.person.id if subject else None, self.name)
        yield RULES[self.why.rule].format(who=who)
        agreeing = sum(noted.agrees for noted in self.why.observations)
        yield (
            f"{agreeing} of {_count(len(self.why.observations), 'look', 'looks')} agreed that it was {who}; "
            f"{self.why.min_votes} must (tracking.min_votes)."
        )
        yield "All looks together: " + REASONS[Reason(found.reason)].format(
            who=who,
            similarity=_figure(found.similarity),
            required=_figure(self.required),
            lead=_figure(found.margin),
            margin=_figure(self.why.margin),
            counter=_figure(subject.counter if subject else None),
        )
        if subject and subject.required is not None:
            yield self._of_threshold(who, subject.required)
        yield from (self._of_candidate(match) for match in found.candidates)
        yield from (self._of_look(noted) for noted in self.why.observations)

    @property
    def required(self) -> float:
        """Of the subject."""
        subject = self.subject
        return self.why.threshold if subject is None or subject.required is None else subject.required

    def numbers(self) -> dict[str, Any]:
        found = self.why.identification
        return {
            "rule": self.why.rule.value,
            "reason": found.reason,
            "similarity": _short(found.similarity),
            "margin": _short(found.margin),
            "required": _short(self.required),
            "about": self.subject.rank if self.subject else None,
            "settings": {
                "gallery.threshold": self.why.threshold,
                "gallery.margin": self.why.margin,
                "tracking.min_votes": self.why.min_votes,
            },
            "candidates": [
                {**match.as_json(), "person_id": match.person.id or None, "name": self.name(match.person.id)}
                for match in found.candidates
            ],
            "observations": [
                {
                    "after_s": noted.after_s,
                    "quality": noted.quality,
                    "person_id": noted.person_id or None,
                    "name": self.name(noted.person_id) if noted.person_id else None,
                    "similarity": noted.similarity,
                    "agrees": bool(noted.agrees),
                }
                for noted in self.why.observations
            ],
        }

    def _of_threshold(self, who: str, required: float) -> str:
        threshold, more = self.why.threshold, required - self.why.threshold
        if more < 0.5 * 10**-2:
            return f"What is required is the setting gallery.threshold, {_figure(threshold)}."
        return (
            f"What is required is the setting gallery.threshold, {_figure(threshold)}, and {_figure(more)} more, as "
            f"the face and {who} are also like others of the gallery."
        )

    def _of_candidate(self, match: Match) -> str:
        required = "" if match.required is None else f", required {_figure(match.required)}"
        counter = "" if match.counter is None else f", nearest counter-example {_figure(match.counter)}"
        return (
            f"Candidate {match.rank}: {_called(match.person.id, self.name)}, similarity {_figure(match.similarity)}"
            f"{required}, {_count(match.votes, 'vote', 'votes')} of the nearest samples{counter}."
        )

    def _of_look(self, noted: Noted) -> str:
        like = "nobody to compare with"
        if noted.person_id is not None:
            like = f"most like {_called(noted.person_id, self.name)}, {_figure(noted.similarity)}"
        return (
            f"Look after {noted.after_s:.1f} s: quality {_figure(noted.quality)}, {like}"
            f"{', agrees' if noted.agrees else ''}."
        )


def _called(person_id: str | None, name: Name) -> str:
    if person_id is None:
        return "anybody"
    return name(person_id) or "someone since forgotten"


def _local(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}"


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _short(value: float) -> float:
    return round(value, 4)


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
