# SPDX-License-Identifier: Apache-2.0
"""`whod try` with all its parts, on a machine without a camera."""

import contextlib
import shlex
import shutil
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from support_broker import MOSQUITTO, wait_until
from support_daemon import ROOT
from support_play import Play, lives

needs_mosquitto = pytest.mark.skipif(MOSQUITTO is None, reason="mosquitto is not installed: apt install mosquitto")


@pytest.fixture
def play(tmp_path):
    # Said, and not left to `auto`: the developer's machine may have a camera.
    command = [sys.executable, "-m", "daemon", "--state-dir", tmp_path / "s", "--set", "camera.source=demo", "try"]
    with contextlib.closing(Play(command, ROOT)) as play:
        yield play


@needs_mosquitto
@pytest.mark.mqtt
def test_the_whole_of_it(play):
    watch = play.wait_for(r"mosquitto_sub .*", 20)[0]
    page = play.wait_for(r"http://\S+", 1)[0]
    play.wait_for(r"\d\d:\d\d:\d\d  unknown  \(simulated\)\n", 20)
    with urllib.request.urlopen(f"{page}health", timeout=5) as answer:
        assert answer.status == 200

    # The next visitor is enrolled as the screen says for the first one, whose turn would come later.
    command = play.wait_for(r".* enrol \"Eileen Collins\" .*", 1)[0].strip()
    typed = command.replace("Eileen Collins", "Barack Obama").replace("eileen-collins", "barack-obama")
    done = subprocess.run(["bash", "-c", typed], capture_output=True, text=True, timeout=30, check=False, cwd="/")
    assert done.stdout.startswith("Barack Obama created: 1 picture"), done.stderr
    if shutil.which("mosquitto_sub"):
        seen = subprocess.run(
            [*shlex.split(watch), "-C", "1", "-W", "10"], capture_output=True, text=True, check=False
        )
        assert seen.stdout.startswith("whod/")
    play.wait_for(r"\d\d:\d\d:\d\d  Barack Obama, similarity 0\.\d\d  \(simulated\)\n", 30)

    (broker,) = play.children()
    assert lives(broker)
    code, took_s = play.end(signal.SIGINT)
    assert code == 0
    assert took_s < 3
    assert not lives(broker)
    assert play.screen.rstrip().endswith("/s.")
    assert "Traceback" not in play.screen
    assert "WARNING" not in play.screen


@needs_mosquitto
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_behind(play, number):
    play.wait_for("mosquitto_sub", 20)
    (broker,) = play.children()
    code, took_s = play.end(number)
    wait_until(lambda: not lives(broker), "the broker to end")
    if number is signal.SIGTERM:
        # Before the daemon is up, a SIGTERM ends it as it ends any program.
        assert code in (0, -number)
        assert took_s < 3


def test_a_second_one_at_the_same_place_is_refused(play):
    state = Path(play.process.args[4])
    play.wait_for("whod watches the door", 20)
    wait_until((state / "whod.sock").exists, "the daemon")
    second = subprocess.run(play.process.args, capture_output=True, text=True, timeout=30, check=False)
    assert second.returncode == 1
    assert "in use by another whod" in second.stderr
    assert second.stdout == ""
