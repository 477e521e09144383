# SPDX-License-Identifier: Apache-2.0
"""The whole of an evaluation: every measure that is wanted, of one or two chains."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from daemon.errors import InputError
from daemon.evaluation.alike import evaluate_likeness
from daemon.evaluation.comparisons import evaluate_comparisons
from daemon.evaluation.curves import shown_curves
from daemon.evaluation.detection import Frames
from daemon.evaluation.embeddings import Embeddings
from daemon.evaluation.identification import evaluate_open_set
from daemon.evaluation.verification import evaluate_verification
from daemon.evaluation.visit_rates import evaluate_visits
from daemon.evaluation.visitors import Visitors
from daemon.vision import MIN_QUALITY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from daemon.config import Settings
    from daemon.evaluation.alike import LikenessReport
    from daemon.evaluation.comparisons import ComparisonReport
    from daemon.evaluation.detection import DetectionReport
    from daemon.evaluation.embeddings import AgreementReport
    from daemon.evaluation.identification import OpenSetReport
    from daemon.evaluation.plan import Plan
    from daemon.evaluation.verification import VerificationReport
    from daemon.evaluation.visit_rates import VisitReport
    from daemon.types import Pixels
    from daemon.vision import Vision

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Measures:
    """What was measured of one chain; None where it was not wanted, or left out."""

    verification: VerificationReport | None = None
    comparisons: ComparisonReport | None = None
    open_set: Sequence[OpenSetReport] = ()
    detection: DetectionReport | None = None
    visits: Sequence[VisitReport] = ()
    likeness: LikenessReport | None = None

    def as_json(self) -> dict[str, Any]:
        """For ``whod evaluate --json``."""
        found = self.verification.as_json() if self.verification else {}
        found |= self.detection.as_json() if self.detection else {}
        found |= {"comparisons": self.comparisons.as_json()} if self.comparisons else {}
        if self.open_set:
            found["open_set"] = [report.as_json() for report in self.open_set]
            found["open_set_curves"] = [
                {"people": report.people, "samples": report.samples, **report.curves.as_json()}
                for report in shown_curves(self.open_set)
            ]
        found |= {"likeness": self.likeness.as_json()} if self.likeness else {}
        return found | ({"visits": [report.as_json() for report in self.visits]} if self.visits else {})


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What was measured, and what could not be."""

    measures: Mapping[str, Measures]
    """By precision, one or two; the first is the one of the settings."""
    agreement: AgreementReport | None = None
    left_out: Mapping[str, str] = field(default_factory=dict)
    """Why a measure is missing, by its name."""

    def as_json(self) -> dict[str, Any]:
        """For ``whod evaluate --json``: the first chain's figures, and the other's under its name."""
        first, *others = self.measures
        found = self.measures[first].as_json() | {name: self.measures[name].as_json() for name in others}
        found |= {"agreement": self.agreement.as_json()} if self.agreement else {}
        return found | ({"left_out": dict(self.left_out)} if self.left_out else {})


def evaluate(
    plan: Plan,
    chains: Mapping[str, Vision],
    settings: Settings,
    load: Callable[[str], Pixels | None],
    progress: Callable[[], None] = lambda: None,
) -> Evaluation:
    """Look at the pictures, each decoded once and embedded once by each chain, and measure.

    A measure that the pictures do not allow is left out, with the reason.

    Args:
        plan: what to measure.
        chains: one or two, by precision; the first is the one of the settings.
        settings: the rules.
        load: the picture of a path, or None if it cannot be read.
        progress: called after each of `plan.pictures`, and once when all is measured.

    Raises:
        InputError: nothing that is wanted can be measured.
    """
    embeddings, frames = Embeddings(chains), Frames(chains)
    visitors = Visitors(next(iter(chains.values())), settings.detector.min_face_px, MIN_QUALITY)
    _Looks(embeddings, frames, visitors).at_all(plan, load, progress)
    left_out: dict[str, str] = {}

    def attempt(name: str, measure: Callable[[], T]) -> T | None:
        try:
            return measure()
        except InputError as error:
            left_out[name] = str(error)
            return None

    def measured(chain: str) -> Measures:
        seen = embeddings.by_chain[chain]
        people, pairs, whole, rules = plan.people, plan.pairs, plan.open_set, settings.gallery
        first = chain == next(iter(chains))
        visits = visitors.looks if first else {}
        return Measures(
            attempt("verification", lambda: evaluate_verification(pairs, seen)) if pairs else None,
            attempt("comparisons", lambda: evaluate_comparisons(people, seen, rules.threshold)) if whole else None,
            attempt("open_set", lambda: evaluate_open_set(people, seen, rules)) or () if whole else (),
            attempt("detection", lambda: frames.report(chain)) if plan.detection or plan.nobody else None,
            attempt("visits", lambda: evaluate_visits(people, seen, visits, settings)) or () if visits else (),
            attempt("likeness", lambda: evaluate_likeness(people, seen, rules)) if whole and first else None,
        )

    measures = {chain: measured(chain) for chain in chains}
    both = len(chains) > 1 and bool(plan.embedded)
    agreement = attempt("agreement", embeddings.agreement) if both else None
    progress()
    if not any(found.as_json() for found in measures.values()):
        raise InputError(" ".join(dict.fromkeys(left_out.values())))
    return Evaluation(measures, agreement, left_out)


class _Looks(NamedTuple):
    """What looks at the pictures."""

    embeddings: Embeddings
    frames: Frames
    visitors: Visitors

    def at_all(self, plan: Plan, load: Callable[[str], Pixels | None], progress: Callable[[], None]) -> None:
        embedded, placed, nobody, visited = map(set, (plan.embedded, plan.placed, plan.nobody, plan.visited))
        for path in plan.pictures:
            pixels = load(path)
            if path in embedded:
                self.embeddings.look(path, pixels)
            if path in placed and pixels is not None:
                self.frames.look(pixels)
            if path in nobody and pixels is not None:
                self.frames.look_at_nobody(pixels)
            if path in visited:
                self.visitors.look(path, pixels)
            progress()
