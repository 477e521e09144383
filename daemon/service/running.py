# SPDX-License-Identifier: Apache-2.0
"""What whod answers while the daemon runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from daemon.service.people import People

if TYPE_CHECKING:
    from collections.abc import Callable

    from daemon.config import Settings
    from daemon.events_db import EventStore
    from daemon.feed import Feed
    from daemon.gallery import Gallery
    from daemon.jobs import Jobs
    from daemon.service.backups import Backups
    from daemon.service.tokens import AccessApi
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
        access: AccessApi,
        feed: Feed,
        jobs: Jobs,
        backups: Backups,
    ) -> None:
        super().__init__(gallery, events, settings, analyse, changed, jobs=jobs, backups=backups)
        self._running = running
        self.access = access
        self.feed = feed
        self.on_forget.insert(0, feed.forget)  # which cannot fail

    def status(self) -> Status:
        """How whod is."""
        return self._running.status()

    def live(self) -> LiveView | None:
        """The newest picture with what was found in it; None before the first."""
        return self._running.live()

    def outbox_waiting(self) -> int:
        """How many records of visits wait for the broker."""
        return self._events.outbox.waiting()
