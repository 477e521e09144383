# SPDX-License-Identifier: Apache-2.0
"""What `whod try` chooses, and what it prints; the daemon itself is a stand-in here."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner
from support_broker import MOSQUITTO, free_port, wait_until
from support_people import explained

from daemon.access import ADMIN_DB, Access
from daemon.cli import whod
from daemon.cli.narrator import Narrator, describe
from daemon.cli.private_broker import private_broker
from daemon.clock import SystemClock
from daemon.errors import BrokerError, CameraError
from daemon.storage import StateFolder
from daemon.types import Box, DecisionEvent, EventType, Person, Visitor

needs_mosquitto = pytest.mark.skipif(MOSQUITTO is None, reason="mosquitto is not installed: apt install mosquitto")


def event(kind=EventType.UNKNOWN, name=None, *, simulated=True):
    return DecisionEvent(
        event_type=kind,
        event_id="e",
        sighting_id="s",
        camera="main",
        simulated=simulated,
        person=Person("p", name) if name else None,
        similarity=0.71,
        margin=0.2,
        votes=(3, 3),
        quality=0.9,
        box=Box(0, 0, 1, 1),
        captured_at=datetime(2026, 11, 21, 19, 30, 2, tzinfo=UTC),
        captured_monotonic_s=0.0,
        why=explained(),
    )


class Door:
    """Stands in for the daemon: keeps what it was run with, and tells of `events`."""

    def __init__(self, *events, code=0):
        self.events, self.code = events, code
        self.settings = self.state_dir = self.broker_listened = None

    def __call__(self, loaded, state_dir, on_event=None):
        settings = loaded.settings
        self.settings, self.state_dir = settings, state_dir
        self.broker_listened = settings.mqtt.host and listens(settings.mqtt.port)
        for told in self.events:
            on_event(told)
        return self.code


class Webcam:
    description, simulated = "webcam", False

    def __init__(self, *, dark=False):
        self.dark, self.closed = dark, False

    def read(self):
        if self.dark:
            raise CameraError("no frame came")

    def close(self):
        self.closed = True


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def no_camera(monkeypatch):
    def refuse(*_):
        raise CameraError("No camera found.")

    monkeypatch.setattr("daemon.camera.open_camera", refuse)


@pytest.fixture
def no_mosquitto(monkeypatch):
    monkeypatch.setattr("daemon.cli.try_.find_mosquitto", lambda: None)


@pytest.fixture
def play(tmp_path, no_camera, no_mosquitto):
    def play(door, *settings):
        overrides = [word for setting in settings for word in ("--set", setting)]
        state = ["--state-dir", str(tmp_path / "state")]
        return CliRunner().invoke(whod, [*state, *overrides, "try"], obj=door)

    return play


def test_without_a_camera_it_plays_the_demo(play):
    door = Door()
    done = play(door)
    assert done.exit_code == 0
    assert door.settings.camera.source == "demo"
    assert "camera     No camera found.\n             So this is a demo: three visitors, simulated." in done.output


def test_a_camera_that_gives_a_picture_is_taken_and_given_back_first(play, monkeypatch):
    webcam, door = Webcam(), Door()
    monkeypatch.setattr("daemon.camera.open_camera", lambda *_: webcam)
    assert "camera     webcam\n" in play(door).output
    assert door.settings.camera.source == "auto"
    assert webcam.closed


def test_a_camera_that_gives_none_is_not(play, monkeypatch):
    webcam, door = Webcam(dark=True), Door()
    monkeypatch.setattr("daemon.camera.open_camera", lambda *_: webcam)
    play(door)
    assert door.settings.camera.source == "demo"
    assert webcam.closed


def test_the_camera_of_the_settings_is_the_camera(play):
    door = Door()
    done = play(door, "camera.source=rtsp://me:secret@cam/1")
    assert door.settings.camera.source == "rtsp://me:secret@cam/1"
    assert "rtsp://cam/1" in done.output
    assert "secret" not in done.output


def test_without_a_broker_it_says_how_to_get_one(play):
    door = Door()
    assert "sudo apt install mosquitto mosquitto-clients" in play(door).output
    assert door.settings.mqtt.host == ""


def test_the_broker_of_the_settings_is_the_broker(play):
    door = Door()
    done = play(door, "mqtt.host=broker.lan", "mqtt.port=1884", "mqtt.base=home", "mqtt.username=door")
    assert (door.settings.mqtt.host, door.settings.mqtt.port) == ("broker.lan", 1884)
    assert "mosquitto_sub -h broker.lan -p 1884 -u door -P PASSWORD -t 'home/#' -v" in done.output


@needs_mosquitto
@pytest.mark.mqtt
def test_else_it_has_one_of_its_own_until_it_ends(play, monkeypatch):
    monkeypatch.setattr("daemon.cli.try_.find_mosquitto", lambda: MOSQUITTO)
    door = Door()
    done = play(door)
    port = door.settings.mqtt.port
    assert door.broker_listened
    assert f"mosquitto_sub -h 127.0.0.1 -p {port} -t 'whod/#' -v" in done.output
    assert not listens(port)


def test_a_broker_that_does_not_start_is_done_without(play, monkeypatch):
    monkeypatch.setattr("daemon.cli.try_.find_mosquitto", lambda: "/bin/false")
    door = Door()
    assert "no broker: mosquitto was started and does not answer." in play(door).output
    assert door.settings.mqtt.host == ""


def test_a_page_whose_port_is_taken_goes_to_another(play):
    door = Door()
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        done = play(door, f"web.listen=127.0.0.1:{taken}")
    host, _, port = door.settings.web.listen.rpartition(":")
    assert host == "127.0.0.1"
    assert int(port) != taken
    assert f"http://127.0.0.1:{port}/" in done.output


@pytest.mark.parametrize(("host", "line"), [("", "none (web.listen is empty)"), ("localhost", "http://localhost")])
def test_the_page_of_the_settings_is_the_page(play, host, line):
    listen = f"{host}:{free_port()}" if host else ""
    door = Door()
    assert line in play(door, f"web.listen={listen}").output
    assert door.settings.web.listen == listen


def test_the_first_time_it_says_how_to_get_in(play, tmp_path):
    port = free_port()
    said = play(Door(), f"web.listen=127.0.0.1:{port}").output
    code = re.search(rf"the first time: http://127\.0\.0\.1:{port}/first\?code=([0-9A-Z-]{{14}})\n", said)
    with contextlib.closing(Access(tmp_path / "state" / ADMIN_DB, SystemClock())) as access:
        access.owner.first(code[1], "green door by the river", Visitor())
    assert "first?code" not in play(Door(), f"web.listen=127.0.0.1:{port}").output


def test_over_ssh_it_says_how_to_reach_the_page(play, monkeypatch):
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.1 1 10.0.0.2 22")
    port = free_port()
    assert f"ssh -L {port}:127.0.0.1:{port} USER@" in play(Door(), f"web.listen=127.0.0.1:{port}").output


def test_the_log_is_quiet_unless_asked_to_speak(play):
    door = Door()
    play(door)
    assert door.settings.log.level == "warning"
    play(door, "log.level=info")
    assert door.settings.log.level == "info"


def test_a_folder_in_use_is_one_sentence_before_anything_starts(play, tmp_path):
    door = Door()
    with StateFolder(tmp_path / "state"):
        done = play(door)
    assert done.exit_code == 1
    assert done.stderr.startswith("whod: The state folder")
    assert done.stdout == ""
    assert door.settings is None


def test_the_daemons_exit_code_is_passed_on(play):
    assert play(Door(code=3)).exit_code == 3


def test_ctrl_c_before_the_daemon_is_up_is_no_failure(play):
    def interrupted(*_):
        raise KeyboardInterrupt

    done = play(interrupted)
    assert done.exit_code == 0
    assert "Ended." in done.output


def test_the_first_unknown_of_the_demo_can_be_enrolled(play, tmp_path):
    done = play(Door(event(), event(), event(EventType.IDENTIFIED, "Eileen Collins")))
    assert done.output.count("unknown  (simulated)") == 2
    command = f'{tmp_path}/state enrol "Eileen Collins" '
    assert done.output.count(command) == 1
    assert "Eileen Collins, similarity 0.71  (simulated)" in done.output


@pytest.mark.parametrize(
    "events", [(event(simulated=False),), (event(EventType.IDENTIFIED, "Eileen Collins"), event())]
)
def test_nobody_is_enrolled_as_somebody_else(play, events):
    assert "enrol " not in play(Door(*events)).output


def test_a_line_for_each_kind_of_decision(monkeypatch):
    monkeypatch.setenv("TZ", "Europe/Zurich")
    time.tzset()
    assert describe(event(EventType.IDENTIFIED, "Zoë", simulated=False)) == "20:30:02  Zoë, similarity 0.71"
    assert describe(event(EventType.RETRACTED, "Zoë")) == "20:30:02  taken back: Zoë  (simulated)"
    assert describe(event(EventType.RETRACTED)) == "20:30:02  taken back: unknown  (simulated)"
    monkeypatch.undo()
    time.tzset()


def test_a_terminal_that_stands_still_holds_nobody_up(monkeypatch):
    held = threading.Event()
    monkeypatch.setattr("click.echo", lambda *_: held.wait(10))
    with Narrator("hint") as narrator:
        began = time.monotonic()
        for _ in range(5000):
            narrator.hear(event())
        assert time.monotonic() - began < 5
        held.set()


def test_a_terminal_that_is_gone_is_no_failure(monkeypatch):
    def gone(*_):
        raise BrokenPipeError

    monkeypatch.setattr("click.echo", gone)
    with Narrator("hint") as narrator:
        narrator.hear(event())


@needs_mosquitto
def test_the_broker_is_for_this_machine_alone_and_keeps_nothing(tmp_path):
    with private_broker(MOSQUITTO, tmp_path) as port:
        assert listens(port)
        config = (tmp_path / "mosquitto.conf").read_text().splitlines()
    assert f"listener {port} 127.0.0.1" in config
    assert "persistence false" in config
    assert [path.name for path in tmp_path.iterdir()] == ["mosquitto.conf"]


@needs_mosquitto
@pytest.mark.skipif(not os.access("/usr/bin/setpriv", os.X_OK), reason="setpriv is not installed")
def test_the_broker_is_gone_when_we_are_killed(tmp_path):
    program = (
        "import pathlib, sys, time\n"
        "from daemon.cli.private_broker import private_broker\n"
        "with private_broker(sys.argv[1], pathlib.Path(sys.argv[2])) as port:\n"
        "    print(port, flush=True)\n"
        "    time.sleep(60)\n"
    )
    command = [sys.executable, "-c", program, MOSQUITTO, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        port = int(process.stdout.readline())
        assert listens(port)
        process.send_signal(signal.SIGKILL)
    wait_until(lambda: not listens(port), "the broker to end")


def test_a_program_that_is_no_broker_is_refused(tmp_path):
    with pytest.raises(BrokerError, match="does not answer"), private_broker("/bin/true", tmp_path):
        pytest.fail("it was taken for a broker")
