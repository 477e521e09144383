# SPDX-License-Identifier: Apache-2.0
"""Settings: the sample is the defaults, everything wrong is said at once."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.config import default_toml, load
from daemon.errors import ConfigError
from daemon.vision import models_folder


def test_the_sample_is_the_defaults():
    sample = tomllib.loads(default_toml())
    settings = load().settings.by_section()
    assert {
        s: {k: list(v) if isinstance(v, tuple) else v for k, v in t.items()} for s, t in settings.items()
    } == sample


def test_the_sample_documents_each_key():
    previous = ""
    for line in default_toml().splitlines():
        if "=" in line and not line.startswith("#"):
            assert previous.startswith("#") or "=" in previous, f"{line} has no comment above it"
        previous = line


def test_the_thresholds_are_those_of_the_models():
    manifest = tomllib.loads((models_folder() / "manifest.toml").read_text())
    settings = load().settings
    assert settings.detector.threshold == manifest["detector"]["threshold"]
    assert settings.gallery.threshold == manifest["embedder"]["threshold"]


def test_a_file_and_overrides_are_layered(tmp_path):
    file = tmp_path / "config.toml"
    file.write_text('[camera]\nsource = "demo"\nfps = 5\n')
    loaded = load(file, ["camera.fps=2.5", "mqtt.host=broker.local"])
    assert loaded.settings.camera.source == "demo"
    assert loaded.settings.camera.fps == 2.5
    assert loaded.settings.mqtt.host == "broker.local"
    assert loaded.origin["camera.source"] == str(file)
    assert loaded.origin["camera.fps"] == "--set"


def test_everything_wrong_is_said_at_once(tmp_path):
    file = tmp_path / "config.toml"
    file.write_text('[camera]\nsorce = "demo"\nfps = "fast"\n[mqqt]\nhost = "x"\n')
    with pytest.raises(ConfigError) as caught:
        load(file, ["web.listen=8737", "camera.rotation=45", "nonsense"])
    text = "\n".join(caught.value.problems)
    assert "there is no setting camera.sorce; did you mean source" in text
    assert "there is no section [mqqt]; did you mean mqtt" in text
    assert "camera.fps must be a number, not 'fast'" in text
    assert "web.listen must be HOST:PORT, such as 0.0.0.0:8737, not" in text
    assert "camera.rotation must be one of 0, 90, 180, 270, not 45" in text
    assert "--set takes section.key=value" in text
    assert len(caught.value.problems) == 6


@pytest.mark.parametrize(
    ("override", "wrong"),
    [
        ("camera.zone=[0,0,2,1]", "within 0 to 1"),
        ("camera.zone=[0,0]", "within 0 to 1"),
        ("camera.size=[641,480]", "two even numbers"),
        ("camera.size=7", "a list in brackets"),
        ("camera.loop=1", "true or false"),
        ("camera.source=tape", "must be auto, picamera2"),
        ("camera.source=folder:", "must be auto, picamera2"),
        ("camera.name=", "must not be empty"),
        ("mqtt.node=Front Door", "a-z, 0-9"),
        (f"mqtt.node={'n' * 65}", "at most 64 characters"),
        ('mqtt.commands=["pause","open"]', "may hold pause, threshold, restart, capture, enrol, not 'open'"),
        ('mqtt.commands=["pause","pause"]', "must not hold anything twice"),
        ("mqtt.birth_topic=homeassistant/+", "must be a topic such as"),
        ("mqtt.discovery_prefix=/homeassistant", "must be a topic such as"),
        ("mqtt.port=1.5", "a whole number"),
        ("gallery.threshold=7", "from 0.2 to 0.95"),
        ("web.listen=localhost", "HOST:PORT"),
        ("web.listen=0.0.0.0:0", "HOST:PORT"),
        ("web.listen=0.0.0.0:65536", "HOST:PORT"),
        ("web.listen=:8737", "HOST:PORT"),
        ("web.listen=http://door:8737", "HOST:PORT"),
        ("web.listen=::1:8737", "HOST:PORT"),
        ('web.hosts=["http://door.example"]', "no http://, no port"),
        ('web.hosts=["door.example:8737"]', "no http://, no port"),
        ('web.hosts=[""]', "no http://, no port"),
        ('web.hosts=["*"]', "no http://, no port"),
        ("log.level=loud", "one of debug"),
        ("camera=3", "section.key=value"),
        ("tracking.min_votes=16", "from 1 to 15"),
        ("camera.fps=1" + "0" * 400, "so large a number"),
        ("mqtt.port=1" + "0" * 400, "so large a number"),
        ("camera.fps=" + "9" * 5000, "must be a number"),
        ("camera.zone=" + "[" * 3000, "a list in brackets"),
        ("camera.source=folder:a\0b", "printable"),
        ("mqtt.host=a\nb", "a name or an address"),
        ("mqtt.host=mqtt://me:hunter2@10.0.0.5", "not 'mqtt://…@10.0.0.5'"),
        ("mqtt.host=10.0.0.5:1883", "a name or an address"),
        ("camera.source=rtsp:me:hunter2@cam", "not '…@cam'"),
        ("camera.source=rtsp://me:hunter2@cam\u200b/1", "characters only: type"),
        ("camera.source=rtsp://…@cam/2", "type the whole address in again"),
    ],
)
def test_a_wrong_value_is_named(override, wrong):
    with pytest.raises(ConfigError, match=wrong):
        load(None, [override])


@pytest.mark.parametrize("text", ["[camera", "camera = 3", "\x00", "[camera]\nfps = 1\nfps = 2"])
def test_a_broken_file_is_one_sentence(tmp_path, text):
    file = tmp_path / "config.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(file)
    assert str(file) in caught.value.problems[0]


def test_a_missing_file_is_one_sentence(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "none.toml")


@given(st.text(), st.text(), st.text())
def test_overrides_never_raise_anything_else(section, key, value):
    try:
        load(None, [f"{section}.{key}={value}"])
    except ConfigError as error:
        assert error.problems


def test_the_node_is_the_host_name_unless_set():
    assert load(None, ["mqtt.node=front-door"]).settings.mqtt.node_id == "front-door"
    assert load().settings.mqtt.node_id


def test_a_camera_s_password_is_not_repeated():
    with pytest.raises(ConfigError) as caught:
        load(None, ["camera.source=rstp://bob:s3cret@camera/1"])
    assert "s3cret" not in str(caught.value)
    assert "bob" not in str(caught.value)
