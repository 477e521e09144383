# SPDX-License-Identifier: Apache-2.0
"""`whod doctor` looks at every camera: what one gives is told, whatever is wrong with another."""

import os
from types import SimpleNamespace

import pytest
from support_picamera import CSI, SECOND, install

from daemon.cli.checks import CHECKS
from daemon.cli.findings import Level
from daemon.config import load


@pytest.fixture
def look(tmp_path):
    """What it says of the cameras of a settings file."""

    def looked(text):
        file = tmp_path / "whod.toml"
        file.write_text(text, encoding="utf-8")
        state = tmp_path / "state"
        state.mkdir(mode=0o700, exist_ok=True)
        settings = load(file).settings
        return CHECKS["camera"](SimpleNamespace(settings=settings, state_dir=state, socket=state / "whod.sock"))

    return looked


FILM = "file:/nowhere/film.mp4"
GARDEN = '[cameras.garden]\nsource = "demo"\n'


def test_one_is_told_without_its_name(look):
    level, told = look('[camera]\nsource = "demo"\n')
    assert level is Level.OK
    assert "main" not in told
    assert "gives pictures of" in told


def test_one_that_is_lost_hides_no_other(look):
    level, told = look(f'[camera]\nsource = "{FILM}"\n{GARDEN}[cameras.yard]\nsource = "{FILM}"\n')
    assert level is Level.BAD
    first, garden, yard = told.split("; ")
    assert first.startswith("main: ")
    assert garden.startswith("garden: ")
    assert "gives pictures of" in garden
    assert yard.startswith("yard: ")
    assert "film.mp4" in first
    assert "film.mp4" in yard


def test_what_nobody_expects_of_one_hides_no_other(look, tmp_path):
    script = tmp_path / "script.toml"
    script.write_text('[[fault]]\nwhat = "crash"\n', encoding="utf-8")
    level, told = look(f'[camera]\nsource = "script:{script}"\n{GARDEN}')
    assert level is Level.BAD
    first, garden = told.split("; ")
    assert first.startswith("main: could not be looked at: RuntimeError: as the script says (faulty.py, line ")
    assert "gives pictures of" in garden


def test_a_script_that_is_a_pipe_is_told(look, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    level, told = look(f'[camera]\nsource = "script:{pipe}"\n')
    assert (level, told) == (Level.BAD, f"The script {pipe} cannot be read (it is not a file): set camera.source.")


def test_all_are_open_at_once_and_closed_after(look, monkeypatch):
    picamera2 = install(monkeypatch)
    picamera2.seen = picamera2.plugged = [CSI, SECOND]
    together = []
    monkeypatch.setattr(
        picamera2, "start", lambda camera: together.append((camera.number, len(camera._cm.cameras))), raising=True
    )
    level, told = look('[camera]\nsource = "picamera2"\n[cameras.back]\nsource = "picamera2:1"\n')
    assert (level, told.count("gives pictures of 1280 x 720")) == (Level.OK, 2)
    assert together == [(0, 1), (1, 2)]
    assert not any(camera.is_open for camera in picamera2.opened)


def test_a_pause_is_of_all(look):
    level, told = look(f'[camera]\nsource = "{FILM}"\npaused = true\n{GARDEN}')
    assert level is Level.NOTE
    assert told == f"{FILM}, demo, not tried: it is paused (camera.paused)"
