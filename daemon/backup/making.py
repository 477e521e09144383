# SPDX-License-Identifier: Apache-2.0
"""A backup of the gallery in use, which goes on meanwhile."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from daemon.backup import settings as told_settings
from daemon.backup.writing import About, sealed, write
from daemon.clock import iso
from daemon.gallery.rowwise import Rowwise

if TYPE_CHECKING:
    from collections.abc import Callable

    from daemon.backup.age import Sink
    from daemon.backup.format import Manifest
    from daemon.clock import Clock
    from daemon.config import InForce
    from daemon.gallery import Gallery
    from daemon.jobs import Staging


class Maker:
    """Makes backups: of a copy of the gallery's file, so that whoever enrols does not wait."""

    def __init__(self, gallery: Gallery, settings: InForce, staging: Staging, clock: Clock) -> None:
        self._gallery = gallery
        self._settings = settings
        self._staging = staging
        self._clock = clock

    def write(
        self, out: Sink, passphrase: str | None, told: Callable[[int, int], None] = lambda *_: None
    ) -> Manifest:
        """Write a backup to `out`, encrypted if there is a passphrase. See `writing.write` for the rest."""
        about = About(self._gallery.model_id, iso(self._clock.now()), told_settings.told(self._settings.now))
        with self._staging.scratch(".db") as (copy,):
            self._gallery.copy_to(copy)
            with contextlib.closing(Rowwise(copy)) as gallery, sealed(out, passphrase) as file:
                return write(file, gallery, about, told)
