# SPDX-License-Identifier: Apache-2.0
"""Workers fail, hang and wait; the house stands."""

import contextlib
import itertools
import socket
import sys
import threading
import time

import pytest
from support_broker import wait_until

from daemon import notify
from daemon.clock import FakeClock, SystemClock
from daemon.errors import CameraError
from daemon.notify import Notifier
from daemon.supervisor import Supervisor, _Charge
from daemon.types import State
from daemon.workers import Backoff, Pulse


class Scripted:
    """A worker that does what it is told."""

    stale_after_s = 0.3
    problem = None

    def __init__(self, name, *acts):
        self.name = name
        self.runs = 0
        self.ended = []
        self._acts = acts or (self.work,)

    def run(self, pulse):
        act = self._acts[min(self.runs, len(self._acts) - 1)]
        self.runs += 1
        act(pulse)
        self.ended.append(time.monotonic())

    @staticmethod
    def work(pulse):
        while not pulse.stopping:
            pulse.beat()
            time.sleep(0.01)

    @staticmethod
    def fail(_pulse):
        raise ValueError("a bug")

    @staticmethod
    def lose_camera(_pulse):
        raise CameraError("The camera is gone: plug it in.")

    @staticmethod
    def wait(pulse):
        while not pulse.stopping:
            pulse.wait("waits for the camera", 0.05)

    @staticmethod
    def rest(pulse):
        while not pulse.stopping:
            pulse.rest("as somebody asked", 0.05)

    @staticmethod
    def hang(_pulse):
        time.sleep(30)


@pytest.fixture
def watchdog(tmp_path, monkeypatch):
    """What systemd would hear."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield listener


@pytest.fixture
def supervise(monkeypatch):
    """Runs a supervisor over workers in a thread, at a fast pace, and ends it."""
    monkeypatch.setattr("daemon.supervisor._TURN_S", 0.02)
    monkeypatch.setattr("daemon.supervisor._BEGIN_S", 0.1)
    monkeypatch.setattr("daemon.supervisor._FIRST_WAIT_S", 0.05)
    monkeypatch.setattr("daemon.supervisor._LONGEST_WAIT_S", 0.1)
    running = []

    def start(*workers):
        supervisor = Supervisor(workers, SystemClock(), Notifier())
        thread = threading.Thread(target=supervisor.run)
        thread.start()
        running.append((supervisor, thread))
        wait_until(lambda: len(supervisor.parts()) == len(workers))
        return supervisor

    yield start
    for supervisor, thread in running:
        supervisor.stop()
        thread.join()
        supervisor.end({})


def states(supervisor):
    return {part.name: part.state for part in supervisor.parts()}


def test_a_worker_that_fails_is_started_again(supervise, caplog):
    worker = Scripted("camera", Scripted.fail, Scripted.fail, Scripted.work)
    supervisor = supervise(worker, Scripted("records"))
    wait_until(lambda: worker.runs == 3)
    wait_until(lambda: states(supervisor)["camera"] is State.OK)
    assert "a bug" in caplog.text
    assert "Traceback" in caplog.text


def test_what_the_world_does_has_a_sentence_and_no_traceback(supervise, caplog):
    worker = Scripted("camera", Scripted.lose_camera)
    supervisor = supervise(worker)
    wait_until(lambda: worker.runs >= 4)
    wait_until(lambda: states(supervisor)["camera"] is State.FAILED)
    (part,) = supervisor.parts()
    assert part.detail == "The camera is gone: plug it in."
    assert "Traceback" not in caplog.text
    assert caplog.text.count("plug it in") == 1


def test_a_worker_that_hangs_is_given_up_and_begun_anew(supervise):
    worker = Scripted("camera", Scripted.hang, Scripted.work)
    supervisor = supervise(worker)
    wait_until(lambda: worker.runs == 2)
    wait_until(lambda: states(supervisor)["camera"] is State.OK)


def test_waiting_on_purpose_is_no_hang(supervise):
    worker = Scripted("camera", Scripted.wait)
    supervisor = supervise(worker)
    time.sleep(1)
    assert worker.runs == 1
    assert states(supervisor)["camera"] is State.OK


def test_a_problem_is_shown(supervise):
    worker = Scripted("broker")
    supervisor = supervise(worker)
    worker.problem = "The broker does not answer."
    assert states(supervisor)["broker"] is State.WAITING


def test_to_rest_because_somebody_asked_for_it_is_neither_a_hang_nor_a_problem(supervise):
    worker = Scripted("camera", Scripted.rest, Scripted.work)
    supervisor = supervise(worker)
    time.sleep(1)
    assert worker.runs == 1
    (part,) = supervisor.parts()
    assert (part.state, part.detail) == (State.PAUSED, "as somebody asked")


@pytest.mark.parametrize(
    ("asked", "again"),
    [([True], True), ([False], False), ([True, False], False), ([False, True], False), ([True, True], True)],
)
def test_whoever_wants_it_to_end_for_good_has_the_last_word(asked, again):
    supervisor = Supervisor([], SystemClock(), Notifier())
    assert not supervisor.again
    for wish in asked:
        supervisor.stop(again=wish)
    supervisor.run()
    assert supervisor.again is again


def test_a_signal_ends_it_at_whatever_moment_it_comes(monkeypatch):
    """A handler runs between any two steps of the interpreter, and must not wait for what it has interrupted."""
    monkeypatch.setattr("daemon.supervisor._TURN_S", 0.001)
    for moment in range(1, 300):
        supervisor, steps = Supervisor([], SystemClock(), Notifier()), itertools.count(1)

        def interrupt(frame, _event, _arg, *, stop=supervisor.stop, steps=steps, moment=moment):
            frame.f_trace_opcodes = True
            if next(steps) == moment:
                stop()
            return interrupt

        def run(supervisor=supervisor, interrupt=interrupt):
            sys.settrace(interrupt)
            supervisor.run()

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        thread.join(10)
        assert not thread.is_alive(), moment


def test_systemd_is_fed_until_a_worker_hangs_too_often(supervise, watchdog):
    supervise(Scripted("fine"), Scripted("camera", Scripted.wait))
    assert watchdog.recv(100) == b"READY=1"
    assert {watchdog.recv(100) for _ in range(5)} <= {b"WATCHDOG=1", b"STATUS=running"}


def test_systemd_is_not_fed_when_restarts_do_not_help(supervise, watchdog):
    worker = Scripted("camera", Scripted.hang)
    supervise(worker)
    watchdog.settimeout(3.0)
    with pytest.raises(TimeoutError):
        drain(watchdog)
    assert worker.runs >= 4


@pytest.mark.parametrize(
    ("stale_s", "well_s", "for_good"), [(30, 150, False), (120, 1, True), (30, 60, True)], ids=str
)
def test_a_worker_that_hangs_for_ever_is_begun_anew_three_times(stale_s, well_s, for_good):
    """However long it had worked before: each time a thread is left behind. `for_good`: whether or not they end."""
    clock, over = FakeClock(), threading.Event()
    worker = Scripted("camera", lambda _pulse: over.wait())
    worker.stale_after_s = stale_s
    charge = _Charge(worker, clock)
    try:
        for hang in range(4):
            assert not charge.lost, hang
            for _ in range(well_s):
                clock.advance(1)
                charge.pulse.beat()
                charge.look()
            for _ in range(stale_s + 20):
                clock.advance(1)
                charge.look()
        wait_until(lambda: worker.runs == 5)
        assert charge.lost
    finally:
        over.set()
    for thread in (*charge.left_behind, charge.thread):
        thread.join()
    assert charge.lost is for_good


def test_a_systemd_that_does_not_listen_holds_nothing_up(supervise, watchdog, monkeypatch):
    monkeypatch.setattr("daemon.notify._PATIENCE_S", 0.05)
    worker = Scripted("camera", Scripted.hang, Scripted.work)
    supervise(worker)
    wait_until(lambda: worker.runs == 2)


def test_waiting_for_systemd_takes_no_processor(watchdog):
    """An unconnected socket counts as writable though systemd reads nothing: one would ask it again and again."""
    notifier = Notifier()
    with contextlib.suppress(BlockingIOError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as others:
        others.setblocking(False)
        while True:  # until nothing more fits into its queue
            others.sendto(b"READY=1", watchdog.getsockname())
    before_s = time.thread_time()
    notifier.alive()
    assert time.thread_time() - before_s < notify._PATIENCE_S / 10
    watchdog.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        drain(watchdog)
    notifier.alive()
    assert watchdog.recv(100) == b"WATCHDOG=1"


def test_that_it_is_ready_is_said_until_systemd_hears_it(watchdog, tmp_path):
    """With Type=notify it would take whod for one that never came up."""
    notifier = Notifier()
    away = (tmp_path / "notify").rename(tmp_path / "away")
    notifier.ready()
    away.rename(tmp_path / "notify")
    for _ in range(2):
        notifier.alive()
    assert [watchdog.recv(100) for _ in range(3)] == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1"]


def drain(listener):
    while True:
        listener.recv(100)


def test_the_end_comes_in_order_and_in_time(supervise):
    first, second, stuck = Scripted("a"), Scripted("b"), Scripted("c", Scripted.hang)
    supervisor = supervise(first, second, stuck)
    assert supervisor.end({"a": 1.0, "b": 1.0}) is False
    assert not stuck.ended  # it was not waited for
    assert first.ended[0] <= second.ended[0]


def test_stopping_gets_a_run_out_of_a_blocking_call():
    pulse = Pulse(SystemClock())
    called = threading.Event()
    pulse.on_stop(called.set)
    assert not pulse.stopping
    pulse.stop()
    assert pulse.stopping
    assert called.is_set()
    pulse.wait("nothing", 60)


def test_silence_is_counted_from_the_last_beat():
    clock = FakeClock()
    pulse = Pulse(clock)
    clock.advance(7)
    assert pulse.silent_s == 7
    pulse.beat()
    assert pulse.silent_s == 0


def test_back_off_doubles_to_its_bound():
    backoff = Backoff(1, 8)
    assert [backoff.next() for _ in range(6)] == [1, 2, 4, 8, 8, 8]
    backoff.reset()
    assert backoff.next() == 1


def test_without_systemd_nothing_is_sent(monkeypatch):
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    Notifier().ready()


def test_an_abstract_socket_is_understood(monkeypatch):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind("\0whod-test-notify")
        monkeypatch.setenv("NOTIFY_SOCKET", "@whod-test-notify")
        Notifier().status("fine")
        assert listener.recv(100) == b"STATUS=fine"


def test_a_socket_that_is_gone_is_said_not_raised(monkeypatch, caplog):
    monkeypatch.setenv("NOTIFY_SOCKET", "/nowhere/notify")
    Notifier().alive()
    assert "systemd cannot be told" in caplog.text


def test_a_bug_that_comes_again_is_told_once(supervise, caplog):
    worker = Scripted("camera", Scripted.fail)
    supervise(worker)
    wait_until(lambda: worker.runs >= 4)
    assert caplog.text.count("Traceback") == 1
    assert caplog.text.count("failed and is started again") == 1


def test_without_a_watchdog_whod_begins_anew_when_restarts_do_not_help(supervise, caplog):
    supervisor = supervise(Scripted("camera", Scripted.hang))
    wait_until(lambda: supervisor.again)
    assert "camera hangs" in caplog.text


def test_with_a_watchdog_that_is_left_to_systemd(supervise, watchdog, monkeypatch):
    monkeypatch.setenv("WATCHDOG_USEC", "30000000")
    worker = Scripted("camera", Scripted.hang)
    supervisor = supervise(worker)
    wait_until(lambda: worker.runs >= 6)
    assert not supervisor.again


def test_a_systemd_that_hears_nothing_is_warned_of_once_until_it_hears_again(watchdog, tmp_path, caplog):
    notifier = Notifier()
    for _ in range(2):
        watchdog.close()
        (tmp_path / "notify").unlink()
        for _ in range(5):
            notifier.alive()
        watchdog = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        watchdog.bind(str(tmp_path / "notify"))
        notifier.alive()
        assert watchdog.recv(100) == b"WATCHDOG=1"
    watchdog.close()
    assert caplog.text.count("systemd cannot be told") == 2


def test_a_sentence_of_several_lines_says_nothing_else_to_systemd(watchdog):
    Notifier().status("camera: it says\nREADY=1")
    assert watchdog.recv(100) == b"STATUS=camera: it says READY=1"
