# SPDX-License-Identifier: Apache-2.0
"""The jobs of a state folder, and who does which kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daemon.jobs import Jobs, Staging
from daemon.service.imports import Imports
from daemon.service.re_embedding import ReEmbedding
from daemon.service.training import Training
from daemon.types import JobKind

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from daemon.clock import Clock
    from daemon.events_db import EventStore
    from daemon.gallery import Gallery
    from daemon.jobs import Runner
    from daemon.service.vault import Vault
    from daemon.types import Observation, Pixels


def open_jobs(
    folder: Path,
    gallery: Gallery,
    events: EventStore,
    analyse: Callable[[Pixels], list[Observation]],
    clock: Clock,
    *,
    vault: Vault,
    changed: Callable[[], None] = lambda: None,
    alone: bool = False,
) -> Jobs:
    """The jobs of a state folder.

    For `analyse` and `changed` see `daemon.service.People`, for `alone` `Jobs`; `vault` is that of the folder.
    """
    staging = Staging(folder)
    runners: dict[JobKind, Runner] = {
        JobKind.IMPORT: Imports(gallery, staging, analyse, changed),
        JobKind.TRAIN: Training(gallery, changed),
        JobKind.RE_EMBED: ReEmbedding(gallery, analyse, changed),
        **vault.runners(gallery, events, changed),
    }
    return Jobs(events.jobs, staging, runners, clock, alone=alone)
