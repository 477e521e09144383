# SPDX-License-Identifier: Apache-2.0
"""Coverage-guided fuzzing of what comes as an archive: a zip of pictures, and a backup.

Usage: `.venv/bin/python tests/hostile/fuzz_archive.py SECONDS`
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(1, str(Path(__file__).parents[1]))

with atheris.instrument_imports(include=["daemon.zips", "daemon.backup", "daemon.service.sources"]):
    from support_archive_reading import check, seeds

from support_fuzz import fuzz

_LONGEST = 60_000
_MEMORY = Path("/dev/shm")

if __name__ == "__main__":
    # In memory: each run writes a gallery, and a disk would be all that is tried.
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as folder:

        def one(data: bytes) -> None:
            """It is read, or refused with a sentence."""
            check(Path(folder), data)

        fuzz(one, seeds(), _LONGEST)
