# SPDX-License-Identifier: Apache-2.0
"""Settings that are made on the page: where they stand among the others, how they are kept and taken back."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.clock import FakeClock
from daemon.config import Kept, default_toml, load, read_secret
from daemon.errors import BadSetting, ConfigError, ModelRefused, NoSuchUndo, StorageError
from daemon.service import SettingsDesk
from daemon.service.settings_list import abouts
from daemon.types import Origin

if TYPE_CHECKING:
    from daemon.config import Settings
    from daemon.types import Setting

CLOCK = FakeClock()


class Home:
    """A state folder, and whoever is told of other settings."""

    def __init__(self, folder: Path, *overrides: str, file: Path | None = None) -> None:
        self.kept = Kept(folder)
        self.loaded = load(file, overrides, folder)
        self.in_force: Settings = self.loaded.settings
        self.refusal: Exception | None = None
        self.desk = SettingsDesk(self.loaded, self.kept, CLOCK, self._prepare)

    def _prepare(self, new: Settings) -> Any:
        if self.refusal:
            raise self.refusal
        return lambda: setattr(self, "in_force", new)

    def setting(self, name: str) -> Setting:
        return next(setting for setting in self.desk.view().settings if setting.name == name)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_the_page_stands_between_the_file_and_set(tmp_path):
    file = tmp_path / "config.toml"
    file.write_text("[camera]\nfps = 5\nname = 'door'\n[gallery]\nk = 9\n")
    Kept(tmp_path).write({"camera": {"fps": 7.0, "name": "gate"}}, CLOCK.now())
    loaded = load(file, ["camera.fps=2"], tmp_path)
    assert (loaded.settings.camera.fps, loaded.settings.camera.name, loaded.settings.gallery.k) == (2.0, "gate", 9)
    assert loaded.origin == {
        "camera.fps": "--set",
        "camera.name": str(tmp_path / "settings.toml"),
        "gallery.k": str(file),
    }


def test_a_change_is_in_force_kept_and_private(home, tmp_path):
    values = {"gallery.threshold": 0.6, "camera.groups": ['A "b"', "Ü"], "camera.zone": [0, 0, 0.5, 1]}
    change = home.desk.change(values)
    assert change.names == ("gallery.threshold", "camera.groups", "camera.zone")
    assert home.in_force.gallery.threshold == 0.6
    again = load(None, [], tmp_path).settings
    assert again == home.in_force
    assert again.camera.groups == ('A "b"', "Ü")
    assert (tmp_path / "settings.toml").stat().st_mode & 0o777 == 0o600
    assert "Written by whod" in (tmp_path / "settings.toml").read_text()


def test_one_that_is_wrong_changes_nothing(home, tmp_path):
    with pytest.raises(BadSetting) as caught:
        home.desk.change(
            {"gallery.threshold": 0.6, "camera.fps": "fast", "camera.fpss": 1, "nothing": 2, "log.level": "loud"}
        )
    assert set(caught.value.wrong) == {"camera.fps", "camera.fpss", "nothing", "log.level"}
    assert "did you mean fps" in caught.value.wrong["camera.fpss"]
    assert home.in_force.gallery.threshold == 0.55
    assert not (tmp_path / "settings.toml").exists()


def test_what_set_pins_cannot_be_changed_and_says_so(tmp_path):
    home = Home(tmp_path, "gallery.threshold=0.7")
    with pytest.raises(BadSetting, match=r"gallery\.threshold is given with --set"):
        home.desk.change({"gallery.threshold": 0.6})
    with pytest.raises(BadSetting, match="--set"):
        home.desk.reset(["gallery.threshold"])
    assert home.setting("gallery.threshold").origin is Origin.PINNED
    assert home.desk.change({"gallery.threshold": 0.7}).names == ()  # as a form sends it that was not touched


def test_back_to_the_default_is_no_setting_of_the_page(home, tmp_path):
    home.desk.change({"gallery.threshold": 0.6, "gallery.k": 9})
    assert home.setting("gallery.threshold").origin is Origin.PAGE
    home.desk.change({"gallery.threshold": 0.55})
    assert home.setting("gallery.threshold").origin is Origin.DEFAULT
    assert home.desk.reset(["gallery.k"]).names == ("gallery.k",)
    assert load(None, [], tmp_path).page == {}


def test_a_change_is_undone_and_done_again_also_after_a_start(home, tmp_path):
    with pytest.raises(NoSuchUndo):
        home.desk.undo()
    home.desk.change({"gallery.k": 9})
    home.desk.change({"gallery.k": 11, "log.level": "debug"})
    later = Home(tmp_path)
    assert set(later.desk.view().undo) == {"gallery.k", "log.level"}
    later.desk.undo()
    assert (later.in_force.gallery.k, later.in_force.log.level) == (9, "info")
    later.desk.undo()
    assert (later.in_force.gallery.k, later.in_force.log.level) == (11, "debug")


def test_those_that_wait_for_a_start_say_so(home):
    assert home.desk.change({"web.listen": "127.0.0.1:9999", "gallery.k": 9}).at_start == ("web.listen",)
    assert home.setting("web.listen").waiting
    assert not home.setting("gallery.k").waiting
    home.desk.undo()
    assert not home.setting("web.listen").waiting


@pytest.mark.parametrize("text", ["[camera", "\x00", "camera = 3", "[camera]\nfps = 1\nfps = 2", b"\xff\xfe"])
def test_a_broken_file_is_left_out_with_a_note_and_set_aside_by_the_next_change(tmp_path, text):
    file = tmp_path / "settings.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    home = Home(tmp_path)
    assert home.loaded.settings == load().settings
    assert str(file) in home.desk.part().detail
    home.desk.change({"gallery.k": 9})
    assert home.desk.part().detail == ""
    assert load(None, [], tmp_path).settings.gallery.k == 9
    if text != "camera = 3":
        (aside,) = tmp_path.glob("settings.toml.damaged-*")
        assert aside.read_bytes() == (text if isinstance(text, bytes) else text.encode())


def test_keys_that_cannot_be_taken_are_left_out_one_by_one(tmp_path):
    (tmp_path / "settings.toml").write_text('[camera]\nfps = 5000\nname = "gate"\nzones = 1\n[other]\na = 1\n')
    home = Home(tmp_path)
    assert (home.loaded.settings.camera.fps, home.loaded.settings.camera.name) == (10.0, "gate")
    assert len(home.loaded.notes) == 3
    assert "camera.fps must be from 0.1 to 120, not 5000" in home.loaded.notes[0]


@given(st.text())
def test_no_file_keeps_whod_from_starting(tmp_path_factory, text):
    folder = tmp_path_factory.mktemp("state")
    (folder / "settings.toml").write_text(text, encoding="utf-8", errors="surrogatepass")
    assert load(None, [], folder).settings == load().settings


def test_a_change_that_cannot_be_prepared_is_not_kept(home, tmp_path):
    home.refusal = ConfigError(["backup.passphrase_file: the file is empty."])
    with pytest.raises(BadSetting) as caught:
        home.desk.change({"backup.passphrase_file": "/nowhere"})
    assert caught.value.wrong == {"backup.passphrase_file": "backup.passphrase_file: the file is empty."}
    home.refusal = ModelRefused("The model is not there.")
    with pytest.raises(BadSetting) as caught:
        home.desk.change({"gallery.k": 9, "embedder.precision": "float"})
    assert set(caught.value.wrong) == {"embedder.precision"}
    assert not (tmp_path / "settings.toml").exists()


def test_a_change_that_cannot_be_kept_is_not_in_force(home, tmp_path, monkeypatch):
    def fail(**_):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("daemon.config.rewriting.tempfile.mkstemp", fail)
    with pytest.raises(StorageError, match="No space left"):
        home.desk.change({"gallery.k": 9})
    assert home.in_force.gallery.k == 7


def test_a_password_lies_in_a_file_of_its_own_and_is_never_shown(home, tmp_path):
    home.desk.change({"mqtt.username": "whod"}, "s3cret")
    first = home.in_force.mqtt.password_file
    assert Path(first).read_text() == "s3cret"
    assert Path(first).stat().st_mode & 0o777 == 0o600
    home.desk.change({}, "0ther")
    assert "s3cret" not in str(home.desk.view().as_json())
    assert "0ther" not in str(home.desk.view().as_json())
    home.desk.undo()
    assert home.in_force.mqtt.password_file == first  # kept while it can come back
    home.desk.change({}, "")
    assert home.in_force.mqtt.password_file == ""
    home.desk.change({"gallery.k": 9})
    assert list(tmp_path.glob("mqtt-password-*")) == []


def test_a_password_is_found_from_wherever_whod_is_started(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    home = Home(Path("state"))
    Path("state").mkdir()
    home.desk.change({}, "s3cret")
    monkeypatch.chdir("/")
    assert (
        read_secret("mqtt.password_file", load(None, [], tmp_path / "state").settings.mqtt.password_file, "")
        == "s3cret"
    )


def test_a_camera_s_password_is_shown_as_dots_and_kept_when_it_comes_back_so(home):
    home.desk.change({"camera.source": "rtsp://bob:s3cret@cam/1"})
    shown = home.setting("camera.source").value
    assert shown == "rtsp://…@cam/1"
    assert home.desk.change({"camera.source": shown, "camera.fps": 5.0}).names == ("camera.fps",)
    assert home.in_force.camera.source == "rtsp://bob:s3cret@cam/1"


def test_an_address_of_which_a_part_is_hidden_is_not_taken_for_one(home):
    home.desk.change({"camera.source": "http://cam/1?user=bob&password=s3cret"})
    assert "s3cret" not in str(home.desk.view())
    with pytest.raises(BadSetting, match="type the whole address in again"):
        home.desk.change({"camera.source": "http://cam/2?…"})
    assert home.in_force.camera.source.endswith("s3cret")


def test_the_page_cannot_be_closed_from_itself(home, tmp_path):
    with pytest.raises(BadSetting, match="would close this page"):
        home.desk.change({"web.listen": ""})
    (tmp_path / "settings.toml").write_text('[web]\nlisten = ""\n')
    loaded = load(None, [], tmp_path)
    assert loaded.settings.web.listen
    assert "It is left out" in loaded.notes[0]
    assert load(None, ["web.listen="], tmp_path).settings.web.listen == ""


def test_names_may_come_one_by_one(home):
    home.desk.change({"gallery.k": 9})
    assert home.desk.reset(name for name in ["gallery.k"]).names == ("gallery.k",)


def test_a_disk_that_fails_at_any_step_leaves_file_and_settings_agreeing(tmp_path, monkeypatch):
    from daemon.config import rewriting  # noqa: PLC0415

    def failing(step: int, name: str) -> Any:
        real, calls = getattr(os, name), iter(range(1000))

        def call(*args: Any, **more: Any) -> Any:
            if next(calls) == step:
                raise OSError(errno.ENOSPC, "No space left on device")
            return real(*args, **more)

        return call

    refused = 0
    for name in ("open", "fdopen", "fchmod", "replace"):
        for step in range(4):
            folder = tmp_path / f"{name}{step}"
            folder.mkdir()
            home = Home(folder)
            home.desk.change({"gallery.k": 9})
            with monkeypatch.context() as patch:
                patch.setattr(rewriting.os, name, failing(step, name))
                try:
                    home.desk.change({"gallery.k": 11})
                except StorageError:
                    refused += 1
            assert load(None, [], folder).settings.gallery.k == home.in_force.gallery.k
            assert home.setting("gallery.k").value == home.in_force.gallery.k
            assert not list(folder.glob(".*"))
    assert refused


def test_what_a_kill_left_of_a_password_goes_with_the_next_change(home, tmp_path):
    (tmp_path / ".mqtt-password-12ab34cd-x8f").write_text("s3cret")
    home.desk.change({"gallery.k": 9})
    assert not list(tmp_path.glob("*mqtt-password-*"))


def test_without_what_was_set_on_the_page(tmp_path):
    Kept(tmp_path).write({"detector": {"precision": "float"}}, CLOCK.now())
    loaded = load(None, [], tmp_path).without_page("It did not start.")
    assert loaded.settings == load().settings
    desk = SettingsDesk(loaded, Kept(tmp_path), CLOCK)
    left_out = next(setting for setting in desk.view().settings if setting.name == "detector.precision")
    assert left_out.left_out
    assert desk.part().detail == "It did not start."
    desk.reset(["detector.precision"])
    assert desk.part().detail == ""


def test_what_a_command_adds_is_as_if_set(tmp_path):
    Kept(tmp_path).write({"gallery": {"k": 9}}, CLOCK.now())
    loaded = load(None, [], tmp_path)
    other = loaded.pinned_to(load(None, ["camera.source=demo", "gallery.k=9", "camera.size=[640,480]"]).settings)
    assert other.origin["camera.source"] == "--set"
    assert other.settings.camera.size == (640, 480)
    assert other.origin["gallery.k"] == str(tmp_path / "settings.toml")


def test_each_setting_says_what_it_does(home):
    assert {setting.name: bool(setting.about) for setting in home.desk.view().settings} == dict.fromkeys(
        abouts(), True
    )


def test_the_default_file_is_what_is_listed(home):
    names = [setting.name.partition(".")[2] for setting in home.desk.view().settings]
    lines = [line.partition("=")[0].strip() for line in default_toml().splitlines() if line[:1].isalpha()]
    assert names == lines
