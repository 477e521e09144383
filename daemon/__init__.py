# SPDX-License-Identifier: Apache-2.0
"""whod: who is at the door. Frames in, identifications out, nothing leaves the house."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("whod")
except PackageNotFoundError:  # run from a checkout that was never installed
    __version__ = "0+unknown"
