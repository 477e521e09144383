# SPDX-License-Identifier: Apache-2.0
"""Other settings while whod runs: what each of them is wired to.

Whoever only reads settings asks `Current` at each use. The rest are told here: each goes on with the new ones in its
own thread, at its next turn. Nothing waits, and no thread begins anew.
"""

from __future__ import annotations

import errno
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from daemon.errors import ConfigError, ListenError
from daemon.gallery import at_camera
from daemon.mqtt import messages
from web_admin.listening import listen_tcp

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from daemon.config import BackupSettings, CameraSettings, Current, MqttSettings, PrivacySettings, Settings
    from daemon.events_db import EventStore
    from daemon.gallery import Gallery
    from daemon.logbook import Logbook
    from daemon.monitor import Monitor
    from daemon.pipeline import Pipeline
    from daemon.site import Site
    from daemon.vision import Vision
    from daemon.workers import InferenceWorker, RecorderWorker, SnapshotsWorker

    Do = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Rewiring:
    """The parts that have to be told.

    `listen` is where the page is since the start. `load` makes a vision and checks it; `speaker` makes who talks to a
    broker, and gives how it takes over; `moved` the same for the snapshots. `pictures` tells that one of privacy.
    """

    current: Current
    gallery: Gallery
    events: EventStore
    sites: Sequence[Site]
    inference: InferenceWorker
    recorder: RecorderWorker
    snapshots: SnapshotsWorker
    monitor: Monitor
    logbook: Logbook
    listen: str
    load: Callable[[Settings], Vision]
    speaker: Callable[[MqttSettings], Do]
    pictures: Callable[[PrivacySettings], None]
    moved: Callable[[BackupSettings], Do]

    def prepare(self, new: Settings) -> Do:
        """Make all that `new` needs; gives what puts them in force at once, which does not fail.

        Raises ConfigError and ModelRefused where they cannot be; nothing has changed then.
        """
        old = self.current.now
        if new.web.listen != old.web.listen:
            _try_to_listen(new.web.listen, self.listen)
        vision = self.load(new) if _models(new) != _models(old) else None
        speak = self.speaker(new.mqtt) if new.mqtt != old.mqtt else None
        move = self.moved(new.backup) if new.backup != old.backup else None

        def put_in_force() -> None:
            self.current.now = new
            self.logbook.set_level(new.log.level)
            for site, was, camera in zip(self.sites, old.every_camera, new.every_camera, strict=True):
                if camera != was:
                    _turn(site, was, camera)
            if new.gallery != old.gallery:
                self.gallery.judge_by(new.gallery)
            if vision or _rules(new) != _rules(old):
                self.inference.change(lambda chain, pipelines: self._go_on(vision or chain, pipelines, new))
            if speak:
                self.events.describe = messages.sighting if new.mqtt.host else None
                self.monitor.node = new.mqtt.node_id
                speak()
            if move:
                move()
                self.snapshots.change(daily=new.backup.daily)
            if new.privacy != old.privacy:
                self.recorder.prune_soon()
                self.pictures(new.privacy)

        return put_in_force

    def _go_on(self, vision: Vision, pipelines: Sequence[Pipeline], settings: Settings) -> Vision:
        """Between two frames, in the thread that owns the models."""
        for pipeline, camera in zip(pipelines, settings.every_camera, strict=True):
            pipeline.go_on_with(vision, at_camera(self.gallery, camera.groups), settings)
        return vision


def _turn(site: Site, old: CameraSettings, new: CameraSettings) -> None:
    new = replace(new, cpu_share=old.cpu_share)  # the pace asks for it at each turn
    if replace(new, watch=old.watch, groups=old.groups) != old:
        site.capture.change(new)
    if replace(new, groups=old.groups, paused=old.paused) != old:
        site.picture.camera_changed(watched=new.watch)


def _try_to_listen(there: str, here: str) -> None:
    """Raise ConfigError if the page could not be there after the next start."""
    if not there:
        return
    host, _, port = there.rpartition(":")
    ours = port == here.rpartition(":")[2]
    try:
        listen_tcp(host, int(port)).close()
    except ListenError as error:
        if not (ours and isinstance(error.__cause__, OSError) and error.__cause__.errno == errno.EADDRINUSE):
            raise ConfigError([str(error)]) from error


def _models(settings: Settings) -> object:
    """What the models are loaded by."""
    detector = settings.detector
    return detector.threshold, detector.tiles, detector.precision, detector.threads, settings.embedder


def _rules(settings: Settings) -> object:
    """What is decided by, with models as they are."""
    detector = settings.detector
    looks = detector.min_face_px, detector.still_s, settings.privacy.publish_snapshots
    return looks, settings.tracking, settings.gallery, [camera.groups for camera in settings.every_camera]
