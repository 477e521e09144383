# SPDX-License-Identifier: Apache-2.0
"""Who is told what a frame led to."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from daemon.mqtt import messages

if TYPE_CHECKING:
    from daemon.clock import Clock
    from daemon.config import InForce
    from daemon.feed import Feed
    from daemon.monitor import Monitor
    from daemon.pipeline import Result
    from daemon.speaker import Speaker
    from daemon.types import DecisionEvent, Frame, OnEvent
    from daemon.workers import PicturesWorker, RecorderWorker

log = logging.getLogger(__name__)


class Telling:
    """Hands on what comes of the frames; on the frames' path, so nothing here waits.

    `on_event` is told each decision; without it they go to the log.
    """

    def __init__(
        self,
        speaker: Speaker,
        feed: Feed,
        recorder: RecorderWorker,
        pictures: PicturesWorker,
        monitor: Monitor,
        *,
        settings: InForce,
        clock: Clock,
        on_event: OnEvent | None,
    ) -> None:
        self._speaker = speaker
        self._feed = feed
        self._recorder = recorder
        self._pictures = pictures
        self._monitor = monitor
        self._settings = settings
        self._clock = clock
        self._on_event = on_event or _log_event

    def tell(self, frame: Frame | None, result: Result) -> None:
        """What a frame led to, or that none came."""
        self._speaker.tell(result)
        for event in result.events:
            self._on_event(event)
            self._feed.tell(
                messages.last(event, node=self._settings.now.mqtt.node_id, clock_synced=self._clock.synced())
            )
            self._recorder.add(event)
        for picture in result.pictures:
            self._pictures.add(picture)
        for sighting in result.sightings:
            self._recorder.add(sighting)
            self._feed.tell(messages.sighting(sighting))
        if frame:
            self._monitor.saw(frame, result)


def _log_event(event: DecisionEvent) -> None:
    """Without the name: logs travel further than they should."""
    who = event.person.id if event.person else "-"
    log.info("%s %s at %s, similarity %.2f", event.event_type, who, event.camera, event.similarity)
