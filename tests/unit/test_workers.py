# SPDX-License-Identifier: Apache-2.0
"""The loops, each by itself."""

import threading
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from support_broker import wait_until
from support_visits import around, event, face
from support_workers import running

from daemon.clock import FakeClock, SystemClock
from daemon.config import load
from daemon.errors import ModelRefused, StorageCorrupt, StorageError, WorldError
from daemon.notify import Notifier
from daemon.pipeline import Result
from daemon.supervisor import Supervisor
from daemon.types import Best, Frame, InView, Outcome, Person, Sighting, State
from daemon.vision import models_folder
from daemon.workers import CaptureWorker, Inbox, InferenceWorker, Pulse, RecorderWorker, ServerWorker

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def frame(seq):
    return Frame(np.zeros((4, 4, 3), np.uint8), seq, 0.0, NOW)


def sighting(number):
    best = Best(0.7, 0.3, 0.9)
    return Sighting(str(number), "main", None, Outcome.UNKNOWN, NOW, NOW, 3, best, clock_synced=True, simulated=False)


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
        self.checks = 0
        self.damaged = False
        self.view = InView()

    def canary(self, _vision):
        return self.check

    def check(self):
        self.checks += 1
        if self.damaged:
            raise ModelRefused("The models no longer see what they should.")

    def analyse(self, pixels):
        if self.broken:
            raise ZeroDivisionError
        return [pixels.shape]

    def process(self, seen, *, clock_synced):
        return Result(faces=(seen.seq,))

    def pause(self, now_s, *, clock_synced):
        return Result(view=self.view)

    def finish(self, *, clock_synced):
        return Result(sightings=("the last",))


def test_frames_and_photos_are_looked_at_and_the_end_is_told(in_thread):
    inbox, told = Inbox(), []
    chain = Chain()
    worker = InferenceWorker(
        inbox, SystemClock(), lambda: (chain, [chain]), lambda _, result: told.append(result), chain.canary
    )
    pulse, thread = in_thread(worker)
    inbox.put(frame(3))
    assert worker.analyse(np.zeros((2, 5, 3), np.uint8)) == [(2, 5, 3)]
    wait_until(lambda: any(r.faces == (3,) for r in told))
    pulse.stop()
    thread.join(5)
    assert told[-1].sightings == ("the last",)


def test_a_photo_that_breaks_the_chain_is_told_to_its_sender_and_stops_nothing(in_thread):
    inbox, chain, told = Inbox(), Chain(broken=True), []
    worker = InferenceWorker(
        inbox, SystemClock(), lambda: (chain, [chain]), lambda _, result: told.append(result), chain.canary
    )
    in_thread(worker)
    with pytest.raises(ZeroDivisionError):
        worker.analyse(np.zeros((2, 5, 3), np.uint8))
    inbox.put(frame(4))
    wait_until(lambda: any(r.faces == (4,) for r in told))


def test_a_run_that_was_given_up_says_nothing_more():
    inbox, told = Inbox(), []
    answer = inbox.ask(np.zeros((1, 1, 3), np.uint8))
    chain = Chain()
    worker = InferenceWorker(inbox, SystemClock(), lambda: (chain, [chain]), lambda *_: told.append(1), chain.canary)
    pulse = Pulse(SystemClock())
    pulse.give_up()
    worker.run(pulse)
    assert told == []
    assert not answer.done()


class TestCanary:
    """The golden picture, day by day."""

    @pytest.fixture
    def chain(self):
        return Chain()

    @pytest.fixture
    def day(self, chain, monkeypatch):
        """Goes on by so many hours, and a turn or two of the worker."""
        monkeypatch.setattr("daemon.workers.inference._TURN_S", 0.001)
        clock, turns, told = FakeClock(), threading.Semaphore(0), []

        def tell(_frame, result):
            told.append(result)
            turns.release()

        worker = InferenceWorker(Inbox(), clock, lambda: (chain, [chain]), tell, chain.canary)
        failed = []

        def run(pulse):
            try:
                worker.run(pulse)
            except ModelRefused as error:
                failed.append(str(error))

        def go_on(hours):
            clock.advance(3600 * hours)
            for _ in range(3):
                turns.acquire(timeout=1)

        pulse = Pulse(clock)
        thread = threading.Thread(target=run, args=(pulse,))
        thread.start()
        go_on.failed, go_on.told = failed, told
        yield go_on
        pulse.stop()
        thread.join(5)
        assert not thread.is_alive()

    def test_the_models_are_looked_at_once_a_day(self, chain, day):
        day(23)
        assert chain.checks == 0
        day(1.1)
        assert chain.checks == 1
        day(23)
        assert chain.checks == 1
        day(1)
        assert chain.checks == 2

    def test_not_while_somebody_is_there_but_they_do_not_stop_it_for_ever(self, chain, day):
        chain.view = InView(frozenset({Person("a", "Alice")}))
        day(24.5)
        assert chain.checks == 0
        day(1)
        assert chain.checks == 1

    def test_damaged_models_name_nobody_and_the_visits_end(self, chain, day):
        chain.damaged = True
        day(24.1)
        wait_until(lambda: day.failed)
        assert day.failed == ["The models no longer see what they should."]
        assert day.told[-1].sightings == ("the last",)


def test_damaged_models_are_told_and_loaded_anew(monkeypatch):
    """With the supervisor: identification fails with the sentence, and is well again once what is loaded is."""
    monkeypatch.setattr("daemon.supervisor._TURN_S", 0.01)
    monkeypatch.setattr("daemon.supervisor._FIRST_WAIT_S", 0.2)
    monkeypatch.setattr("daemon.workers.inference._TURN_S", 0.01)
    clock, chain, loads = FakeClock(), Chain(), []

    def begin():
        loads.append(1)
        chain.damaged = False
        return chain, [chain]

    worker = InferenceWorker(Inbox(), clock, begin, lambda *_: None, chain.canary)
    supervisor = Supervisor([worker], SystemClock(), Notifier())
    thread = threading.Thread(target=supervisor.run)
    thread.start()
    wait_until(lambda: loads and supervisor.parts())
    chain.damaged = True
    clock.advance(24 * 3600)
    wait_until(lambda: supervisor.parts()[0].state is State.FAILED)
    assert supervisor.parts()[0].detail == "The models no longer see what they should."
    wait_until(lambda: supervisor.parts()[0].state is State.OK)
    assert len(loads) == 2
    supervisor.stop()
    thread.join(5)
    supervisor.end({})


class Disk:
    """Takes visits, or does not."""

    def __init__(self):
        self.full = self.damaged = self.pruned = self.locked = False
        self.prunes = 0
        self.kept = []
        self.whole = []

    def record(self, visit):
        if self.damaged:
            raise StorageCorrupt("The file is damaged.")
        if self.full:
            raise StorageError("The disk is full: free some space.")
        self.kept.append(visit.sighting_id)
        self.whole.append(visit.face is not None)

    def decide(self, event):
        if self.full:
            raise StorageError("The disk is full: free some space.")
        self.kept.append(event.event_id)

    def prune(self):
        self.prunes += 1
        if self.locked:
            raise StorageError("The file is locked.")
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


def test_decisions_are_kept_in_order_with_the_visits(in_thread):
    disk = Disk()
    disk.full = True
    worker = RecorderWorker(disk)
    in_thread(worker)
    for number in range(3):
        worker.add(event(event_id=f"e{number}"))
        worker.add(sighting(number))
    wait_until(lambda: worker.problem)
    disk.full = False
    wait_until(lambda: disk.kept == ["e0", "0", "e1", "1", "e2", "2"])


def test_while_the_disk_takes_nothing_visits_wait_and_faces_do_not(in_thread):
    disk = Disk()
    worker = RecorderWorker(disk)
    for number in range(300):
        worker.add(event(event_id=f"e{number}"))
        worker.add(replace(sighting(number), face=face([around(0)])))
    in_thread(worker)
    wait_until(lambda: len(disk.whole) == 300)
    assert [kept for kept in disk.kept if not kept.startswith("e")] == [str(number) for number in range(300)]
    assert sum(disk.whole) == sum(kept.startswith("e") for kept in disk.kept) == 100


def test_a_damaged_history_is_begun_anew(in_thread):
    disk = Disk()
    disk.damaged = True
    worker = RecorderWorker(disk)
    worker.add(sighting(1))
    in_thread(worker)
    wait_until(lambda: disk.kept == ["1"])
    assert disk.pruned


def test_old_history_that_stays_holds_no_record_up_and_is_tried_again_later(in_thread, monkeypatch, caplog):
    monkeypatch.setattr("daemon.workers.recorder._PRUNE_AGAIN", 30)
    monkeypatch.setattr("daemon.workers.recorder._TURN_S", 0.001)
    disk = Disk()
    disk.locked = True
    worker = RecorderWorker(disk)
    in_thread(worker)
    for number in range(10):
        worker.add(sighting(number))
    wait_until(lambda: len(disk.kept) == 10)
    wait_until(lambda: disk.prunes == 3)
    assert worker.problem == "Visits and faces are kept for too long: The file is locked."
    assert caplog.text.count("kept for too long") == 1
    disk.locked = False
    wait_until(lambda: worker.problem is None)
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


def test_a_full_disk_does_not_hold_up_the_end(in_thread):
    disk = Disk()
    disk.full = True
    worker = RecorderWorker(disk)
    worker.add(sighting(1))
    pulse, thread = in_thread(worker)
    wait_until(lambda: worker.problem or pulse.waiting_for)
    pulse.stop()
    thread.join(10)
    assert not thread.is_alive()
    assert disk.kept == []


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
    with running(worker):
        assert server.open.wait(5)
