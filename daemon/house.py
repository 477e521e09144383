# SPDX-License-Identifier: Apache-2.0
"""The composition root: puts the parts of the running daemon together; the only file that knows every other."""

from __future__ import annotations

import logging
import platform
import tempfile
from typing import TYPE_CHECKING, Any

from daemon.access import ADMIN_DB, Access
from daemon.clock import SystemClock
from daemon.config import read_secret
from daemon.errors import WhodError
from daemon.events_db import open_event_store
from daemon.feed import Feed
from daemon.gallery import at_camera, group_parts
from daemon.monitor import Monitor
from daemon.mqtt import messages
from daemon.mqtt.publisher import Publisher
from daemon.notify import Notifier
from daemon.pipeline import Pipeline
from daemon.records import VisitRecords
from daemon.service import Service, Vault, open_jobs
from daemon.supervisor import Supervisor
from daemon.vision import Vision, canary, check_golden, models_folder
from daemon.watch import Windows, waning
from daemon.workers import (
    CaptureWorker,
    Inbox,
    InferenceWorker,
    JobsWorker,
    PublisherWorker,
    RecorderWorker,
    ServerWorker,
    SnapshotsWorker,
    WatchWorker,
)
from web_admin import WebSettings, create_app, limits
from web_admin.server import serve_tcp, serve_unix

if TYPE_CHECKING:
    from contextlib import ExitStack
    from pathlib import Path

    from daemon.config import Settings, WebSection
    from daemon.events_db import EventStore
    from daemon.pipeline import Result
    from daemon.storage import StateFolder
    from daemon.types import DecisionEvent, Frame, OnEvent, PartHealth
    from daemon.watch import Waning
    from daemon.workers import Worker

log = logging.getLogger(__name__)

_LIMITS_S = {"camera": 0.3, "jobs": 0.2, "identification": 0.8, "records": 0.5, "broker": 0.8}
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
        vault = Vault(folder.path, manifest, settings, self._clock)
        self._recoverer = vault.recoverer
        self._gallery = self._recoverer.open_or_recover()
        stack.callback(self._gallery.close)
        self._events = self._open_events(folder)
        stack.callback(self._events.close)
        self._access = Access(folder.path / ADMIN_DB, self._clock)
        stack.callback(self._access.close)
        inbox = Inbox()
        capture = CaptureWorker(settings.camera, self._clock, self._models, inbox)
        self._monitor = Monitor(self._gallery, capture, inbox, self._clock, settings.mqtt.node_id)
        self._feed = Feed(self._monitor.boot_id, limits.LISTENERS)
        self._publisher = self._make_publisher()
        self._present: frozenset[str] = frozenset()
        self._recorder = RecorderWorker(self._records())
        inference = InferenceWorker(inbox, self._clock, self._begin, self._tell, canary)
        self._watch = WatchWorker(self._clock, self._monitor.newest, self._waning, picture=settings.camera.watch)
        jobs = open_jobs(
            folder.path,
            self._gallery,
            self._events,
            inference.analyse,
            self._clock,
            vault=vault,
            changed=self._people_changed,
        )
        jobs.staging.make()
        tempfile.tempdir = str(jobs.staging.folder)  # uploads may be large, and /tmp may be memory
        backups = vault.backups(jobs)
        self._snapshots = SnapshotsWorker(backups, jobs.get, self._gallery, self._clock, daily=settings.backup.daily)
        service = Service(
            self._gallery,
            self._events,
            settings,
            inference.analyse,
            changed=self._people_changed,
            running=self._monitor,
            access=self._access,
            feed=self._feed,
            jobs=jobs,
            backups=backups,
        )
        _finish_forgetting(service)
        due = service.jobs.re_embed_if_needed
        workers: list[Worker] = [
            capture,
            JobsWorker(jobs, due),
            inference,
            self._recorder,
            self._watch,
            self._snapshots,
        ]
        if self._publisher:
            workers.append(PublisherWorker(self._publisher, self._monitor.status, self._clock))
        self.supervisor = Supervisor(
            [*workers, *_servers(service, settings.web, folder.socket)], self._clock, Notifier()
        )
        for part in self._groups():
            if part.detail:
                log.warning("%s", part.detail)
        self._monitor.watch((manifest.detector.id, manifest.embedder.id), self._parts)

    def end(self) -> bool:
        """Take the workers down in order; gives whether all have ended."""
        self._feed.close()  # its listeners keep threads of the servers
        return self.supervisor.end(_LIMITS_S)

    def _load(self) -> Vision:
        vision = Vision.load(self._models, self._settings)
        check_golden(vision)
        return vision

    def _begin(self) -> tuple[Vision, Pipeline]:
        """A chain for a run of the inference worker; the first takes the one that was checked at start."""
        vision, self._spare = self._spare or self._load(), None
        return vision, Pipeline(vision, at_camera(self._gallery, self._settings.camera.groups), self._settings)

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
            read_secret("mqtt.password_file", mqtt.password_file, "mqtt_password"),
            self._events.outbox,
            self._gallery.person_ids,
            boot_id=self._monitor.boot_id,
            clock=self._clock,
        )

    def _tell(self, frame: Frame | None, result: Result) -> None:
        """Hand on what a frame led to; on the frame path, so nothing here waits."""
        for event in result.events:
            self._on_event(event)
            self._feed.tell(self._last(event))
            self._recorder.add(event)
            if self._publisher:
                self._publisher.offer(event)
        for sighting in result.sightings:
            self._recorder.add(sighting)
            self._feed.tell(messages.sighting(sighting))
        if self._publisher and result.present != self._present:
            self._present = result.present
            self._publisher.set_present(result.present)
        if frame:
            self._monitor.saw(frame, result)

    def _last(self, event: DecisionEvent) -> dict[str, Any]:
        return messages.last(event, node=self._settings.mqtt.node_id, clock_synced=self._clock.synced())

    def _records(self) -> VisitRecords:
        wake = self._publisher.wake if self._publisher else lambda: None
        return VisitRecords(self._events, self._gallery.person, wake, self._settings.privacy)

    def _parts(self) -> tuple[PartHealth, ...]:
        backups = self._snapshots.part(), self._recoverer.part()
        return *self.supervisor.parts(), *self._watch.parts(), *self._access.parts(), *backups, *self._groups()

    def _groups(self) -> tuple[PartHealth, ...]:
        return group_parts(self._gallery, self._settings.camera.groups)

    def _waning(self) -> list[Waning]:
        """Who is recognised less well than before; called by the watch."""
        now, windows = self._clock.now(), Windows.of(self._settings.privacy.history_days)
        changed_at = {person.id: person.updated_at for person in self._gallery.people()}
        return waning(self._events.history.scores(now - windows.reach), changed_at, now, windows)

    def _people_changed(self) -> None:
        self._watch.people_changed()
        if self._publisher:
            self._publisher.people_changed()


def _servers(service: Service, web: WebSection, socket: Path) -> list[Worker]:
    """The owner's socket, and the page if it is wanted."""
    most = web.max_upload_mb * 1_000_000
    owner = create_app(service, WebSettings(trusted=True, max_upload_bytes=most))
    workers: list[Worker] = [ServerWorker("socket", lambda: serve_unix(owner, socket))]
    if listen := web.listen:
        host, _, port = listen.rpartition(":")
        page = create_app(service, WebSettings(max_upload_bytes=most))
        workers.append(ServerWorker("page", lambda: serve_tcp(page, host.strip("[]"), int(port))))
        log.info("The page is at http://%s/ on this machine; from another one, first run:", listen)
        log.info("  ssh -L %s:%s USER@%s", port, listen, platform.node())
    return workers


def _finish_forgetting(service: Service) -> None:
    try:
        service.finish_forgetting()
    except WhodError as error:
        log.warning("Somebody who was forgotten may still be in a backup or the history: %s", error)


def _log_event(event: DecisionEvent) -> None:
    """Without the name: logs travel further than they should."""
    who = event.person.id if event.person else "-"
    log.info("%s %s at %s, similarity %.2f", event.event_type, who, event.camera, event.similarity)
