# SPDX-License-Identifier: Apache-2.0
"""A small machine has defaults of its own, under everybody's own settings."""

import tomllib
from pathlib import Path

import pytest

from daemon.config import Kept, default_toml, load
from daemon.config import profile as profiles
from daemon.service.settings_list import listed
from daemon.types import Origin

SMALL = ["machine.profile=small"]


@pytest.fixture
def memory(monkeypatch):
    def has(mb):
        monkeypatch.setattr(profiles, "memory_bytes", lambda: mb * 1_000_000)

    return has


def fps(*given, **named):
    return load(*given, **named).settings.camera.fps


def test_the_small_defaults_are_settings_that_differ_from_the_others():
    usual = tomllib.loads(default_toml())
    small = tomllib.loads(profiles._text("config.small.toml"))
    for section, values in small.items():
        for key, value in values.items():
            assert usual[section][key] != value
            assert type(usual[section][key]) is type(value)
    load(None, SMALL)


@pytest.mark.parametrize(("mb", "small"), [(430, True), (512, True), (905, False), (4096, False)])
def test_auto_goes_by_the_memory(memory, mb, small):
    memory(mb)
    assert (fps() == 5) == small
    assert fps(None, ["machine.profile=full"]) == 10
    assert fps(None, ["machine.profile=small"]) == 5


def test_this_machine_knows_its_memory():
    told = Path("/proc/meminfo").read_text().partition("MemTotal:")[2].split()[0]
    assert profiles.memory_bytes() == pytest.approx(int(told) * 1024, rel=0.01)


def test_the_file_and_overrides_go_before(memory, tmp_path):
    memory(400)
    file = tmp_path / "config.toml"
    file.write_text("[camera]\nfps = 3\n")
    assert fps(file) == 3
    assert fps(file, ["camera.fps=4"]) == 4
    assert load(file).settings.camera.size == (960, 540)


def test_the_later_layer_says_which(memory, tmp_path):
    memory(4000)
    file = tmp_path / "config.toml"
    file.write_text('[machine]\nprofile = "small"\n')
    assert fps(file) == 5
    assert fps(file, ["machine.profile=full"]) == 10
    Kept(tmp_path).path.write_text('[machine]\nprofile = "full"\n')
    assert fps(file, state_dir=tmp_path) == 10
    assert fps(file, SMALL, tmp_path) == 5


@pytest.mark.parametrize("wrong", ['"tiny"', "7", "[]"])
def test_what_is_no_profile_on_the_page_is_left_out(memory, tmp_path, wrong):
    memory(4000)
    Kept(tmp_path).path.write_text(f"[machine]\nprofile = {wrong}\n")
    loaded = load(None, state_dir=tmp_path)
    assert loaded.settings.camera.fps == 10
    assert "machine.profile" in loaded.notes[0]


def test_what_the_page_shows_as_default_is_that_of_the_machine():
    loaded = load(None, SMALL)
    shown = {setting.name: setting for setting in listed(loaded, {}, loaded.settings)}
    assert shown["camera.fps"].default == shown["camera.fps"].value == 5
    assert shown["camera.fps"].origin is Origin.DEFAULT
    assert shown["machine.profile"].at_start
