# SPDX-License-Identifier: Apache-2.0
"""The service as the daemon has it, over real databases; of the models there is only what they would say."""

from __future__ import annotations

import contextlib
import hashlib
from typing import TYPE_CHECKING

import cv2
import numpy as np
from support_settings import desk, logs
from support_web import FOUND, STATUS, live_view

from daemon.access import ADMIN_DB, Access
from daemon.clock import SystemClock
from daemon.config import load
from daemon.events_db import open_event_store
from daemon.feed import Feed
from daemon.service import Service, open_jobs
from daemon.service.vault import Vault
from daemon.types import Embedding, Observation
from daemon.vision import load_manifest, models_folder
from web_admin import limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from daemon.types import LiveView, Pixels, Status


class _Running:
    def status(self) -> Status:
        return STATUS

    def live(self, _: str) -> LiveView | None:
        return live_view()

    def whole_picture(self, rotation: int, *, hflip: bool, vflip: bool) -> bytes | None:
        return None

    def newest(self, _: str) -> None:
        return None


def analyst(model_id: str, size: int) -> Callable[[Pixels], list[Observation]]:
    """Says of a picture that it has as many faces as the red of its first pixel modulo 3, and others each time."""

    def analyse(pixels: Pixels) -> list[Observation]:
        seed = int.from_bytes(hashlib.sha256(pixels.tobytes()).digest()[:4], "big")
        random = np.random.default_rng(seed)
        found = []
        for _ in range(int(pixels[0, 0, 0]) % 3):
            vector = random.normal(size=size).astype(np.float32)
            found.append(Observation(FOUND.detection, 0.9, Embedding(vector / np.linalg.norm(vector), model_id)))
        return found

    return analyse


def picture(number: int, faces: int = 1) -> bytes:
    """A small PNG of its own with so many faces."""
    pixels = np.full((96, 96, 3), number % 250, np.uint8)
    pixels[0, 0] = (number % 200, number // 200 % 200, 3 * (number % 50) + faces)
    return cv2.imencode(".png", pixels)[1].tobytes()


@contextlib.contextmanager
def real_service(folder: Path) -> Iterator[Service]:
    """In a state folder of its own; jobs are done at once, in a thread."""
    settings, clock, manifest = load(None, ()).settings, SystemClock(), load_manifest(models_folder())
    analyse = analyst(manifest.embedder.id, len(manifest.golden.embedding))
    vault = Vault(folder, manifest, settings, clock)
    with contextlib.ExitStack() as stack:
        gallery = vault.recoverer.open_or_recover()
        stack.callback(gallery.close)
        events, _ = open_event_store(folder, clock)
        stack.callback(events.close)
        access = Access(folder / ADMIN_DB, clock)
        stack.callback(access.close)
        jobs = open_jobs(folder, gallery, events, analyse, clock, vault=vault, alone=True)
        jobs.staging.make()
        yield Service(
            gallery,
            events,
            settings,
            analyse,
            changed=lambda: None,
            running=_Running(),
            access=access,
            feed=Feed("b007cafe-0000", limits.LISTENERS),
            jobs=jobs,
            backups=vault.backups(jobs),
            desk=desk(),
            logs=logs(),
        )
