# SPDX-License-Identifier: Apache-2.0
"""The topic tree, docs/mqtt.md. Ids stand in topics, names never."""

from __future__ import annotations

from dataclasses import dataclass

from daemon.config import SLUG

_LONGEST_TAIL = 100
"""Characters; brokers end the connection over a topic of too many levels (mosquitto: 200)."""


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics of one node: ``<base>/<node>/…``.

    Raises ValueError for a base, a node or an id that has anything but a-z, 0-9, _ and -.
    """

    base: str
    node: str

    def __post_init__(self) -> None:
        _checked(self.base)
        _checked(self.node)

    @property
    def availability(self) -> str:
        """``online`` or ``offline``; retained; the will."""
        return self._topic("availability")

    @property
    def status(self) -> str:
        """How whod is; retained."""
        return self._topic("status")

    @property
    def identified(self) -> str:
        """Decisions to act on; fresh or not at all, never retained."""
        return self._topic("identified")

    @property
    def sighting(self) -> str:
        """Records of visits, in order, at least once."""
        return self._topic("sighting")

    @property
    def last(self) -> str:
        """The latest decision, to be shown; retained."""
        return self._topic("last")

    @property
    def presence(self) -> str:
        """Who is in view, all in one; retained."""
        return self._topic("presence")

    @property
    def snapshot(self) -> str:
        """A picture of the latest face; retained only if that is wanted."""
        return self._topic("snapshot")

    @property
    def any_present(self) -> str:
        """The filter that matches `present` of everybody."""
        return self._topic("person/+/present")

    def present(self, person_id: str) -> str:
        """``ON`` while the person is in view, else ``OFF``; retained."""
        return self._topic(f"person/{_checked(person_id)}/present")

    def person_in(self, topic: str) -> str | None:
        """The id in a topic made by `present`, None for other topics."""
        head, tail = self._topic("person/"), "/present"
        person_id = topic.removeprefix(head).removesuffix(tail)
        return person_id if topic == f"{head}{person_id}{tail}" and SLUG.fullmatch(person_id) else None

    def command(self, name: str) -> str:
        """Where others ask something of us; never retained."""
        return self._topic(f"command/{_checked(name)}")

    def response(self, name: str) -> str:
        """Where we say what came of it; never retained."""
        return self._topic(f"response/{_checked(name)}")

    def is_response(self, topic: str) -> bool:
        """Whether this is a topic below our own ``response/``: nobody has us write anywhere else."""
        head, _, tail = topic.rpartition("/response/")
        ours = head == f"{self.base}/{self.node}" and len(tail) <= _LONGEST_TAIL
        return ours and all(SLUG.fullmatch(part) for part in tail.split("/"))

    def _topic(self, rest: str) -> str:
        return f"{self.base}/{self.node}/{rest}"


def _checked(part: str) -> str:
    if not SLUG.fullmatch(part):
        raise ValueError(f"{part!r} cannot stand in a topic: it may hold a-z, 0-9, _ and - only")
    return part
