# SPDX-License-Identifier: Apache-2.0
"""Which whod runs, and which starts next: `install.sh` puts each into a folder of its own, beside the others."""

from __future__ import annotations

import sys
from pathlib import Path

import daemon


def name() -> str | None:
    """Of the folder that `install.sh` has put this whod into: its version, and a stamp. None if it was another."""
    folder = Path(sys.prefix).parent
    return folder.name if _is_release(folder) else None


def next_version() -> str:
    """Of whod as it starts next; UNKNOWN_VERSION where that was never installed, or is just being replaced."""
    folder = Path(sys.prefix).parent
    starts = (folder.parent.parent / "current").resolve()
    if _is_release(folder) and starts != folder and _is_release(starts):
        return starts.name.rpartition("-")[0]
    return daemon.__version__


def _is_release(folder: Path) -> bool:
    return (folder / "whole").is_file()
