# SPDX-License-Identifier: Apache-2.0
"""Files of a form as the service takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daemon.types import Photo

if TYPE_CHECKING:
    from collections.abc import Iterable

    from werkzeug.datastructures import FileStorage


def photos(files: Iterable[FileStorage]) -> list[Photo]:
    """The files, read."""
    return [Photo(file.filename or "the picture", file.read()) for file in files]
