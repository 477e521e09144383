# SPDX-License-Identifier: Apache-2.0
"""The composition root: puts the parts of the running daemon together; the only file that knows every other."""

from __future__ import annotations

import logging
import tempfile
import time
from typing import TYPE_CHECKING

from daemon import machine
from daemon.access import ADMIN_DB, Access
from daemon.clock import SystemClock
from daemon.commanding import Commander, Hands, InViewEnrolment
from daemon.config import Current, Kept, is_small
from daemon.errors import WhodError
from daemon.events_db import open_event_store
from daemon.feed import Feed
from daemon.gallery import at_camera, group_parts
from daemon.monitor import Monitor
from daemon.mqtt import messages
from daemon.notify import Notifier
from daemon.pacing import Governor, read
from daemon.pipeline import Pipeline
from daemon.records import VisitRecords
from daemon.rewiring import Rewiring
from daemon.service import Logs, Service, SettingsDesk, Vault, open_jobs
from daemon.serving import servers
from daemon.site import Site, of_camera
from daemon.speaker import Speaker
from daemon.storage import Expiry
from daemon.supervisor import Supervisor
from daemon.telling import Telling
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
    SnapshotsWorker,
    WatchWorker,
)
from web_admin import limits

if TYPE_CHECKING:
    from contextlib import ExitStack

    from daemon.config import Loaded, Settings
    from daemon.events_db import EventStore
    from daemon.logbook import Logbook
    from daemon.storage import StateFolder
    from daemon.types import OnEvent, PartHealth
    from daemon.watch import Waning
    from daemon.workers import Worker

log = logging.getLogger(__name__)

_LIMITS_S = {"camera": 0.3, "jobs": 0.2, "identification": 0.7, "records": 0.5, "broker": 0.8}
"""How long each worker may take to end; with the others, less than the 3 s in which SIGTERM must be answered."""
_OF_THE_BROKER = "broker", "commands", "pictures"
"""Workers that have nothing to do without one."""

_TRIM_EVERY_S = 10.0
"""How often memory is handed back: at first what the start has needed, then what has come together."""


class House:
    """All parts, wired. What has to be closed at the end is left on `stack`, in order."""

    _too_old = ""
    """What the log has of copies that should not be there any more."""

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
        self._clock = SystemClock()
        self._models = models_folder()
        self._copies = Expiry(folder.path, self._clock)
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
        self._governor = Governor(self._current)
        self._trim_due_s = self._clock.monotonic() + _TRIM_EVERY_S
        self._paces = [self._governor.pace() for _ in settings.every_camera]
        self._sites = tuple(self._site(place, inbox) for place in range(len(settings.every_camera)))
        self._monitor = Monitor(
            self._gallery,
            self._sites,
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
        telling = Telling(
            self._speaker,
            self._feed,
            self._recorder,
            self._pictures,
            self._monitor,
            settings=self._current,
            clock=self._clock,
            on_event=on_event,
        )
        inference = InferenceWorker(inbox, self._clock, self._begin, telling.tell, canary)
        pictures = [site.picture for site in self._sites]
        self._watch = WatchWorker(self._clock, pictures, self._waning, self._expire)
        jobs = self._jobs = open_jobs(
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
            sites=self._sites,
            inference=inference,
            recorder=self._recorder,
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
            *(site.capture for site in self._sites),
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
            [*workers, *servers(service, settings.web, folder.socket)], self._clock, Notifier()
        )
        if is_small(settings.machine.profile):
            log.info("This is a small machine: it has defaults of its own (machine.profile)")
        for part in self._groups():
            if part.detail:
                log.warning("%s", part.detail)
        self._monitor.watch((manifest.detector.id, manifest.embedder.id), self._parts)

    def end(self) -> bool:
        """Take the workers down in order; gives whether all have ended."""
        self._feed.close()  # its listeners keep threads of the servers
        each_s = _LIMITS_S["camera"] / len(self._sites)
        return self.supervisor.end(_LIMITS_S | {site.capture.name: each_s for site in self._sites})

    def _load(self, settings: Settings) -> Vision:
        vision = Vision.load(self._models, settings)
        check_golden(vision)
        return vision

    def _site(self, place: int, inbox: Inbox) -> Site:
        settings = self._current.now.every_camera[place]
        name = of_camera("camera", place, settings)
        fps = self._paces[place].fps
        capture = CaptureWorker(settings, self._clock, self._models, inbox, name=name, place=place, fps=fps)
        return Site(place, capture, self._clock, self._current)

    def _begin(self) -> tuple[Vision, list[Pipeline]]:
        """A chain for a run of the inference worker; the first takes the one that was checked at start."""
        settings = self._current.now
        vision, self._spare = self._spare or self._load(settings), None
        return vision, [
            Pipeline(vision, at_camera(self._gallery, camera.groups), settings, place, self._paces[place])
            for place, camera in enumerate(settings.every_camera)
        ]

    def _open_events(self, folder: StateFolder) -> EventStore:
        describe = messages.sighting if self._current.now.mqtt.host else None
        events, aside = open_event_store(folder.path, self._clock, describe)
        if aside:
            log.error("The history of visits was damaged; it begins anew, the old file is now %s", aside)
        return events

    def _records(self) -> VisitRecords:
        return VisitRecords(self._events, self._gallery.person, self._speaker.wake, self._current)

    def _commander(self, service: Service, inference: InferenceWorker) -> Commander:
        in_view = InViewEnrolment(
            self._gallery,
            inference.analyse,
            changed=self._people_changed,
            newest=self._monitor.attended,
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
        kept = self._snapshots.part(), self._recoverer.part(), self._desk.part(), self._governor.part()
        return *workers, *self._watch.parts(), *self._access.parts(), *kept, *self._groups()

    def _groups(self) -> tuple[PartHealth, ...]:
        cameras = self._current.now.every_camera
        groups = dict.fromkeys(group for camera in cameras for group in camera.groups)
        return group_parts(self._gallery, tuple(groups))

    def _waning(self) -> list[Waning]:
        """Who is recognised less well than before; called by the watch."""
        return self._service.care.look(self._clock.now())

    def _expire(self) -> None:
        """Called by the watch."""
        self._service.expire()
        now_s = self._clock.monotonic()
        self._governor.turn(read(now_s), job=self._jobs.busy)
        if now_s >= self._trim_due_s:
            machine.give_back_memory()
            self._trim_due_s = now_s + _TRIM_EVERY_S
            self._expire_copies()

    def _expire_copies(self) -> None:
        trouble = ""
        try:
            self._copies.turn()
        except WhodError as error:
            trouble = f"What people were before an upgrade is kept for too long: {error}"
        if trouble and trouble != self._too_old:
            log.warning("%s", trouble)
        self._too_old = trouble

    def _people_changed(self) -> None:
        self._watch.people_changed()
        self._speaker.people_changed()


def _finish_forgetting(service: Service) -> None:
    try:
        service.finish_forgetting()
    except WhodError as error:
        log.warning("Somebody who was forgotten may still be in a backup or the history: %s", error)
