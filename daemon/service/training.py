# SPDX-License-Identifier: Apache-2.0
"""Chooses anew which samples stand for people, and measures how well they can be told apart then."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from daemon.types import Doubt

if TYPE_CHECKING:
    from collections.abc import Callable

    from daemon.gallery import Gallery
    from daemon.jobs import Progress
    from daemon.types import AlikeReport

FALSE_ACCEPT = 0.001
"""The rate at which strangers may be named, for the threshold that is advised."""

_GROUP = 32
"""People who are written at once."""


class Training:
    """The runner of trainings. Its arguments are `person`, an id or None for all, and `prototypes`, None: as set.

    A line for each person tells how many of their samples are searched and set aside. The result sums them up, with
    the leave-one-out measure of all. Raises StorageError.
    """

    def __init__(self, gallery: Gallery, changed: Callable[[], None]) -> None:
        self._gallery = gallery
        self._changed = changed

    def __call__(self, progress: Progress, arguments: dict[str, Any], _: object) -> dict[str, Any]:
        """See `daemon.jobs.Runner`. Interrupted, it begins again: chosen twice, the same are chosen."""
        ids = [arguments["person"]] if arguments["person"] else [person.id for person in self._gallery.people()]
        told: Counter[str] = Counter(people=0, changed=0, searched=0, set_aside=0)
        for start in range(0, len(ids), _GROUP):
            progress.check()
            for chosen in self._gallery.choose_anew(ids[start : start + _GROUP], arguments["prototypes"]):
                counts = {"searched": chosen.searched, "set_aside": chosen.set_aside}
                told.update(people=1, changed=int(chosen.changed), **counts)
                about = {"person_id": chosen.person.id, "name": chosen.person.name}
                progress.line({**about, **counts, "changed": chosen.changed})
            progress.advance(min(start + _GROUP, len(ids)), len(ids))
        self._gallery.reload()
        self._changed()
        progress.advance(len(ids), len(ids), "Measuring how well people can be told apart.")
        return {**told, "alike": _short(self._gallery.alike(FALSE_ACCEPT))}


def _short(report: AlikeReport) -> dict[str, Any]:
    """What of a report names nobody."""
    doubts = Counter(caution.doubt for caution in report.cautions)
    return {
        "false_accept": FALSE_ACCEPT,
        "threshold": report.advice.threshold if report.advice else None,
        "tested": sum(standing.tested for standing in report.people),
        "missed": sum(standing.missed for standing in report.people),
        "mistaken": sum(standing.mistaken for standing in report.people),
        "highest_similarity": round(report.pairs[0].similarity, 4) if report.pairs else None,
        "warnings": {doubt.value: doubts[doubt] for doubt in Doubt},
    }
