# SPDX-License-Identifier: Apache-2.0
"""The loops, each by itself."""

import threading
import time
from datetime import UTC, datetime

import numpy as np
import pytest
from support_broker import wait_until

from daemon.clock import SystemClock
from daemon.config import load
from daemon.errors import StorageCorrupt, StorageError, WorldError
from daemon.pipeline import Result
from daemon.types import Best, Frame, Outcome, Sighting
from daemon.vision import models_folder
from daemon.workers import CaptureWorker, Inbox, InferenceWorker, Pulse, RecorderWorker, ServerWorker

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def frame(seq):
    return Frame(np.zeros((4, 4, 3), np.uint8), seq, 0.0, NOW)


def sighting(number):
    best = Best(0.7, 0.3, 0.9)
    return Sighting(str(number), "main", None, Outcome.UNKNOWN, NOW, NOW, 3, best, clock_synced=True, simulated=False)


@pytest.fixture
def in_thread():
    """Runs a worker until the test ends."""
    running = []

    def start(worker):
        pulse = Pulse(SystemClock())
        thread = threading.Thread(target=worker.run, args=(pulse,))
        thread.start()
        running.append((pulse, thread))
        return pulse, thread

    yield start
    for pulse, thread in running:
        pulse.stop()
        thread.join(10)
        assert not thread.is_alive()


class TestInbox:
    def test_the_newest_frame_wins(self):
        inbox = Inbox()
        for seq in range(5):
            inbox.put(frame(seq))
        assert inbox.take(0).seq == 4
        assert inbox.frames_dropped == 4
        assert inbox.take(0) is None

    def test_frames_first_and_one_photo_between_two(self):
        inbox = Inbox()
        for _ in range(2):
            inbox.ask(np.zeros((1, 1, 3), np.uint8))
        kinds = []
        for seq in range(3):
            inbox.put(frame(seq))
            kinds.append(type(inbox.take(0)).__name__)
            kinds.append(type(inbox.take(0)).__name__)
        assert kinds == ["Frame", "Task", "Frame", "Task", "Frame", "NoneType"]

    def test_photos_go_on_without_a_camera(self):
        inbox = Inbox()
        for _ in range(3):
            inbox.ask(np.zeros((1, 1, 3), np.uint8))
        assert all(inbox.take(0) is not None for _ in range(3))

    def test_too_many_photos_are_refused(self):
        inbox = Inbox()
        for _ in range(16):
            inbox.ask(np.zeros((1, 1, 3), np.uint8))
        with pytest.raises(WorldError, match="busy"):
            inbox.ask(np.zeros((1, 1, 3), np.uint8))

    def test_who_waits_is_woken(self):
        inbox = Inbox()
        threading.Timer(0.1, inbox.put, [frame(7)]).start()
        assert inbox.take(5).seq == 7

    def test_photos_that_nobody_waits_for_make_room(self):
        inbox = Inbox()
        answers = [inbox.ask(np.zeros((1, 1, 3), np.uint8)) for _ in range(16)]
        for answer in answers:
            answer.cancel()
        assert not inbox.ask(np.zeros((1, 1, 3), np.uint8)).done()
        answers[0].cancel()
        inbox.refuse_all()

    def test_nobody_waits_for_ever_for_an_answer(self):
        inbox = Inbox()
        answer = inbox.ask(np.zeros((1, 1, 3), np.uint8))
        inbox.refuse_all()
        with pytest.raises(WorldError, match="stopping"):
            answer.result(0)


class Chain:
    """A vision and a pipeline in one."""

    def __init__(self, broken=False):
        self.broken = broken

    def analyse(self, pixels):
        if self.broken:
            raise ZeroDivisionError
        return [pixels.shape]

    def process(self, seen, *, clock_synced):
        return Result(faces=(seen.seq,))

    def pause(self, now_s, *, clock_synced):
        return Result()

    def finish(self, *, clock_synced):
        return Result(sightings=("the last",))


def test_frames_and_photos_are_looked_at_and_the_end_is_told(in_thread):
    inbox, told = Inbox(), []
    chain = Chain()
    worker = InferenceWorker(inbox, SystemClock(), lambda: (chain, chain), lambda _, result: told.append(result))
    pulse, thread = in_thread(worker)
    inbox.put(frame(3))
    assert worker.analyse(np.zeros((2, 5, 3), np.uint8)) == [(2, 5, 3)]
    wait_until(lambda: any(r.faces == (3,) for r in told))
    pulse.stop()
    thread.join(5)
    assert told[-1].sightings == ("the last",)


def test_a_photo_that_breaks_the_chain_is_told_to_its_sender_and_stops_nothing(in_thread):
    inbox, chain, told = Inbox(), Chain(broken=True), []
    worker = InferenceWorker(inbox, SystemClock(), lambda: (chain, chain), lambda _, result: told.append(result))
    in_thread(worker)
    with pytest.raises(ZeroDivisionError):
        worker.analyse(np.zeros((2, 5, 3), np.uint8))
    inbox.put(frame(4))
    wait_until(lambda: any(r.faces == (4,) for r in told))


def test_a_run_that_was_given_up_says_nothing_more():
    inbox, told = Inbox(), []
    answer = inbox.ask(np.zeros((1, 1, 3), np.uint8))
    worker = InferenceWorker(inbox, SystemClock(), lambda: (Chain(), Chain()), lambda *_: told.append(1))
    pulse = Pulse(SystemClock())
    pulse.give_up()
    worker.run(pulse)
    assert told == []
    assert not answer.done()


class Disk:
    """Takes visits, or does not."""

    def __init__(self):
        self.full = self.damaged = self.pruned = False
        self.kept = []

    def record(self, visit):
        if self.damaged:
            raise StorageCorrupt("The file is damaged.")
        if self.full:
            raise StorageError("The disk is full: free some space.")
        self.kept.append(visit.sighting_id)

    def prune(self):
        self.pruned = True

    def begin_anew(self):
        self.damaged = False


def test_visits_are_kept_in_order_until_the_disk_takes_them(in_thread):
    disk = Disk()
    worker = RecorderWorker(disk)
    disk.full = True
    in_thread(worker)
    for number in range(5):
        worker.add(sighting(number))
    wait_until(lambda: worker.problem)
    assert "full" in worker.problem
    disk.full = False
    wait_until(lambda: disk.kept == ["0", "1", "2", "3", "4"])
    wait_until(lambda: worker.problem is None)


def test_a_damaged_history_is_begun_anew(in_thread):
    disk = Disk()
    disk.damaged = True
    worker = RecorderWorker(disk)
    worker.add(sighting(1))
    in_thread(worker)
    wait_until(lambda: disk.kept == ["1"])
    assert disk.pruned


def test_what_was_left_at_the_end_is_still_written(in_thread):
    disk = Disk()
    worker = RecorderWorker(disk)
    pulse, thread = in_thread(worker)
    pulse.stop()
    for number in range(20):
        worker.add(sighting(number))
    worker.run(pulse)
    thread.join(5)
    assert sorted(disk.kept, key=int) == [str(n) for n in range(20)]


def test_a_full_disk_does_not_hold_up_the_end():
    disk = Disk()
    disk.full = True
    worker = RecorderWorker(disk)
    worker.add(sighting(1))
    pulse = Pulse(SystemClock())
    pulse.stop()
    began = time.monotonic()
    worker.run(pulse)
    assert time.monotonic() - began < 2


def test_a_camera_that_comes_back_is_taken_again(in_thread, tmp_path):
    settings = load(None, [f"camera.source=folder:{tmp_path / 'pictures'}", "camera.fps=50"]).settings.camera
    inbox = Inbox()
    worker = CaptureWorker(settings, SystemClock(), tmp_path, inbox)
    pulse, _ = in_thread(worker)
    wait_until(lambda: worker.problem)
    assert pulse.waiting_for
    (tmp_path / "pictures").mkdir()
    golden = models_folder() / "golden.png"
    for number in range(100):
        (tmp_path / "pictures" / f"{number:03}.png").symlink_to(golden)
    assert wait_until(lambda: inbox.take(0.1)).pixels.shape == (240, 240, 3)
    wait_until(lambda: worker.problem is None)
    wait_until(lambda: pulse.waiting_for == "the recording has ended")


def test_a_server_is_closed_when_it_must_stop():
    class Server:
        def __init__(self):
            self.open = threading.Event()
            self.closed = threading.Event()

        def run(self):
            self.open.set()
            assert self.closed.wait(5)

        def close(self):
            self.closed.set()

    server = Server()
    worker = ServerWorker("page", lambda: server)
    pulse = Pulse(SystemClock())
    thread = threading.Thread(target=worker.run, args=(pulse,))
    thread.start()
    assert server.open.wait(5)
    pulse.stop()
    thread.join(5)
    assert not thread.is_alive()
