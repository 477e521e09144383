# SPDX-License-Identifier: Apache-2.0
"""The gallery as it would be: to try settings and corrections, without writing anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from daemon.config import GallerySettings
    from daemon.gallery.state import State
    from daemon.types import Embedding, Identification, Person


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Answers as the gallery would; see `Gallery.what_if`."""

    state: State
    settings: GallerySettings
    changes: int = 0
    """It never does."""

    def identify(self, embedding: Embedding, excluded: frozenset[str] = frozenset()) -> Identification:
        """Who a face would be. Its model is that of the gallery."""
        return self.state.identify(embedding.vector, self.settings, excluded)

    def person(self, person_id: str) -> Person | None:
        """The person of this id."""
        entry = self.state.roster.by_id.get(person_id)
        return entry.person if entry else None

    def allowed(self, groups: Sequence[str]) -> frozenset[str]:
        """As `Gallery.allowed`."""
        return self.state.groups.allowed(groups)
