# SPDX-License-Identifier: Apache-2.0
"""Archives of a few members, and what `daemon.zips` makes of them."""

import io
import zipfile

import pytest

from daemon.errors import BadArchive
from daemon.zips import Limits, ZipReader

LIMITS = Limits(total_bytes=4_000_000_000)
NOISE = bytes(i * i % 251 for i in range(2000))


def pack(*members, method=zipfile.ZIP_DEFLATED, sink=None):
    """The bytes of an archive; a member is (name or ZipInfo, content)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(sink(buffer) if sink else buffer, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def read(path, limits=LIMITS):
    """What is in the file, by name; None for folders."""
    with ZipReader(path, limits) as archive:
        return {entry.name: None if entry.is_folder else archive.read(entry) for entry in archive}


def refused(path, data, word, limits=LIMITS):
    """Look that these bytes are not accepted, for a reason with this word."""
    path.write_bytes(data)
    with pytest.raises(BadArchive, match=word):
        ZipReader(path, limits)
