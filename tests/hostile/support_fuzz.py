# SPDX-License-Identifier: Apache-2.0
"""What the fuzzers have in common: seeds, time, and what counts as a finding. Needs atheris (the extra `fuzz`)."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import atheris

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_FINDINGS = ("-timeout=2", "-rss_limit_mb=2048", "-print_final_stats=1", "-verbosity=0", "-close_fd_mask=2")


def fuzz(one: Callable[[bytes], None], seeds: Iterable[bytes], longest: int) -> None:
    """Run `one` on what grows from `seeds`, for the seconds that the command line says (60); does not return.

    What it raises, what takes more than 2 s and what takes more than 2 GB is a finding, and is written to a file
    beside; the number of runs and the slowest one are printed at the end.
    """
    seconds = sys.argv[1] if len(sys.argv) > 1 else "60"
    with tempfile.TemporaryDirectory() as folder:
        for number, seed in enumerate(seeds):
            (Path(folder) / f"{number:04}").write_bytes(seed)
        options = [f"-max_total_time={seconds}", f"-max_len={longest}", *_FINDINGS]
        atheris.Setup([sys.argv[0], *options, folder], one)
        atheris.Fuzz()
