# SPDX-License-Identifier: Apache-2.0
"""What a backup has is added to a gallery; nothing goes from it."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from daemon.gallery.admission import representatives
from daemon.gallery.rowwise import Filler, Rowwise
from daemon.gallery.stored import as_matrix

if TYPE_CHECKING:
    from pathlib import Path

_MOST_COMPARED = 3000
"""Searched samples of one person: each is compared with each."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How to merge."""

    model_id: str
    """Whose samples are searched."""
    max_samples: int
    """That are searched of a person; the rest is set aside."""
    now: str


def merge(there: Rowwise, into: Path, rules: Rules) -> None:
    """Add the people, groups and samples of a backup to the gallery's file `into`, which nobody else uses.

    Who has the same id, or else the same name, is one person, and keeps the name that is `into`; so with groups. Who
    was merged is whom they were merged into.
    Samples are one by their ids.
    """
    with contextlib.closing(Rowwise(into)) as file, file.filling() as filler:
        groups = {}
        for group in there.each_group():
            groups[group.id] = filler.group_like(group) or group.id
            filler.add_group(group)
        moved, touched = _add_people(there, filler, groups)
        for sample in there.each_sample():
            ours = replace(sample, person_id=moved.get(sample.person_id, sample.person_id))
            if filler.add_sample(ours):
                touched.add(ours.person_id)
            if (picture := there.picture(sample.id)) is not None:
                filler.add_picture(sample.id, picture)
        for person_id in touched:
            _renew(filler, person_id, rules)


def _add_people(there: Rowwise, filler: Filler, groups: dict[str, str]) -> tuple[dict[str, str], set[str]]:
    """Add all who are new; gives whom the others stand for, by their ids, and who of these is in a new group."""
    moved, touched = {}, set()
    for person in there.each_person():
        ours = filler.person_like(person)
        if ours is None:
            filler.add_person(person)
        elif ours != person.id:
            moved[person.id] = ours
        for alias in (person.id, *there.aliases_of(person.id)):
            filler.add_alias(alias, ours or person.id)
        joined = [filler.add_member(groups[group_id], ours or person.id) for group_id in there.groups_of(person.id)]
        if ours and any(joined):
            touched.add(ours)
    return moved, touched


def _renew(filler: Filler, person_id: str, rules: Rules) -> None:
    """A person has more samples than before."""
    samples = [s for s in filler.samples_of(person_id) if s.model_id == rules.model_id and s.is_searched]
    if len(samples) > rules.max_samples:
        compared = samples[:_MOST_COMPARED]
        kept = representatives(as_matrix(compared), rules.max_samples)
        for place, sample in enumerate(samples):
            if place not in kept:
                filler.update_sample(replace(sample, set_aside_at=rules.now))
    filler.save_person(replace(filler.person(person_id), updated_at=rules.now))
