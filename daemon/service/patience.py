# SPDX-License-Identifier: Apache-2.0
"""Jobs wait while the models are busy with what is more urgent."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from daemon.errors import WorldError

if TYPE_CHECKING:
    from collections.abc import Callable

    from daemon.jobs import Progress
    from daemon.types import Observation, Pixels

_WAITS_S = (1, 2, 4, 8, 15)


def look(analyse: Callable[[Pixels], list[Observation]], pixels: Pixels, progress: Progress) -> list[Observation]:
    """The faces in a picture, if need be after a while. Raises what `analyse` raises at last, and JobCancelled."""
    for wait_s in _WAITS_S:
        try:
            return analyse(pixels)
        except WorldError as busy:
            progress.check()
            progress.advance(progress.job.done, progress.job.total, str(busy))
            time.sleep(wait_s)
            progress.check()
    return analyse(pixels)
