# SPDX-License-Identifier: Apache-2.0
"""Coverage-guided fuzzing of what comes as a photo: header and decoder.

Usage: `.venv/bin/python tests/hostile/fuzz_photo.py SECONDS`
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parents[2]))

with atheris.instrument_imports(include=["daemon.vision", "daemon.types"]):
    from daemon.errors import PhotoError
    from daemon.types import Photo
    from daemon.vision import decode

from support_fuzz import fuzz
from support_pictures import seeds, with_true_checksums

_LONGEST = 20_000


def one(data: bytes) -> None:
    """A picture is a picture or a sentence."""
    try:
        pixels = decode(Photo("p", with_true_checksums(data)))
    except PhotoError as error:
        assert str(error).startswith("p ")
    else:
        assert pixels.ndim == 3
        assert pixels.shape[2] == 3
        assert pixels.dtype == "uint8"


if __name__ == "__main__":
    fuzz(one, seeds(), _LONGEST)
