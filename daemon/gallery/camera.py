# SPDX-License-Identifier: Apache-2.0
"""A camera that may tell the people of some groups only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from daemon.gallery.decide import limited
from daemon.types import PartHealth, State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from daemon.gallery.gallery import Gallery
    from daemon.types import Embedding, Identification, Person


class Limitable(Protocol):
    """What is limited: the gallery, or what it might be."""

    @property
    def changes(self) -> int: ...  # noqa: D102
    def identify(self, embedding: Embedding, excluded: frozenset[str]) -> Identification: ...  # noqa: D102
    def person(self, person_id: str) -> Person | None: ...  # noqa: D102
    def allowed(self, groups: Sequence[str]) -> frozenset[str]: ...  # noqa: D102


class Limited:
    """The same, where whoever is in none of the groups is unknown. Groups are told by name or id."""

    def __init__(self, gallery: Limitable, groups: Sequence[str]) -> None:
        self._gallery = gallery
        self._groups = groups
        self._seen_changes = gallery.changes
        self._within = gallery.allowed(groups)

    @property
    def changes(self) -> int:
        """Of the gallery; its groups are part of it."""
        return self._gallery.changes

    def identify(self, embedding: Embedding, excluded: frozenset[str] = frozenset()) -> Identification:
        """Who a face is, as `limited` says; on the frame path."""
        if (changes := self._gallery.changes) != self._seen_changes:
            self._within, self._seen_changes = self._gallery.allowed(self._groups), changes
        return limited(self._gallery.identify(embedding, excluded), self._within)

    def person(self, person_id: str) -> Person | None:
        """As the gallery."""
        return self._gallery.person(person_id)


def at_camera(gallery: Limitable, groups: Sequence[str]) -> Limitable | Limited:
    """The gallery as a camera sees it, by `camera.groups`: of none, all."""
    return Limited(gallery, groups) if groups else gallery


def group_parts(gallery: Gallery, groups: Sequence[str]) -> tuple[PartHealth, ...]:
    """Whether the groups of `camera.groups` are there; nothing where there are no such groups."""
    missing = ", ".join(f'"{name}"' for name in gallery.missing_groups(groups))
    if not missing:
        return (PartHealth("groups", State.OK),) if groups else ()
    detail = f"The setting camera.groups names {missing}, which is no group: make it (whod groups) or leave it out."
    return (PartHealth("groups", State.DEGRADED, detail),)
