# SPDX-License-Identifier: Apache-2.0
"""Coverage-guided fuzzing of what is made of the detector's outputs, whatever numbers a model may give.

Usage: `.venv/bin/python tests/hostile/fuzz_detector.py SECONDS`
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parents[2]))

with atheris.instrument_imports(include=["daemon.vision.detector"]):
    from support_tensors import check_first, tensors

from support_fuzz import fuzz


def one(data: bytes) -> None:
    """Faces of finite numbers, or none."""
    check_first(tensors(data))


if __name__ == "__main__":
    warnings.simplefilter("ignore", RuntimeWarning)  # of numpy, where infinities meet
    fuzz(one, [bytes(68), b"\x7f" * 680, bytes(range(256)) * 8, b"\x00\x00\xc0\x40" * 17], 4000)
