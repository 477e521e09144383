# SPDX-License-Identifier: Apache-2.0
"""Measures what whod can and cannot do, on any folder of people's pictures."""

from daemon.evaluation.about import about, chain_name
from daemon.evaluation.evaluation import Evaluation, evaluate
from daemon.evaluation.folds import random_pairs
from daemon.evaluation.page import page
from daemon.evaluation.pairs import Pair, read_pairs
from daemon.evaluation.plan import Plan
from daemon.evaluation.table import OPEN_SET_HEADS, chains, open_set_rows, table

__all__ = [
    "OPEN_SET_HEADS",
    "Evaluation",
    "Pair",
    "Plan",
    "about",
    "chain_name",
    "chains",
    "evaluate",
    "open_set_rows",
    "page",
    "random_pairs",
    "read_pairs",
    "table",
]
