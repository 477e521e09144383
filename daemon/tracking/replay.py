# SPDX-License-Identifier: Apache-2.0
"""A past visit weighed again, by other settings or another gallery. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daemon.tracking.evidence import Evidence
from daemon.types import Embedding

if TYPE_CHECKING:
    from daemon.tracking.evidence import Identifies, Rules, Verdict
    from daemon.types import VisitFace


def reweigh(face: VisitFace, lasted_s: float, rules: Rules, gallery: Identifies) -> Verdict:
    """How a visit of `lasted_s` seconds would end, from the observations that are kept of it.

    Goes the way that a track goes through `daemon.tracking.Visits`: told once there is enough, taken back when later
    looks speak against it. Who else was in view is not kept, so nobody is taken.
    """
    evidence = Evidence(rules, gallery)
    told: Verdict | None = None
    for moment in face.moments:
        evidence.add(Embedding(moment.vector, face.model_id), moment.quality, moment.after_s)
        told = _weighed(evidence, told, moment.after_s)
    last = _weighed(evidence, told, max(lasted_s, face.moments[-1].after_s)) or evidence.last_word()
    if last is None:
        raise ValueError("a visit without observations")
    return last


def _weighed(evidence: Evidence, told: Verdict | None, now_s: float) -> Verdict | None:
    """What is told of a visitor now; None before there is enough."""
    if told and told.person:
        if evidence.upholds(told.person):
            return told
        told = None
    verdict = evidence.weigh(now_s)
    return verdict if verdict and verdict.outcome else told
