# SPDX-License-Identifier: Apache-2.0
"""Measures what whod can and cannot do, on any folder of people's pictures."""

from daemon.evaluation.detection import DetectionReport, evaluate_detection
from daemon.evaluation.pairs import Pair, read_pairs
from daemon.evaluation.subject import subject
from daemon.evaluation.verification import VerificationReport, evaluate_verification

__all__ = [
    "DetectionReport",
    "Pair",
    "VerificationReport",
    "evaluate_detection",
    "evaluate_verification",
    "read_pairs",
    "subject",
]
