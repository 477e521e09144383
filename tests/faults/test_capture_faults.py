# SPDX-License-Identifier: Apache-2.0
"""The worker that reads a camera, with the real supervisor, in seconds instead of minutes."""

import contextlib
import threading
import time

import pytest
from support_broker import wait_until
from support_daemon import EILEEN, play

from daemon.camera import open_camera
from daemon.camera.lifeless import Lifeless
from daemon.clock import SystemClock
from daemon.config import load
from daemon.notify import Notifier
from daemon.supervisor import Supervisor
from daemon.types import State
from daemon.workers import CaptureWorker, Inbox, Pulse, capture

READS = ("camera.fps=50", "camera.read_timeout_s=0.5")


class Booth:
    """A capture worker before a camera that does what it is told."""

    def __init__(self, folder):
        play(folder / "eileen", (EILEEN, 1))
        self.script = folder / "camera.toml"
        self.told("")
        settings = load(None, [f"camera.source=script:{self.script}", *READS]).settings.camera
        self.inbox = Inbox()
        self.worker = CaptureWorker(settings, SystemClock(), folder, self.inbox)

    def told(self, what):
        fault = f'[[fault]]\nwhat = "{what}"\n' if what else ""
        new = self.script.with_suffix(".new")
        new.write_text(f'source = "folder:eileen"\n{fault}')
        new.replace(self.script)

    @contextlib.contextmanager
    def supervised(self):
        supervisor = Supervisor([self.worker], SystemClock(), Notifier())
        thread = threading.Thread(target=supervisor.run)
        thread.start()
        try:
            yield supervisor
        finally:
            self.told("")
            supervisor.stop()
            thread.join()
            assert supervisor.end({"camera": 5})

    def frame(self):
        return wait_until(lambda: self.inbox.take(0.1), "a frame")


@pytest.fixture
def booth(tmp_path):
    return Booth(tmp_path)


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr("daemon.supervisor._TURN_S", 0.02)
    monkeypatch.setattr("daemon.supervisor._FIRST_WAIT_S", 0.05)
    monkeypatch.setattr("daemon.supervisor._LONGEST_WAIT_S", 0.1)
    monkeypatch.setattr("daemon.supervisor._HANGS_FORGIVEN", 1000)
    monkeypatch.setattr("daemon.workers.capture._LATE_S", 0.2)
    monkeypatch.setattr("daemon.workers.capture._SLACK_S", 0.2)
    monkeypatch.setattr("daemon.camera.faulty.FaultySource.frozen_after_s", 0.4)


def state(supervisor):
    return supervisor.parts()[0].state if supervisor.parts() else None


def test_a_read_that_blocks_is_told_before_it_is_given_up(booth, quick):
    with booth.supervised() as supervisor:
        booth.frame()
        booth.told("block")
        wait_until(lambda: state(supervisor) is State.WAITING, "to be told")
        assert supervisor.parts()[0].detail.endswith("gives no picture.")
        wait_until(lambda: state(supervisor) is State.FAILED, "to be given up")
        booth.told("")
        wait_until(lambda: state(supervisor) is State.OK, "frames")
        wait_until(lambda: sum(t.name == "camera" for t in threading.enumerate()) == 1, "the runs that hung to end")
        numbers = [booth.frame().seq for _ in range(20)]
        assert numbers == sorted(set(numbers))


def test_a_run_that_was_given_up_delivers_nothing_when_it_comes_back(booth):
    pulse = Pulse(SystemClock())
    thread = threading.Thread(target=booth.worker.run, args=(pulse,))
    thread.start()
    booth.frame()
    booth.told("block")
    wait_until(lambda: booth.inbox.take(0.3) is None, "no frame")
    pulse.give_up()
    booth.told("")
    thread.join(10)
    assert not thread.is_alive()
    assert booth.inbox.take(0) is None
    assert booth.worker.problem is None


@pytest.mark.parametrize("what", ["frozen", "black"])
def test_a_picture_that_stands_still_is_told_until_it_does_not_and_is_not_looked_at(booth, quick, what):
    with booth.supervised() as supervisor:
        booth.frame()
        booth.told(what)
        wait_until(lambda: state(supervisor) is State.WAITING, "to be told")
        assert "the same picture again and again" in supervisor.parts()[0].detail
        wait_until(lambda: booth.inbox.take(0.3) is None, "no frame")
        for _ in range(10):  # the camera is opened anew meanwhile
            assert booth.inbox.take(0.1) is None
            assert state(supervisor) is State.WAITING
        booth.told("")
        booth.frame()
        wait_until(lambda: state(supervisor) is State.OK, "to be well")


def test_a_camera_that_makes_the_night_one_colour_is_opened_once_more_and_then_watched(
    tmp_path, quick, caplog, monkeypatch
):
    monkeypatch.setattr("daemon.camera.lifeless._FIRST_WAIT_S", 3600)
    booth, opened, seen = Booth(tmp_path), [], []
    see = Lifeless.see
    monkeypatch.setattr(capture, "open_camera", lambda *given: opened.append(open_camera(*given)) or opened[-1])
    monkeypatch.setattr(Lifeless, "see", lambda lifeless, frame: seen.append(frame) or see(lifeless, frame))
    caplog.set_level("INFO")
    with booth.supervised() as supervisor:
        booth.frame()
        for _ in range(3):  # the lamps of a car, now and then
            booth.told("black")
            wait_until(lambda: state(supervisor) is State.WAITING, "to be told")
            assert "it may just be dark" in supervisor.parts()[0].detail
            frames = len(seen)
            wait_until(lambda frames=frames: len(seen) > frames + 100, "the camera to be read on")
            assert len(opened) == 2
            booth.told("")
            wait_until(lambda: state(supervisor) is State.OK, "to be well")
            booth.frame()
    assert [record.levelname for record in caplog.records if record.name == capture.__name__] == [
        *["INFO", "WARNING", "INFO"]  # it is open, shows nothing, gives frames
    ]


def test_a_bug_of_a_library_ends_the_run_and_not_the_camera(booth, quick, caplog):
    caplog.set_level("INFO")
    with booth.supervised() as supervisor:
        booth.frame()
        booth.told("crash")
        wait_until(lambda: state(supervisor) is State.FAILED, "to be told")
        until_s = time.monotonic() + 1
        while time.monotonic() < until_s:  # it is begun anew some ten times
            assert state(supervisor) is not State.OK
        booth.told("")
        wait_until(lambda: booth.inbox.take(0.1), "a frame")
        wait_until(lambda: state(supervisor) is State.OK, "to be well")
    assert caplog.text.count("Traceback") == 1
    assert caplog.text.count("The camera gives frames") == 1
