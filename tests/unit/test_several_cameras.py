# SPDX-License-Identifier: Apache-2.0
"""Several cameras: each has its turn, its visits and its picture; one thread looks, and the household is one."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support_broker import wait_until
from support_workers import running

from daemon.clock import FakeClock, SystemClock
from daemon.config import Current, load
from daemon.errors import FaceCountError, NoSuchCamera
from daemon.monitor import Monitor
from daemon.pipeline import Result
from daemon.site import Site
from daemon.speaker import Speaker
from daemon.types import Box, Frame, InView, LiveFace, PartHealth, Person, State
from daemon.workers import Inbox, InferenceWorker

NOW = datetime(2026, 11, 21, tzinfo=UTC)
ALICE, BOB = Person("a", "Alice"), Person("b", "Bob")
FACE = LiveFace(Box(0.1, 0.1, 0.2, 0.2), "Alice", "identified", 0.8, 0.9, "a")
SMALL = LiveFace(Box(0.1, 0.1, 0.1, 0.1), "Bob", "identified", 0.8, 0.9, "b")


def frame(place, seq=0, at_s=0.0, bright=0):
    return Frame(np.full((48, 64, 3), bright, np.uint8), seq, at_s, NOW, place=place)


class TestTurns:
    def test_a_fast_camera_takes_no_turn_of_a_slow_one(self):
        inbox = Inbox()
        inbox.put(frame(0, 0))
        inbox.put(frame(1, 0))
        for seq in (1, 2, 3):
            inbox.put(frame(0, seq))
        assert [(found.place, found.seq) for found in (inbox.take(0), inbox.take(0))] == [(0, 3), (1, 0)]
        assert inbox.take(0) is None
        assert inbox.frames_dropped == 3

    @given(st.lists(st.sampled_from([0, 1, 2, "take"]), max_size=60))
    def test_none_waits_for_more_than_one_frame_of_each_other(self, deeds):
        inbox, waited = Inbox(), {}
        for deed in deeds:
            if deed == "take":
                found = inbox.take(0)
                taken = waited.pop(found.place) if found else 0
                assert taken <= 2
                waited = {place: turns + 1 for place, turns in waited.items()}
            else:
                inbox.put(frame(deed))
                waited.setdefault(deed, 0)

    def test_a_photo_waits_for_one_frame_at_most(self):
        inbox = Inbox()
        inbox.ask(np.zeros((1, 1, 3), np.uint8))
        inbox.put(frame(0))
        inbox.put(frame(1))
        assert [type(inbox.take(0)).__name__ for _ in range(3)] == ["Frame", "Task", "Frame"]


class Line:
    """A pipeline that notes what it is given."""

    def __init__(self, place):
        self.place = place
        self.looked_at = []
        self.paused = threading.Event()
        self.finished = False

    def process(self, seen, *, clock_synced):
        self.looked_at.append(seen.seq)
        return Result(place=self.place)

    def pause(self, now_s, *, clock_synced):
        self.paused.set()
        return Result(place=self.place, sightings=("ended",))

    def finish(self, *, clock_synced):
        self.finished = True
        return Result(place=self.place)


def test_each_pipeline_gets_its_own_frames_and_ends_its_visits_while_another_camera_goes_on():
    inbox, lines, told = Inbox(), [Line(0), Line(1)], []
    worker = InferenceWorker(
        inbox, SystemClock(), lambda: (None, lines), lambda seen, result: told.append((seen, result)), lambda _: list
    )
    with running(worker):
        inbox.put(frame(1, 7))
        wait_until(lambda: lines[1].looked_at == [7])
        lines[1].paused.clear()
        until = threading.Event()
        seq = 0
        while not lines[1].paused.is_set() and seq < 1000:  # the first gives frames all the time, the second none
            inbox.put(frame(0, seq))
            seq += 1
            until.wait(0.02)
        assert lines[1].paused.is_set()
        assert lines[1].looked_at == [7]
        assert lines[0].looked_at == sorted(lines[0].looked_at)
    assert all(line.finished for line in lines)
    assert {result.place for seen, result in told if seen is None} >= {1}


class Part:
    """Capture, inbox and gallery, as far as the monitor asks."""

    frames_dropped = person_count = sample_count = 0

    def __init__(self, name=""):
        self.name = name
        self.source = f"folder {name}"


class House:
    """A monitor of two cameras."""

    def __init__(self, folder, file):
        file.write_text('[cameras.garden]\nsource = "demo"\n', encoding="utf-8")
        self.clock = FakeClock()
        self.settings = Current(load(file).settings)
        self.sites = [
            Site(place, Part(name), self.clock, self.settings)
            for place, name in enumerate(("camera", "camera garden"))
        ]
        self.monitor = Monitor(Part(), self.sites, Part(), self.clock, "door", folder=folder, settings=self.settings)

    def see(self, place, *faces, bright=0, seq=0):
        self.monitor.saw(frame(place, seq, self.clock.monotonic(), bright), Result(place=place, faces=faces))


@pytest.fixture
def house(tmp_path):
    return House(tmp_path, tmp_path / "whod.toml")


def test_each_has_its_newest_picture_by_its_name(house):
    house.see(0, seq=3)
    assert (house.monitor.newest().seq, house.monitor.newest("main").seq) == (3, 3)
    assert house.monitor.newest("garden") is None
    house.see(1, seq=9, bright=200)
    assert house.monitor.newest("garden").seq == 9
    assert house.monitor.live("garden").jpeg != house.monitor.live().jpeg
    with pytest.raises(NoSuchCamera, match=r"There is no camera attic; there are: main, garden\."):
        house.monitor.live("attic")


def test_a_camera_that_is_lost_says_of_nobody_that_they_are_there(house):
    house.see(1, FACE)
    assert [face.name for face in house.monitor.live("garden").faces] == ["Alice"]
    house.clock.advance(10.2)
    last = house.monitor.live("garden")
    assert (last.faces, last.jpeg[:2]) == ((), b"\xff\xd8")


def test_a_slow_camera_is_not_lost_between_two_frames(house, tmp_path):
    house.settings.now = load(tmp_path / "whod.toml", ["camera.fps=0.1"]).settings
    house.see(1, FACE)
    house.clock.advance(12)
    assert house.monitor.live("garden").faces == (FACE,)
    house.see(1)
    house.clock.advance(12)
    assert house.sites[1].status(()).fps > 0


def test_the_status_tells_of_each(house):
    for seq in range(20):
        house.clock.advance(0.1)
        house.see(0, seq=seq)
        if seq % 2:
            house.see(1, seq=seq)
    parts = (PartHealth("camera", State.OK), PartHealth("camera garden", State.WAITING, "it is unplugged"))
    house.monitor.watch((), lambda: parts)
    told = house.monitor.status().as_json()
    assert told["camera"] == told["cameras"]["main"] == {"state": "ok", "source": "folder camera", "fps": 10.0}
    assert told["cameras"]["garden"] == {"state": "waiting", "source": "folder camera garden", "fps": 5.0}
    assert told["frames"] == 30
    assert told["problem"] == "camera garden: it is unplugged"


def test_a_camera_that_gets_another_name_is_found_by_that(house):
    house.see(0)
    house.settings.now = load(None, ["camera.name=front"]).settings
    assert house.sites[0].status(()).name == "front"


def test_the_largest_face_of_all_is_shown_and_who_is_alone_is_enrolled(house):
    house.see(0)
    house.see(1, SMALL, seq=5)
    assert house.monitor.snapshot_now().person_id == "b"
    assert house.monitor.attended().seq == 5
    house.see(0, FACE, seq=6)
    assert house.monitor.snapshot_now().person_id == "a"
    with pytest.raises(FaceCountError, match="Faces are in view at main and garden"):
        house.monitor.attended()
    house.clock.advance(3)
    assert house.monitor.attended().place == 0


def test_who_is_before_several_cameras_is_there_once():
    views = InView(frozenset([ALICE]), strangers=1), InView(frozenset([ALICE, BOB]), strangers=2), InView()
    assert InView.of(views) == InView(frozenset([ALICE, BOB]), strangers=3)
    assert InView.of([]) == InView()


def test_who_is_renamed_is_nobody_else_until_the_last_camera_knows():
    renamed = Person("a", "Alicia")
    assert len(InView.of([InView(frozenset([renamed])), InView(frozenset([ALICE]))]).people) == 1


def test_a_camera_that_nobody_is_at_does_not_end_the_presence_of_those_at_another():
    told = []

    class Publisher:
        def set_view(self, view):
            told.append(view)

    speaker = Speaker(Current(load().settings), None, None, FakeClock(), boot_id="", on_command=lambda _: None)
    speaker._publisher = Publisher()
    alice = InView(frozenset([ALICE]))
    for place, view in ((0, alice), (1, InView()), (1, alice), (0, InView()), (1, InView())):
        speaker.tell(Result(place=place, view=view))
    assert told == [alice, InView()]
