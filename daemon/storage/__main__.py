# SPDX-License-Identifier: Apache-2.0
"""What install.sh asks when one release takes the place of another, while no whod runs.

::

    python -m daemon.storage versions FOLDER     # NAME SCHEMA, a line for each database
    python -m daemon.storage step-back FOLDER    # with such lines on stdin: what the release knows that takes over
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from daemon.errors import WhodError
from daemon.storage.copies import step_back, versions
from daemon.storage.folder import StateFolder


def main() -> None:
    """The command; the exit code is 1, with a sentence on stderr, where it cannot be done."""
    parser = argparse.ArgumentParser(prog="python -m daemon.storage", description=__doc__)
    parser.add_argument("deed", choices=("versions", "step-back"))
    parser.add_argument("folder", type=Path)
    asked = parser.parse_args()
    try:
        with StateFolder(asked.folder):
            if asked.deed == "versions":
                _print_versions(asked.folder)
            else:
                _step_back(asked.folder)
    except WhodError as error:
        sys.exit(f"whod: {error}")


def _print_versions(folder: Path) -> None:
    for name, version in versions(folder).items():
        print(name, version)  # noqa: T201 - its output


def _step_back(folder: Path) -> None:
    known = {name: int(version) for name, version in (line.split() for line in sys.stdin)}
    for name in step_back(folder, known):
        print(f"{name} is again what it was before that release; as it was since then, it lies beside it")  # noqa: T201 - its output


if __name__ == "__main__":
    main()
