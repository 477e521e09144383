# SPDX-License-Identifier: Apache-2.0
"""The composition root: puts the parts of the running daemon together; the only file that knows every other."""

from __future__ import annotations

import logging
import tempfile
import time
from typing import TYPE_CHECKING, Any

from daemon import machine
from daemon.access import ADMIN_DB, Access
from daemon.clock import SystemClock
from daemon.commanding import Commander, Hands, InViewEnrolment
from daemon.config import Current, Kept
from daemon.errors import WhodError
from daemon.events_db import open_event_store
from daemon.feed import Feed
from daemon.gallery import at_camera, group_parts
from daemon.monitor import Monitor
from daemon.mqtt import messages
from daemon.notify import Notifier
from daemon.pipeline import Pipeline
from daemon.records import VisitRecords
from daemon.rewiring import Rewiring
from daemon.service import Logs, Service, SettingsDesk, Vault, open_jobs
from daemon.speaker import Speaker
from daemon.supervisor import Supervisor
from daemon.vision import Vision, canary, check_golden, models_folder
from daemon.workers import (
    CaptureWorker,
    CommandsWorker,
    Inbox,
    InferenceWorker,
    JobsWorker,
    PicturesWorker,
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

    from daemon.config import Loaded, Settings, WebSection
    from daemon.events_db import EventStore
    from daemon.logbook import Logbook
    from daemon.pipeline import Result
    from daemon.storage import StateFolder
    from daemon.types import DecisionEvent, Frame, OnEvent, PartHealth
    from daemon.watch import Waning
    from daemon.workers import Worker

log = logging.getLogger(__name__)

_LIMITS_S = {"camera": 0.3, "jobs": 0.2, "identification": 0.8, "records": 0.5, "broker": 0.8}
"""How long each worker may take to end; together less than the 3 s in which SIGTERM must be answered."""
_OF_THE_BROKER = "broker", "commands", "pictures"
"""Workers that have nothing to do without one."""


class House:
    """All parts, wired. What has to be closed at the end is left on `stack`, in order."""

    def __init__(
        self,
        loaded: Loaded,
        folder: StateFolder,
        stack: ExitStack,
        on_event: OnEvent | None = None,
        *,
        logbook: Logbook,
    ) -> None:
        settings = loaded.settings
        self._current = Current(settings)
        self._logbook = logbook
        self._on_event = on_event or _log_event
        self._clock = SystemClock()
        self._models = models_folder()
        self._spare: Vision | None = self._load(settings)
        manifest = self._spare.manifest
        vault = Vault(folder.path, manifest, self._current, self._clock)
        self._recoverer = vault.recoverer
        self._gallery = self._recoverer.open_or_recover()
        stack.callback(self._gallery.close)
        self._events = self._open_events(folder)
        stack.callback(self._events.close)
        self._access = Access(folder.path / ADMIN_DB, self._clock, (settings.mqtt.node_id, *machine.names()))
        stack.callback(self._access.close)
        inbox = Inbox()
        capture = CaptureWorker(settings.camera, self._clock, self._models, inbox)
        self._monitor = Monitor(
            self._gallery,
            capture,
            inbox,
            self._clock,
            settings.mqtt.node_id,
            folder=folder.path,
            settings=self._current,
        )
        self._feed = Feed(self._monitor.boot_id, limits.LISTENERS)
        self._speaker = Speaker(
            self._current,
            self._gallery,
            self._events.outbox,
            self._clock,
            boot_id=self._monitor.boot_id,
            on_command=lambda command: self._commands.offer(command),  # noqa: PLW0108 - they are made later
        )
        self._pictures = PicturesWorker(self._speaker.show)
        self._recorder = RecorderWorker(self._records())
        inference = InferenceWorker(inbox, self._clock, self._begin, self._tell, canary)
        self._watch = WatchWorker(
            self._clock, self._monitor.newest, self._waning, self._expire, picture=settings.camera.watch
        )
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
        rewiring = Rewiring(
            current=self._current,
            gallery=self._gallery,
            events=self._events,
            capture=capture,
            inference=inference,
            recorder=self._recorder,
            watch=self._watch,
            snapshots=self._snapshots,
            monitor=self._monitor,
            logbook=self._logbook,
            listen=settings.web.listen,
            load=self._load,
            speaker=self._speaker.prepare,
            pictures=self._speaker.privacy_changed,
            moved=vault.moved,
        )
        self._desk = SettingsDesk(loaded, Kept(folder.path), self._clock, rewiring.prepare)
        service = Service(
            self._gallery,
            self._events,
            self._current,
            inference.analyse,
            changed=self._people_changed,
            running=self._monitor,
            access=self._access,
            feed=self._feed,
            jobs=jobs,
            backups=backups,
            desk=self._desk,
            logs=Logs(self._logbook),
        )
        service.unknowns.on_forget = self._speaker.clear_picture
        self._service = service
        _finish_forgetting(service)
        self._commands = CommandsWorker(self._commander(service, inference), self._clock)
        due = service.jobs.re_embed_if_needed
        workers: list[Worker] = [
            capture,
            JobsWorker(jobs, due),
            inference,
            self._recorder,
            self._watch,
            self._snapshots,
            self._pictures,
            self._commands,
            PublisherWorker(lambda: self._speaker.now, self._monitor.status, self._clock),
        ]
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

    def _load(self, settings: Settings) -> Vision:
        vision = Vision.load(self._models, settings)
        check_golden(vision)
        return vision

    def _begin(self) -> tuple[Vision, Pipeline]:
        """A chain for a run of the inference worker; the first takes the one that was checked at start."""
        settings = self._current.now
        vision, self._spare = self._spare or self._load(settings), None
        return vision, Pipeline(vision, at_camera(self._gallery, settings.camera.groups), settings)

    def _open_events(self, folder: StateFolder) -> EventStore:
        describe = messages.sighting if self._current.now.mqtt.host else None
        events, aside = open_event_store(folder.path, self._clock, describe)
        if aside:
            log.error("The history of visits was damaged; it begins anew, the old file is now %s", aside)
        return events

    def _tell(self, frame: Frame | None, result: Result) -> None:
        """Hand on what a frame led to; on the frame path, so nothing here waits."""
        self._speaker.tell(result)
        for event in result.events:
            self._on_event(event)
            self._feed.tell(self._last(event))
            self._recorder.add(event)
        for picture in result.pictures:
            self._pictures.add(picture)
        for sighting in result.sightings:
            self._recorder.add(sighting)
            self._feed.tell(messages.sighting(sighting))
        if frame:
            self._monitor.saw(frame, result)

    def _last(self, event: DecisionEvent) -> dict[str, Any]:
        return messages.last(event, node=self._current.now.mqtt.node_id, clock_synced=self._clock.synced())

    def _records(self) -> VisitRecords:
        return VisitRecords(self._events, self._gallery.person, self._speaker.wake, self._current)

    def _commander(self, service: Service, inference: InferenceWorker) -> Commander:
        in_view = InViewEnrolment(
            self._gallery,
            inference.analyse,
            changed=self._people_changed,
            newest=self._monitor.newest,
            busy=service.door.busy,
            clock=self._clock,
            sleep=time.sleep,
        )
        hands = Hands(
            enrol=in_view.enrol,
            capture=self._monitor.snapshot_now,
            show=self._speaker.show,
            answer=self._speaker.answer,
            restart=lambda: self.supervisor.stop(again=True),
            note=self._access.note,
            last=self._access.last,
        )
        return Commander(self._current, self._desk, hands, self._clock)

    def _parts(self) -> tuple[PartHealth, ...]:
        unused = () if self._speaker.now else _OF_THE_BROKER
        workers = (part for part in self.supervisor.parts() if part.name not in unused)
        kept = self._snapshots.part(), self._recoverer.part(), self._desk.part()
        return *workers, *self._watch.parts(), *self._access.parts(), *kept, *self._groups()

    def _groups(self) -> tuple[PartHealth, ...]:
        return group_parts(self._gallery, self._current.now.camera.groups)

    def _waning(self) -> list[Waning]:
        """Who is recognised less well than before; called by the watch."""
        return self._service.care.look(self._clock.now())

    def _expire(self) -> None:
        """Called by the watch."""
        self._service.expire()

    def _people_changed(self) -> None:
        self._watch.people_changed()
        self._speaker.people_changed()


def _servers(service: Service, web: WebSection, socket: Path) -> list[Worker]:
    """The owner's socket, and the page if it is wanted."""
    most = web.max_upload_mb * 1_000_000
    owner = create_app(service, WebSettings(trusted=True, max_upload_bytes=most))
    workers: list[Worker] = [ServerWorker("socket", lambda: serve_unix(owner, socket))]
    if listen := web.listen:
        host, _, port = listen.rpartition(":")
        names = (*machine.names(), *web.hosts)
        page = create_app(
            service,
            WebSettings(
                hosts=names,
                max_upload_bytes=most,
                trusted_proxies=web.trusted_proxies,
                frame_ancestors=web.frame_ancestors,
            ),
        )
        workers.append(ServerWorker("page", lambda: serve_tcp(page, host.strip("[]"), int(port))))
        log.info("The page is at %s", " or ".join(machine.urls(listen, web.url)))
        _ask_for_password(service)
    return workers


def _ask_for_password(service: Service) -> None:
    try:
        if not service.owner.has_password():
            log.info("No password is set yet: whod admin code, on this machine, gives a code to set one with")
    except WhodError as error:
        log.warning("Nobody can log in: %s", error)


def _finish_forgetting(service: Service) -> None:
    try:
        service.finish_forgetting()
    except WhodError as error:
        log.warning("Somebody who was forgotten may still be in a backup or the history: %s", error)


def _log_event(event: DecisionEvent) -> None:
    """Without the name: logs travel further than they should."""
    who = event.person.id if event.person else "-"
    log.info("%s %s at %s, similarity %.2f", event.event_type, who, event.camera, event.similarity)
