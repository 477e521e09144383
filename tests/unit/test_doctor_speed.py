# SPDX-License-Identifier: Apache-2.0
"""`whod doctor` on precision: it measures, says what is better, and with --fix sets it.

That the other precision is faster is made up here; tests/platform has a runtime with which it is.
"""

import json

import pytest
from click.testing import CliRunner

from daemon.benchmark import Speed, Spread
from daemon.cli import speed, whod
from daemon.config import load

SETTINGS = load().settings


def measured(**medians_ms):
    """As if these had been measured: ``detector_int8=3.0``."""
    names = (name.split("_") for name in medians_ms)
    pairs = zip(names, medians_ms.values(), strict=True)
    return tuple(Speed(*name, 1, Spread(ms, ms, 12)) for name, ms in pairs)


@pytest.fixture
def slow(monkeypatch):
    """A machine on which int8 is the faster one, and whose settings ask for float."""
    speeds = measured(detector_int8=3.0, detector_float=42.0, embedder_int8=4.0, embedder_float=4.9)
    monkeypatch.setattr(speed, "_speeds", lambda _: speeds)


def doctor(tmp_path, *arguments):
    base = ["--state-dir", str(tmp_path / "state"), "--set", "camera.source=demo"]
    return CliRunner().invoke(whod, [*base, *map(str, arguments)])


def test_both_models_are_measured_in_each_precision_that_is_there():
    words = speed.describe(SETTINGS).split(", ")
    assert {word.rsplit(" ", 2)[0] for word in words} >= {"detector int8", "embedder int8"}
    assert all(float(word.split()[-2]) > 0 for word in words)


@pytest.mark.parametrize(
    ("medians_ms", "advised"),
    [
        ({"detector_int8": 3.0, "embedder_int8": 4.0}, {}),
        ({"detector_int8": 3.0, "detector_float": 2.5, "embedder_int8": 4.0}, {}),
        ({"detector_int8": 3.0, "detector_float": 2.4, "embedder_int8": 4.0}, {"detector.precision": "float"}),
        (
            {"detector_int8": 55.0, "detector_float": 3.0, "embedder_int8": 42.0, "embedder_float": 3.0},
            {"detector.precision": "float", "embedder.precision": "float"},
        ),
    ],
)
def test_the_other_precision_is_advised_from_a_quarter_on(monkeypatch, medians_ms, advised):
    monkeypatch.setattr(speed, "_speeds", lambda _: measured(**medians_ms))
    assert speed.faster(SETTINGS) == advised


def test_it_is_a_note_and_changes_nothing(slow, tmp_path):
    file = tmp_path / "whod.toml"
    file.write_text('detector.precision = "float"\n')
    (finding,) = findings(doctor(tmp_path, "--config", file, "doctor", "--json"))
    assert finding["level"] == "note"
    assert "detector int8 3.0 ms, detector float 42.0 ms" in finding["detail"]
    assert 'faster with detector.precision = "int8": run whod doctor --fix' in finding["detail"]
    assert file.read_text() == 'detector.precision = "float"\n'


def findings(done):
    return [finding for finding in json.loads(done.stdout)["findings"] if finding["name"] == "speed"]


def test_fix_sets_what_is_clearly_faster(slow, tmp_path):
    file = tmp_path / "whod.toml"
    file.write_text('# ours\n[embedder]\nthreads = 1\n\n[detector]\nprecision = "float"  # here\n')
    done = doctor(tmp_path, "--config", file, "doctor", "--fix")
    assert f'Set detector.precision = "int8" in {file}; restart the daemon' in done.stdout
    assert file.read_text() == '# ours\n[embedder]\nthreads = 1\n\n[detector]\nprecision = "int8"  # here\n'
    again = doctor(tmp_path, "--config", file, "doctor", "--fix")
    assert "Nothing to fix." in again.stdout
    assert json.loads(doctor(tmp_path, "--config", file, "doctor", "--fix", "--json").stdout)["fixed"] == {}


def test_fix_makes_no_file(slow, tmp_path, monkeypatch):
    monkeypatch.setattr("daemon.cli.group.default_config", lambda: None)
    done = doctor(tmp_path, "--set", "detector.precision=float", "doctor", "--fix")
    assert done.exit_code == 78
    assert "There is no settings file to write to" in done.stderr


def test_fix_does_not_take_models_that_see_something_else(slow, tmp_path, monkeypatch):
    file = tmp_path / "whod.toml"
    file.write_text('detector.precision = "float"\n')
    monkeypatch.setattr("daemon.vision.golden.MIN_SIMILARITY", 1.1)
    done = doctor(tmp_path, "--config", file, "doctor", "--fix")
    assert done.exit_code == 1
    assert "golden picture" in done.stderr
    assert file.read_text() == 'detector.precision = "float"\n'
