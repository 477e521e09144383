# SPDX-License-Identifier: Apache-2.0
"""What an evaluation measures, and which pictures it looks at for that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from daemon.evaluation.pairs import Pair

_PLACED = 400
"""People of whom one picture is placed in frames."""


@dataclass(frozen=True)
class Plan:
    """The measures that are wanted. Pictures go by their paths."""

    people: Mapping[str, Sequence[str]]
    """The pictures of each person."""
    pairs: Sequence[Pair] = ()
    """For verification; empty: it is not measured."""
    open_set: bool = False
    """Search in galleries, and compare all with all."""
    detection: bool = False
    """Place faces in frames."""
    visits: bool = False
    """Make a visit of each person's last picture, and decide it in galleries of the others."""
    nobody: Sequence[str] = ()
    """Pictures without people, to see faces in."""

    @property
    def embedded(self) -> list[str]:
        """The pictures whose subjects are embedded."""
        paired = [path for pair in self.pairs for path in (pair.a, pair.b)]
        whole = (
            [path for pictures in self.people.values() for path in pictures] if self.open_set or self.visits else []
        )
        return list(dict.fromkeys([*whole, *paired]))

    @property
    def placed(self) -> list[str]:
        """The pictures whose faces are placed in frames: one of a person, of people spread evenly."""
        firsts = [pictures[0] for pictures in self.people.values() if pictures] if self.detection else []
        count = min(len(firsts), _PLACED)
        return [firsts[i * len(firsts) // count] for i in range(count)]

    @property
    def visited(self) -> list[str]:
        """The pictures that visits are made of."""
        return [pictures[-1] for pictures in self.people.values() if pictures] if self.visits else []

    @property
    def pictures(self) -> list[str]:
        """All that are looked at, each once."""
        return list(dict.fromkeys([*self.embedded, *self.placed, *self.nobody]))
