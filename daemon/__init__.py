# SPDX-License-Identifier: Apache-2.0
"""whod: who is at the door. Frames in, identifications out, nothing leaves the house."""

import os

MAX_PICTURE_PIXELS = 64_000_000
"""A phone's full resolution passes; a bomb does not."""

# OpenCV reads this once, when it is imported, and whoever decodes a picture relies on it.
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(MAX_PICTURE_PIXELS))

UNKNOWN_VERSION = "0+unknown"
"""Of a checkout that was never installed."""

__version__: str
"""As it is installed; looked up at each use."""


def __getattr__(name: str) -> str:
    if name != "__version__":
        raise AttributeError(name)
    # Looked up when asked for: it takes a tenth of the time in which `whod embed` has a result.
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415

    try:
        return version("whod")
    except PackageNotFoundError:
        return UNKNOWN_VERSION
