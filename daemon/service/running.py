# SPDX-License-Identifier: Apache-2.0
"""What whod answers while the daemon runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from daemon.service.people import People

if TYPE_CHECKING:
    from collections.abc import Callable

    from daemon.config import Settings
    from daemon.events_db import EventStore
    from daemon.gallery import Gallery
    from daemon.types import LiveView, Observation, Pixels, Status


class Running(Protocol):
    """What the service needs of the running daemon."""

    def status(self) -> Status: ...  # noqa: D102
    def live(self) -> LiveView | None: ...  # noqa: D102


class Service(People):
    """All that whod answers while the daemon runs."""

    def __init__(
        self,
        gallery: Gallery,
        events: EventStore,
        settings: Settings,
        analyse: Callable[[Pixels], list[Observation]],
        *,
        changed: Callable[[], None],
        running: Running,
    ) -> None:
        super().__init__(gallery, events, settings, analyse, changed)
        self._running = running

    def status(self) -> Status:
        """How whod is."""
        return self._running.status()

    def live(self) -> LiveView | None:
        """The newest picture with what was found in it; None before the first."""
        return self._running.live()
