# SPDX-License-Identifier: Apache-2.0
"""[cameras.NAME] of the settings file: what it may say, and what is as in [camera]."""

from __future__ import annotations

import json

import pytest

from daemon.backup.settings import told
from daemon.config import load
from daemon.errors import ConfigError

GARDEN = '[cameras.garden]\nsource = "rtsp://me:secret@cam/stream"\n'


@pytest.fixture
def settings_of(tmp_path):
    """Loads a settings file of this text."""

    def loaded(text, *overrides):
        file = tmp_path / "whod.toml"
        file.write_text(text, encoding="utf-8")
        return load(file, overrides)

    return loaded


def problems(settings_of, text, *overrides):
    with pytest.raises(ConfigError) as caught:
        settings_of(text, *overrides)
    return " ".join(caught.value.problems)


def test_what_is_not_there_is_as_in_camera(settings_of):
    text = f"[camera]\nfps = 4\nhflip = true\n{GARDEN}hflip = false\nsize = [640, 480]\n"
    first, garden = settings_of(text).settings.every_camera
    assert (first.name, garden.name) == ("main", "garden")
    assert (garden.fps, garden.hflip, garden.size) == (4.0, False, (640, 480))
    assert first.size != garden.size


def test_without_one_there_is_one_camera(settings_of):
    assert settings_of("").settings.cameras == ()


def test_what_the_page_and_set_say_of_camera_is_said_of_all(settings_of):
    loaded = settings_of(f"{GARDEN}fps = 2\n", "camera.rotation=180")
    changed = loaded.layers.under({"camera": {"paused": True, "fps": 7.0, "name": "front"}}).settings
    assert [(camera.name, camera.fps) for camera in changed.every_camera] == [("front", 7.0), ("garden", 2.0)]
    assert all(camera.paused and camera.rotation == 180 for camera in changed.every_camera)


def test_the_page_cannot_take_a_name_or_a_device_that_is_taken(settings_of):
    layers = settings_of('[camera]\nsource = "picamera2"\n[cameras.garden]\nsource = "v4l2:/dev/video1"\n').layers
    assert 'names the first camera "garden", and [cameras.garden] is another' in layers.problem(
        "camera", "name", "garden"
    )
    assert "source of [cameras.garden] already" in layers.problem("camera", "source", "v4l2:/dev/video1")
    assert layers.problem("camera", "source", "v4l2:/dev/video0") is None
    assert "may find the camera of [cameras.garden]" in layers.problem("camera", "source", "auto")
    left = layers.under({"camera": {"name": "garden"}})
    assert left.settings.camera.name == "main"
    assert "left out" in left.notes[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("cameras = 3\n", "cameras is made of tables: write [cameras.NAME]"),
        ("[cameras]\nfps = 3\n", "cameras.fps is no table"),
        ("[cameras.garden]\nfps = 3\n", "cameras.garden must say where its frames come from"),
        ('[cameras.garden]\nsource = "auto"\n', "cameras.garden must say where its frames come from"),
        ('[cameras.Garden]\nsource = "demo"\n', 'must be named with letters a-z, digits, "_" and "-" only'),
        (f"{GARDEN}fsp = 3\n", "cameras.garden.fsp is no setting; did you mean fps"),
        (f"{GARDEN}fps = 3000\n", "cameras.garden.fps must be from 0.1 to 120, not 3000"),
        (f'{GARDEN}name = "x"\n', "cameras.garden.name is not needed: the camera is named by its table"),
        (f"{GARDEN}paused = true\n", "cameras.garden.paused is of all cameras together: set camera.paused"),
        ('[cameras.garden]\nsource = "nonsense:x"\n', "cameras.garden.source"),
        (
            '[cameras.main]\nsource = "demo"\n',
            'whod.toml: camera.name names the first camera "main", and [cameras.main] is another: name one of them',
        ),
        (
            '[cameras.a]\nsource = "v4l2:/dev/video1"\n[cameras.b]\nsource = "v4l2:/dev/video1"\n',
            "cameras.b has the source of [cameras.a]",
        ),
    ],
)
def test_what_is_wrong_is_said(settings_of, text, said):
    assert said in problems(settings_of, text)


@pytest.mark.parametrize("name", ["//dev//video0", "by-id/usb-Cam-index0"])
def test_a_device_has_one_reader_by_whichever_of_its_names(settings_of, tmp_path, name):
    device = tmp_path / "dev" / "video0"
    (device.parent / "by-id").mkdir(parents=True)
    device.touch()
    (device.parent / "by-id" / "usb-Cam-index0").symlink_to("../video0")
    other = f"{tmp_path}{name}" if name.startswith("/") else device.parent / name
    text = f'[camera]\nsource = "v4l2:{device}"\n[cameras.b]\nsource = "v4l2:{other}"\n'
    assert "camera.source is the source of [cameras.b] already" in problems(settings_of, text)
    both = f'[cameras.a]\nsource = "v4l2:{device}"\n[cameras.b]\nsource = "v4l2:{other}"\n'
    assert "cameras.b has the source of [cameras.a]" in problems(settings_of, both)


def test_what_can_be_no_device_s_name_is_told(settings_of):
    text = '[cameras.b]\nsource = "v4l2:/dev/\\u0000"\n'
    assert "cameras.b.source must hold printable characters only" in problems(settings_of, text)


PI = '[cameras.pi]\nsource = "picamera2"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (PI, "camera.source may find the camera of [cameras.pi], which is at this machine too: say which one it is"),
        (PI.replace("2", "2:1"), "camera.source may find the camera of [cameras.pi]"),
        ('[cameras.b]\nsource = "v4l2:/dev/video0"\n', "camera.source may find the camera of [cameras.b]"),
        (f'[camera]\nsource = "picamera2:0"\n{PI}', "camera.source is the source of [cameras.pi] already"),
        (f'{PI}[cameras.b]\nsource = "picamera2:0"\n', "cameras.b has the source of [cameras.pi]"),
        ('[cameras.b]\nsource = "picamera2:x"\n', "cameras.b.source must be auto, picamera2, picamera2:1"),
        ('[cameras.b]\nsource = "picamera2:"\n', "cameras.b.source must be auto, picamera2, picamera2:1"),
    ],
)
def test_one_of_the_pi_s_cameras_has_one_reader(settings_of, text, said):
    assert said in problems(settings_of, text)


@pytest.mark.parametrize("first", ["picamera2", "picamera2:0"])
def test_the_pi_s_second_camera_is_another(settings_of, first):
    text = f'[camera]\nsource = "{first}"\n[cameras.garden]\nsource = "picamera2:1"\n'
    layers = settings_of(text).layers
    assert layers.problem("camera", "source", "picamera2:1") is not None
    assert layers.problem("camera", "source", "picamera2") is None


def test_two_cameras_may_play_the_same(settings_of):
    assert len(settings_of('[camera]\nsource = "demo"\n[cameras.b]\nsource = "demo"\n').settings.every_camera) == 2


def test_each_value_is_told_with_where_it_came_from_and_a_backup_tells_no_password(settings_of):
    loaded = settings_of(f"{GARDEN}fps = 2\n")
    assert loaded.origin["cameras.garden.fps"].endswith("whod.toml")
    assert loaded.settings.by_section()["cameras.garden"]["fps"] == 2.0
    in_backup = json.dumps(told(loaded.settings))
    assert "cameras.garden" in in_backup
    assert "secret" not in in_backup


def test_a_camera_is_found_by_its_name_and_one_that_is_gone_is_the_first(settings_of):
    settings = settings_of(GARDEN).settings
    assert settings.camera_named("garden") is settings.cameras[0]
    assert settings.camera_named("attic") is settings.camera
