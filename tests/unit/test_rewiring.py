# SPDX-License-Identifier: Apache-2.0
"""What goes on with other settings at its next turn: pipeline, camera, models, broker, records."""

from __future__ import annotations

import socket
import threading
from dataclasses import fields, replace
from types import SimpleNamespace

import numpy as np
import pytest
from skimage.io import imsave
from support_broker import wait_until
from support_script import ALICE, BOB, HERE, Door, Face, near

from daemon.camera.geometry import Geometry
from daemon.clock import SystemClock
from daemon.config import Current, load
from daemon.errors import ConfigError
from daemon.gallery import at_camera
from daemon.rewiring import Rewiring
from daemon.types import Frame
from daemon.workers import CaptureWorker, Inbox, InferenceWorker, PictureWatch, PublisherWorker, RecorderWorker


class ChangingDoor(Door):
    """A door whose settings can be changed as `daemon.rewiring` does."""

    def change(self, *overrides):
        new = load(None, overrides).settings
        self.gallery.judge_by(new.gallery)
        self.pipeline.go_on_with(self.vision, at_camera(self.gallery, new.camera.groups), new)


@pytest.fixture
def door(tmp_path):
    door = ChangingDoor(tmp_path, ["tracking.sighting_gap_s=1"])
    door.enrol("Alice", ALICE)
    return door


def test_who_is_in_view_is_told_once_and_their_visit_goes_on(door):
    door.show(Face(ALICE, HERE), frames=10)
    door.change("tracking.sighting_gap_s=1", "tracking.min_votes=5", "gallery.k=3", "detector.min_face_px=20")
    door.show(Face(ALICE, HERE), frames=30)
    assert door.told == [("identified", "Alice")]
    door.leave(2)
    assert door.visits == ["Alice"]


def test_a_name_that_the_new_threshold_does_not_allow_is_taken_back(door):
    door.show(Face(near(ALICE, 0.75, 9), HERE), frames=10)
    assert door.told == [("identified", "Alice")]
    door.change("gallery.threshold=0.9")
    door.show(Face(near(ALICE, 0.75, 9), HERE), frames=60)
    assert door.told[:2] == [("identified", "Alice"), ("retracted", "Alice")]
    assert ("identified", "Alice") not in door.told[2:]


def test_who_was_unknown_is_named_once_it_is_allowed(door):
    door.show(Face(near(ALICE, 0.65, 9), HERE), frames=10)
    door.change("gallery.threshold=0.85")
    door.leave(8)
    door.show(Face(near(ALICE, 0.75, 9), HERE), frames=60)
    assert door.told[-1] == ("unknown", None)
    door.change("gallery.threshold=0.5")
    door.show(Face(near(ALICE, 0.75, 9), HERE), frames=60)
    assert door.told[-1] == ("identified", "Alice")


def test_a_camera_that_is_limited_to_others_takes_the_name_back(door):
    bob = door.enrol("Bob", BOB)
    door.gallery.create_group("Bobs", [bob.id])
    door.show(Face(ALICE, HERE), frames=10)
    door.change('camera.groups=["Bobs"]')
    door.show(Face(ALICE, HERE), frames=40)
    assert door.told[1] == ("retracted", "Alice")
    assert "Alice" not in [name for kind, name in door.told[2:]]


def pictures(folder, width, height):
    """A folder of one picture, twice as bright on its left."""
    folder.mkdir()
    pixels = np.full((height, width, 3), 100, np.uint8)
    pixels[:, : width // 2] = 200
    imsave(folder / "0.png", pixels, check_contrast=False)
    return folder


def camera(folder, *more):
    return load(None, [f"camera.source=folder:{folder}", "camera.fps=50", "camera.loop=true", *more]).settings.camera


def test_the_camera_is_opened_anew_and_its_numbers_go_on(in_thread, tmp_path):
    one, other = pictures(tmp_path / "one", 64, 32), pictures(tmp_path / "other", 200, 160)
    inbox = Inbox()
    worker = CaptureWorker(camera(one), SystemClock(), tmp_path, inbox)
    in_thread(worker)
    seqs = []

    def shape():
        frame = inbox.take(1)
        seqs.append(frame.seq)
        return frame.pixels.shape[:2]

    wait_until(lambda: shape() == (32, 64))
    worker.change(camera(other, "camera.rotation=90", "camera.zone=[0,0,1,0.5]"))
    wait_until(lambda: shape() == (100, 160))
    assert "other" in worker.source
    worker.change(camera(tmp_path / "nothing"))
    wait_until(lambda: worker.problem, "a camera that is not there")
    worker.change(camera(one))
    wait_until(lambda: worker.problem is None, "the trouble to be over")
    wait_until(lambda: shape() == (32, 64))
    assert seqs == sorted(set(seqs))


def test_while_it_is_paused_the_camera_is_closed_and_nothing_is_looked_at(in_thread, tmp_path):
    day = pictures(tmp_path / "day", 64, 32)
    inbox = Inbox()
    worker = CaptureWorker(camera(day), SystemClock(), tmp_path, inbox)
    pulse, _ = in_thread(worker)
    last = wait_until(lambda: inbox.take(1), "a picture").seq
    worker.change(camera(tmp_path / "nothing"))
    wait_until(lambda: worker.problem, "a camera that is not there")
    worker.change(camera(day, "camera.paused=true"))
    wait_until(lambda: pulse.resting, "the pause")
    assert worker.problem is None
    assert worker.whole(Geometry()) is None
    while frame := inbox.take(0.5):  # of before
        last = frame.seq
    worker.change(camera(day))
    assert wait_until(lambda: inbox.take(1), "a picture").seq > last
    assert not pulse.resting


def test_a_picture_that_comes_when_it_is_paused_already_is_not_looked_at(in_thread, tmp_path, monkeypatch):
    reading, paused = threading.Event(), threading.Event()

    class Slow:
        description = "slow"

        def read(self):
            reading.set()
            paused.wait(5)
            return Frame(np.zeros((4, 4, 3), np.uint8), 0, 0.0, SystemClock().now())

        def close(self):
            pass

    monkeypatch.setattr("daemon.workers.capture.open_camera", lambda *_: Slow())
    inbox = Inbox()
    worker = CaptureWorker(camera(tmp_path), SystemClock(), tmp_path, inbox)
    pulse, _ = in_thread(worker)
    assert reading.wait(5)
    worker.change(camera(tmp_path, "camera.paused=true"))
    paused.set()
    wait_until(lambda: pulse.resting, "the pause")
    assert inbox.take(0) is None


def test_the_whole_picture_is_there_however_little_of_it_counts(in_thread, tmp_path):
    worker = CaptureWorker(
        camera(pictures(tmp_path / "one", 64, 32), "camera.zone=[0,0,0.1,0.1]", "camera.rotation=90"),
        SystemClock(),
        tmp_path,
        Inbox(),
    )
    assert worker.whole(Geometry()) is None
    in_thread(worker)
    wait_until(lambda: worker.whole(Geometry()) is not None, "a picture")
    assert worker.whole(Geometry()).shape == (32, 64, 3)
    assert worker.whole(Geometry(90)).shape == (64, 32, 3)
    assert worker.whole(Geometry(0, hflip=True))[0, 0, 0] == 100


class Chain:
    """A vision and a pipeline that say which one they are."""

    def __init__(self, name, said):
        self.name, self.said = name, said

    def canary(self, vision):
        self.said.append(f"canary of {vision.name}")
        return lambda: None

    def pause(self, _now_s, *, clock_synced):
        from daemon.pipeline import Result  # noqa: PLC0415

        return Result()

    def finish(self, *, clock_synced):
        return self.pause(0, clock_synced=clock_synced)


def test_identification_takes_other_models_between_two_frames(in_thread):
    said = []
    first, second = Chain("first", said), Chain("second", said)
    worker = InferenceWorker(Inbox(), SystemClock(), lambda: (first, [first]), lambda *_: None, first.canary)
    in_thread(worker)

    def change(vision, pipelines):
        assert (vision, pipelines) == (first, [first])
        said.append(threading.current_thread() is not threading.main_thread())
        return second

    def leave(vision, _pipeline):
        said.append(f"still {vision.name}")
        return vision

    worker.change(change)
    worker.change(leave)
    wait_until(lambda: len(said) == 4)
    assert said == ["canary of first", True, "canary of second", "still second"]


class Speaker:
    def __init__(self, place):
        self.place = place
        self.steps, self.closed, self.problem = 0, False, None

    def wake(self):
        pass

    def step(self, timeout_s):
        self.steps += 1
        threading.Event().wait(0.01)

    def set_status(self, status):
        self.status = status

    def close(self, timeout_s, *, for_good=False):
        self.closed, self.left = True, for_good


class Is:
    def as_json(self):
        return {"camera": {}, "cameras": {}}


def test_another_publisher_speaks_once_the_one_before_has_said_goodbye(in_thread):
    one, other = Speaker("door"), Speaker("porch")
    speaks = [None]
    in_thread(PublisherWorker(lambda: speaks[0], Is, SystemClock()))
    speaks[0] = one
    wait_until(lambda: one.steps)
    speaks[0] = other
    wait_until(lambda: other.steps)
    assert one.closed
    assert one.left
    assert other.status == Is().as_json()
    speaks[0] = with_more_patience = Speaker("porch")
    wait_until(lambda: with_more_patience.steps)
    assert other.closed
    assert not other.left
    speaks[0] = None
    wait_until(lambda: with_more_patience.closed)
    assert with_more_patience.left


@pytest.fixture
def rewiring():
    """Of a daemon whose page is at a port of its own; tells that port, and one that somebody else has."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    ours, others = (each.getsockname()[1] for each in held)
    listen = f"127.0.0.1:{ours}"
    parts = {field.name: None for field in fields(Rewiring)}
    current = Current(load(None, [f"web.listen={listen}"]).settings)
    with held[0], held[1]:
        yield Rewiring(**parts | {"current": current, "listen": listen}), ours, others


def test_where_the_page_could_not_listen_is_refused(rewiring):
    rewiring, ours, others = rewiring

    def prepare(listen):
        return rewiring.prepare(load(None, [f"web.listen={listen}"]).settings)

    with pytest.raises(ConfigError, match=r"web\.listen: .* in use by another program"):
        prepare(f"127.0.0.1:{others}")
    with pytest.raises(ConfigError, match=r"web\.listen: cannot listen at 192\.0\.2\.1"):
        prepare(f"192.0.2.1:{ours}")
    prepare(f"0.0.0.0:{ours}")
    rewiring.current.now = load(None, ["web.listen=127.0.0.1:9"]).settings  # changed, and not started again
    prepare(f"127.0.0.1:{ours}")


class Told:
    """A part that notes what it is told."""

    def __init__(self):
        self.told = []

    def change(self, settings):
        self.told.append(settings)

    def camera_changed(self, *, watched):
        self.told.append(watched)

    def set_level(self, _level):
        pass


def test_a_pause_does_not_make_the_watch_forget_what_the_camera_shows(rewiring):
    rewiring, ours, _ = rewiring
    capture, watch = Told(), Told()
    rewiring = replace(rewiring, sites=[SimpleNamespace(capture=capture, picture=watch)], logbook=Told())
    for paused in "true", "false":
        new = load(None, [f"web.listen=127.0.0.1:{ours}", f"camera.paused={paused}"]).settings
        rewiring.prepare(new)()
    assert [settings.paused for settings in capture.told] == [True, False]
    assert watch.told == []
    rewiring.prepare(load(None, [f"web.listen=127.0.0.1:{ours}", "camera.hflip=true"]).settings)()
    assert watch.told == [True]


def test_another_share_of_the_processor_leaves_the_camera_open(rewiring):
    rewiring, ours, _ = rewiring
    capture, watch = Told(), Told()
    rewiring = replace(rewiring, sites=[SimpleNamespace(capture=capture, picture=watch)], logbook=Told())
    rewiring.prepare(load(None, [f"web.listen=127.0.0.1:{ours}", "camera.cpu_share=0.3"]).settings)()
    assert capture.told == watch.told == []
    assert rewiring.current.now.camera.cpu_share == 0.3


class Disk:
    def __init__(self):
        self.prunes = 0

    def prune(self):
        self.prunes += 1


def test_less_privacy_is_followed_at_once(in_thread):
    disk = Disk()
    worker = RecorderWorker(disk)
    in_thread(worker)
    wait_until(lambda: disk.prunes == 1)
    worker.prune_soon()
    wait_until(lambda: disk.prunes == 2)


def test_what_a_camera_shows_after_a_change_is_right():
    watch = PictureWatch(lambda: None, watched=False)
    assert watch.part.state == "off"
    watch.camera_changed(watched=True)
    watch.turn()
    assert watch.part.state == "ok"
    before = watch._outlook
    watch.camera_changed(watched=True)
    watch.turn()
    assert watch._outlook is not before


def test_other_limits_of_the_camera_change_its_patience(tmp_path):
    settings = load().settings.camera
    worker = CaptureWorker(settings, SystemClock(), tmp_path, Inbox())
    before = worker.stale_after_s
    worker.change(replace(settings, open_timeout_s=settings.open_timeout_s + 10))
    assert worker.stale_after_s > before + 10
