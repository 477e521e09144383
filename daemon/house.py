# SPDX-License-Identifier: Apache-2.0
"""The composition root: puts the parts of the running daemon together; the only file that knows every other."""

from __future__ import annotations

import logging
import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING

from daemon.clock import SystemClock
from daemon.errors import ConfigError
from daemon.events_db import open_event_store
from daemon.gallery import Gallery
from daemon.monitor import Monitor
from daemon.mqtt import messages
from daemon.mqtt.publisher import Publisher
from daemon.notify import Notifier
from daemon.pipeline import Pipeline
from daemon.records import VisitRecords
from daemon.service import Service
from daemon.supervisor import Supervisor
from daemon.vision import Vision, canary, check_golden, models_folder
from daemon.watch import Windows, waning
from daemon.workers import (
    CaptureWorker,
    Inbox,
    InferenceWorker,
    PublisherWorker,
    RecorderWorker,
    ServerWorker,
    WatchWorker,
)
from web_admin import WebSettings, create_app
from web_admin.server import serve_tcp, serve_unix

if TYPE_CHECKING:
    from contextlib import ExitStack

    from daemon.config import MqttSettings, Settings
    from daemon.events_db import EventStore
    from daemon.pipeline import Result
    from daemon.storage import StateFolder
    from daemon.types import DecisionEvent, Frame, OnEvent, PartHealth
    from daemon.watch import Waning
    from daemon.workers import Worker

log = logging.getLogger(__name__)

_LIMITS_S = {"camera": 0.3, "identification": 0.8, "records": 0.5, "broker": 0.8}
"""How long each worker may take to end; together less than the 3 s in which SIGTERM must be answered."""


class House:
    """All parts, wired. What has to be closed at the end is left on `stack`, in order."""

    def __init__(
        self, settings: Settings, folder: StateFolder, stack: ExitStack, on_event: OnEvent | None = None
    ) -> None:
        self._settings = settings
        self._on_event = on_event or _log_event
        self._clock = SystemClock()
        self._models = models_folder()
        self._spare: Vision | None = self._load()
        manifest = self._spare.manifest
        self._gallery = Gallery.open(folder.path / "gallery.db", manifest.embedder.id, settings.gallery, self._clock)
        stack.callback(self._gallery.close)
        self._events = self._open_events(folder)
        stack.callback(self._events.close)
        inbox = Inbox()
        capture = CaptureWorker(settings.camera, self._clock, self._models, inbox)
        self._monitor = Monitor(self._gallery, capture, inbox, self._clock, settings.mqtt.node_id)
        self._publisher = self._make_publisher()
        self._present: frozenset[str] = frozenset()
        self._recorder = RecorderWorker(self._records())
        inference = InferenceWorker(inbox, self._clock, self._begin, self._tell, canary)
        self._watch = WatchWorker(self._clock, self._monitor.newest, self._waning, picture=settings.camera.watch)
        service = Service(
            self._gallery,
            self._events,
            settings,
            inference.analyse,
            changed=self._people_changed,
            running=self._monitor,
        )
        workers: list[Worker] = [capture, inference, self._recorder, self._watch]
        if self._publisher:
            workers.append(PublisherWorker(self._publisher, self._monitor.status, self._clock))
        self.supervisor = Supervisor(
            [*workers, *_servers(service, settings.web.listen, folder.socket)], self._clock, Notifier()
        )
        self._monitor.watch((manifest.detector.id, manifest.embedder.id), self._parts)

    def end(self) -> bool:
        """Take the workers down in order; gives whether all have ended."""
        return self.supervisor.end(_LIMITS_S)

    def _load(self) -> Vision:
        vision = Vision.load(self._models, self._settings)
        check_golden(vision)
        return vision

    def _begin(self) -> tuple[Vision, Pipeline]:
        """A chain for a run of the inference worker; the first takes the one that was checked at start."""
        vision, self._spare = self._spare or self._load(), None
        return vision, Pipeline(vision, self._gallery, self._settings)

    def _open_events(self, folder: StateFolder) -> EventStore:
        describe = messages.sighting if self._settings.mqtt.host else None
        events, aside = open_event_store(folder.path, self._clock, describe)
        if aside:
            log.error("The history of visits was damaged; it begins anew, the old file is now %s", aside)
        return events

    def _make_publisher(self) -> Publisher | None:
        mqtt = self._settings.mqtt
        if not mqtt.host:
            log.info("No broker is set (mqtt.host): identifications are shown in the log and on the page only")
            return None
        return Publisher(
            mqtt,
            read_password(mqtt),
            self._events.outbox,
            self._gallery.person_ids,
            boot_id=self._monitor.boot_id,
            clock=self._clock,
        )

    def _tell(self, frame: Frame | None, result: Result) -> None:
        """Hand on what a frame led to; on the frame path, so nothing here waits."""
        for event in result.events:
            self._on_event(event)
            self._recorder.add(event)
            if self._publisher:
                self._publisher.offer(event)
        for sighting in result.sightings:
            self._recorder.add(sighting)
        if self._publisher and result.present != self._present:
            self._present = result.present
            self._publisher.set_present(result.present)
        if frame:
            self._monitor.saw(frame, result)

    def _records(self) -> VisitRecords:
        wake = self._publisher.wake if self._publisher else lambda: None
        return VisitRecords(self._events, self._gallery.person, wake, self._settings.privacy)

    def _parts(self) -> tuple[PartHealth, ...]:
        return *self.supervisor.parts(), *self._watch.parts()

    def _waning(self) -> list[Waning]:
        """Who is recognised less well than before; called by the watch."""
        now, windows = self._clock.now(), Windows.of(self._settings.privacy.history_days)
        changed_at = {person.id: person.updated_at for person in self._gallery.people()}
        return waning(self._events.history.scores(now - windows.reach), changed_at, now, windows)

    def _people_changed(self) -> None:
        self._watch.people_changed()
        if self._publisher:
            self._publisher.people_changed()


def read_password(settings: MqttSettings) -> str | None:
    """The broker's password, from the file in the settings or systemd's credential; None if there is none.

    Raises ConfigError if the file cannot be read, or if others may read it.
    """
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    handed = Path(credentials, "mqtt_password") if credentials else None
    path = Path(settings.password_file) if settings.password_file else handed
    if path is None or (path == handed and not path.exists()):
        return None
    try:
        if path != handed and path.stat().st_mode & 0o077:
            raise ConfigError([f"mqtt.password_file: {path} may be read by other users: run chmod 600 {path}."])
        return path.read_text(encoding="utf-8").rstrip("\n")
    except OSError as error:
        raise ConfigError([f"mqtt.password_file: {path} cannot be read: {error.strerror}."]) from error
    except UnicodeDecodeError as error:
        raise ConfigError([f"mqtt.password_file: {path} is not UTF-8 text."]) from error


def _servers(service: Service, listen: str, socket: Path) -> list[Worker]:
    """The owner's socket, and the page if it is wanted."""
    owner = create_app(service, WebSettings(trusted=True))
    workers: list[Worker] = [ServerWorker("socket", lambda: serve_unix(owner, socket))]
    if listen:
        host, _, port = listen.rpartition(":")
        page = create_app(service, WebSettings())
        workers.append(ServerWorker("page", lambda: serve_tcp(page, host.strip("[]"), int(port))))
        log.info("The page is at http://%s/ on this machine; from another one, first run:", listen)
        log.info("  ssh -L %s:%s USER@%s", port, listen, platform.node())
    return workers


def _log_event(event: DecisionEvent) -> None:
    """Without the name: logs travel further than they should."""
    who = event.person.id if event.person else "-"
    log.info("%s %s at %s, similarity %.2f", event.event_type, who, event.camera, event.similarity)
