# SPDX-License-Identifier: Apache-2.0
"""What whod answers while the daemon runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from daemon.service.care import Care
from daemon.service.directory import Directory
from daemon.service.door import Door, DoorApi
from daemon.service.people import People

if TYPE_CHECKING:
    from collections.abc import Callable

    from daemon.config import InForce
    from daemon.events_db import EventStore
    from daemon.feed import Feed
    from daemon.gallery import Gallery
    from daemon.jobs import Jobs
    from daemon.service.backups import Backups
    from daemon.service.logs import LogsApi
    from daemon.service.rehearsals import RehearsalsApi
    from daemon.service.settings import SettingsDesk
    from daemon.service.tokens import AccessApi
    from daemon.types import Frame, LiveView, Observation, Pixels, Status


class Running(Protocol):
    """What the service needs of the running daemon."""

    def status(self) -> Status: ...  # noqa: D102
    def live(self, camera: str) -> LiveView | None: ...  # noqa: D102
    def whole_picture(self, rotation: int, *, hflip: bool, vflip: bool) -> bytes | None: ...  # noqa: D102
    def newest(self, camera: str) -> Frame | None: ...  # noqa: D102


class Service(People):
    """All that whod answers while the daemon runs.

    A `camera` is named; "" is the first. Raises NoSuchCamera for one that is not there.
    """

    def __init__(
        self,
        gallery: Gallery,
        events: EventStore,
        settings: InForce,
        analyse: Callable[[Pixels], list[Observation]],
        *,
        changed: Callable[[], None],
        running: Running,
        access: AccessApi,
        feed: Feed,
        jobs: Jobs,
        backups: Backups,
        desk: SettingsDesk,
        logs: LogsApi,
    ) -> None:
        super().__init__(gallery, events, settings, analyse, changed, jobs=jobs, backups=backups)
        self._running = running
        self.access = access
        self.settings = desk
        self.logs = logs
        self.owner = access.owner
        self.feed = feed
        self.rehearsals: RehearsalsApi = backups.rehearsals
        self.care = Care(gallery, events, settings)
        self.directory = Directory(self.people, gallery, events, settings, self.care)
        door = Door(gallery, analyse, changed, running.newest)
        self.door: DoorApi = door
        self._perishable = self.photos, door
        self.on_forget[:0] = feed.forget, door.forget  # which cannot fail
        self.on_forget_all[:0] = feed.forget_all, door.forget_all

    def expire(self) -> None:
        """Forget the faces that were kept in memory for a while, once that is over; called by the watch."""
        for kept in self._perishable:
            kept.expire()

    def status(self) -> Status:
        """How whod is."""
        return self._running.status()

    def live(self, camera: str = "") -> LiveView | None:
        """The newest picture of a camera with what was found in it; None before the first."""
        return self._running.live(camera)

    def whole_picture(self, rotation: int = 0, *, hflip: bool = False, vflip: bool = False) -> bytes | None:
        """The first camera's newest picture, turned clockwise and then mirrored, but not cut to camera.zone; a JPEG.

        None while the camera gives none.
        """
        return self._running.whole_picture(rotation, hflip=hflip, vflip=vflip)

    def outbox_waiting(self) -> int:
        """How many records of visits wait for the broker."""
        return self._events.outbox.waiting()
