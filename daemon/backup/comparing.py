# SPDX-License-Identifier: Apache-2.0
"""What a restore changes: the gallery of now beside the one in a backup, person by person."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from daemon.backup.look_alikes import look_alikes
from daemon.types import PersonDifference
from daemon.types.backups import MOST_DIFFERENCES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from daemon.gallery.rowwise import Rowwise
    from daemon.gallery.stored import StoredPerson


@dataclass(slots=True)
class Comparison:
    """How people and groups differ."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    same: int = 0
    groups_added: tuple[str, ...] = ()
    groups_removed: tuple[str, ...] = ()
    people: list[PersonDifference] = field(default_factory=list)
    """The first `MOST_DIFFERENCES`."""
    renamed: list[str] = field(default_factory=list)
    """Ids of all whose name changes, or whether they are familiar."""
    alike: tuple[str, ...] = ()
    """Sentences on those whose names look the same afterwards."""

    def add(self, difference: PersonDifference | None) -> None:
        """Count a person; None: no difference."""
        if difference is None:
            self.same += 1
            return
        setattr(self, difference.change, getattr(self, difference.change) + 1)
        if difference.was is not None or difference.familiar is not None:
            self.renamed.append(difference.person_id)
        if len(self.people) < MOST_DIFFERENCES:
            self.people.append(difference)


def compare(here: Rowwise, after: Rowwise) -> Comparison:
    """What makes the gallery `after` of the one that is `here`."""
    own = {group.id: group.name for group in here.each_group()}
    then = {group.id: group.name for group in after.each_group()}
    comparison = Comparison(
        groups_added=_names(then, set(then) - set(own)), groups_removed=_names(own, set(own) - set(then))
    )
    for person in after.each_person():
        before = here.person(person.id)
        if before is None:
            groups = _names(then, set(after.groups_of(person.id)))
            count = len(after.sample_marks(person.id))
            comparison.add(PersonDifference("added", person.id, person.name, None, count, 0, groups))
        else:
            comparison.add(_difference(before, person, here, after, {**own, **then}))
    for person in here.each_person():
        if after.person(person.id) is None:
            count = len(here.sample_marks(person.id))
            comparison.add(PersonDifference("removed", person.id, person.name, samples_removed=count))
    comparison.alike = look_alikes(after)
    return comparison


def _difference(
    before: StoredPerson, person: StoredPerson, here: Rowwise, after: Rowwise, names: Mapping[str, str]
) -> PersonDifference | None:
    marks, marks_then = here.sample_marks(person.id), after.sample_marks(person.id)
    groups, groups_then = ({*file.groups_of(person.id)} for file in (here, after))
    difference = PersonDifference(
        "changed",
        person.id,
        person.name,
        before.name if before.name != person.name else None,
        len(marks_then.keys() - marks.keys()),
        len(marks.keys() - marks_then.keys()),
        _names(names, groups_then - groups),
        _names(names, groups - groups_then),
        person.familiar if before.familiar != person.familiar else None,
    )
    unchanged = PersonDifference("changed", person.id, person.name)
    return None if difference == unchanged and marks == marks_then else difference


def _names(names: Mapping[str, str], ids: set[str]) -> tuple[str, ...]:
    return tuple(sorted(names[group_id] for group_id in ids))
