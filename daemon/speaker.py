# SPDX-License-Identifier: Apache-2.0
"""Who speaks to the broker now: another one after a change of settings, nobody where no broker is set."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from daemon import __version__, machine
from daemon.config import read_secret
from daemon.mqtt.discovery import About
from daemon.mqtt.mailbox import Pictures
from daemon.mqtt.publisher import Publisher
from daemon.mqtt.topics import Topics
from daemon.types import InView

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from daemon.clock import Clock
    from daemon.config import Current, MqttSettings, PrivacySettings
    from daemon.gallery import Gallery
    from daemon.outbox import Outbox
    from daemon.pipeline import Result
    from daemon.types import Answer, Command, Person, Snapshot

log = logging.getLogger(__name__)

_HERE = "http://127.", "http://localhost", "http://[::1]"
"""Home Assistant may be another machine: there, these lead to itself."""


class Speaker:
    """Hands on to the publisher of the moment what others have to tell. Any thread may call; nothing here waits.

    `on_command` is called with each command that comes, and must not wait either.
    """

    def __init__(
        self,
        current: Current,
        gallery: Gallery,
        outbox: Outbox,
        clock: Clock,
        *,
        boot_id: str,
        on_command: Callable[[Command], None],
    ) -> None:
        self._current = current
        self._gallery = gallery
        self._outbox = outbox
        self._clock = clock
        self._boot_id = boot_id
        self._on_command = on_command
        self._publisher = self._make(current.now.mqtt)
        self._views: dict[int, InView] = {}
        """Who is in view, by the camera's place."""
        self._viewed: tuple[Publisher | None, InView] = None, InView()
        """Who of the people in view was told last, and to which publisher."""

    @property
    def now(self) -> Publisher | None:
        """Who speaks; None for nobody."""
        return self._publisher

    def prepare(self, mqtt: MqttSettings) -> Callable[[], None]:
        """How another publisher takes over from the one there is; its worker ends that one.

        Raises ConfigError where a password cannot be read.
        """
        publisher = self._make(mqtt)

        def take_over() -> None:
            before, self._publisher = self._publisher, publisher
            if before:
                before.wake()

        return take_over

    def tell(self, result: Result) -> None:
        """What a frame led to: decisions, and who is in view, of any camera."""
        self._views[result.place] = result.view
        if publisher := self._publisher:
            for event in result.events:
                publisher.offer(event)
            view = InView.of(self._views.values())
            if self._viewed != (publisher, view):
                self._viewed = publisher, view
                publisher.set_view(view)

    def show(self, picture: Snapshot) -> None:
        """A picture of who is there."""
        if publisher := self._publisher:
            publisher.show(picture)

    def clear_picture(self) -> None:
        """Whoever was shown may have been forgotten."""
        if publisher := self._publisher:
            publisher.clear_picture()

    def answer(self, answer: Answer) -> None:
        """What came of a command."""
        if publisher := self._publisher:
            publisher.answer(answer)

    def wake(self) -> None:
        """The outbox has a new record."""
        if publisher := self._publisher:
            publisher.wake()

    def people_changed(self) -> None:
        """Others are enrolled now, or have other names."""
        if publisher := self._publisher:
            publisher.people_changed()

    def privacy_changed(self, privacy: PrivacySettings) -> None:
        """Pictures may be published, or no more."""
        if publisher := self._publisher:
            publisher.set_pictures(_pictures(privacy))

    def _make(self, mqtt: MqttSettings) -> Publisher | None:
        if not mqtt.host:
            log.info("No broker is set (mqtt.host): identifications are shown in the log and on the page only")
            return None
        return Publisher(
            mqtt,
            read_secret("mqtt.password_file", mqtt.password_file, "mqtt_password"),
            self._outbox,
            self._people,
            boot_id=self._boot_id,
            clock=self._clock,
            about=lambda: self._about(mqtt),
            pictures=_pictures(self._current.now.privacy),
            on_command=self._on_command,
        )

    def _people(self) -> Iterable[Person]:
        people = map(self._gallery.person, self._gallery.person_ids())
        return [person for person in people if person]

    def _about(self, mqtt: MqttSettings) -> About:
        settings = self._current.now
        web = settings.web
        urls = machine.urls(web.listen, web.url) if web.listen else []
        page_url = next((url for url in urls if not url.startswith(_HERE)), None)
        return About(
            Topics(mqtt.base, mqtt.node_id),
            __version__,
            mqtt.commands,
            settings.privacy.publish_snapshots,
            page_url,
            tuple(camera.name for camera in settings.cameras),
        )


def _pictures(privacy: PrivacySettings) -> Pictures:
    return Pictures(privacy.publish_snapshots, privacy.retain_snapshots)
