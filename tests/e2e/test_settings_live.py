# SPDX-License-Identifier: Apache-2.0
"""Settings that are changed while the daemon runs: each takes effect within seconds, and the process goes on."""

from __future__ import annotations

import json
import signal
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from support_broker import wait_until
from support_daemon import EILEEN, JOE, play

from daemon.client import RemoteSettings
from daemon.errors import BadSetting
from daemon.types import BrokerTrial

if TYPE_CHECKING:
    from pathlib import Path

    from support_broker import Broker, Subscriber
    from support_daemon import Daemon

pytestmark = pytest.mark.mqtt


def bodies(messages: Any) -> list[dict[str, Any]]:
    return [json.loads(message.payload) for message in messages]


@pytest.fixture
def settings(daemon: Daemon) -> RemoteSettings:
    """Of the daemon; nothing but the page's address is pinned."""
    daemon._settings = [f"web.listen=127.0.0.1:{daemon.page}"]
    return RemoteSettings(daemon.state / "whod.sock")


def on(broker: Broker, **more: Any) -> dict[str, Any]:
    return {
        "mqtt.host": "127.0.0.1",
        "mqtt.port": broker.port,
        "mqtt.node": "door",
        "tracking.sighting_gap_s": 1.0,
        **{name.replace("__", "."): value for name, value in more.items()},
    }


def folder(path: Path, *scenes: Any) -> str:
    return play(path, *scenes).removeprefix("camera.source=")


def parts(daemon: Daemon) -> dict[str, dict[str, Any]]:
    return {part["name"]: part for part in daemon.health()["parts"]}


def status(settings: RemoteSettings) -> dict[str, Any]:
    return settings._ask("GET", "/status", dict)


def names(subscriber: Subscriber, node: str = "door") -> list[str | None]:
    return [event["name"] for event in bodies(subscriber.on(f"whod/{node}/identified"))]


def visits(settings: RemoteSettings) -> int:
    return len(settings._ask("GET", "/sightings", list))


def test_another_camera_and_another_threshold(daemon, settings, broker, tmp_path):
    subscriber = broker.subscriber()
    daemon.whod("enrol", "Eileen", EILEEN)
    daemon.whod("enrol", "Joe", JOE)
    daemon.start()
    process = daemon.process.pid
    one, other = folder(tmp_path / "one", (EILEEN, 15), (None, 15)), folder(tmp_path / "other", (JOE, 15), (None, 15))
    settings.change(on(broker, camera__source=one, camera__loop=True))
    wait_until(lambda: "Eileen" in names(subscriber), "Eileen from the first folder")
    settings.change({"camera.source": other, "gallery.threshold": 0.61, "camera.hflip": True})
    wait_until(lambda: names(subscriber)[-1] == "Joe", "Joe from the other folder")
    last = bodies(subscriber.on("whod/door/identified"))[-1]
    told = json.loads(daemon.whod("explain", last["event_id"], "--json").stdout)
    assert "0.61" in json.dumps(told)
    assert daemon.process.pid == process
    assert daemon.process.poll() is None


def test_who_is_in_view_stays_one_visit_through_changes(daemon, settings, broker, tmp_path):
    subscriber = broker.subscriber()
    daemon.whod("enrol", "Eileen", EILEEN)
    daemon.start()
    settings.change(on(broker))
    subscriber.wait_for("whod/door/availability", b"online")  # what happens before that is told to nobody
    settings.change({"camera.source": folder(tmp_path / "day", (EILEEN, 30)), "camera.loop": True})
    subscriber.wait_for("whod/door/identified")
    frames = status(settings)["frames"]
    for change in (
        {"gallery.threshold": 0.5, "gallery.k": 5},
        {"tracking.recheck_s": 0.5, "tracking.min_votes": 2},
        {"detector.threads": 2, "detector.threshold": 0.4},
        {"embedder.precision": "float", "detector.min_face_px": 30},
        {"camera.fps": 12.0},
    ):
        settings.change(change)
        frames += 10
        wait_until(lambda: status(settings)["frames"] > frames, "frames to go on")  # noqa: B023 - at once
    assert names(subscriber) == ["Eileen"]
    assert subscriber.on("whod/door/sighting") == []
    settings.change({"camera.zone": [0.0, 0.0, 0.05, 0.05]})
    (visit,) = bodies(subscriber.wait_for("whod/door/sighting"))
    assert visit["name"] == "Eileen"
    assert names(subscriber) == ["Eileen"]


def test_a_broker_from_none_to_one_to_another_name_and_back(daemon, settings, broker, tmp_path):
    subscriber = broker.subscriber()
    daemon.whod("enrol", "Eileen", EILEEN)
    source = folder(tmp_path / "day", (EILEEN, 15), (None, 15))
    daemon.start()
    assert "broker" not in parts(daemon)
    settings.change(on(broker, camera__source=source, camera__loop=True))
    subscriber.wait_for("whod/door/availability", b"online")
    subscriber.wait_for("whod/door/identified")
    subscriber.wait_for("whod/door/sighting")
    settings.change({"mqtt.node": "porch"})
    subscriber.wait_for("whod/door/availability", b"offline")
    subscriber.wait_for("whod/porch/availability", b"online")
    assert subscriber.wait_for("whod/porch/identified")
    seq = [visit["seq"] for visit in bodies(subscriber.wait_for("whod/porch/sighting"))]
    assert seq[0] > bodies(subscriber.on("whod/door/sighting"))[-1]["seq"]
    settings.change({"mqtt.host": ""})
    subscriber.wait_for("whod/porch/availability", b"offline")
    wait_until(lambda: "broker" not in parts(daemon), "no broker in the health")
    late = broker.subscriber()
    late.wait_for("whod/porch/availability", b"offline")
    assert {message.topic for message in late.messages} == {"whod/door/availability", "whod/porch/availability"}


def test_records_that_wait_go_to_the_new_node_each_once(daemon, settings, stopped_broker, tmp_path):
    broker = stopped_broker
    daemon.whod("enrol", "Eileen", EILEEN)
    daemon.start()
    source = folder(tmp_path / "day", (EILEEN, 15), (None, 15))
    settings.change(on(broker, camera__source=source, camera__loop=True))
    wait_until(lambda: visits(settings) >= 2, "records that wait")
    settings.change({"mqtt.node": "porch", "camera.source": folder(tmp_path / "nobody", (None, 15))})
    wait_until(lambda: "nobody" in status(settings)["camera"]["source"], "the other pictures")
    broker.start()
    subscriber = broker.subscriber()
    wait_until(lambda: len(subscriber.on("whod/porch/sighting")) >= visits(settings), "all records")
    seqs = [record["seq"] for record in bodies(subscriber.on("whod/porch/sighting"))]
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
    assert not subscriber.on("whod/door/sighting")


def test_what_does_not_work_is_red_and_undone_with_one_call(daemon, settings, tmp_path):
    daemon.start()
    settings.change({"camera.source": folder(tmp_path / "day", (EILEEN, 15)), "camera.loop": True})
    wait_until(lambda: parts(daemon)["camera"]["state"] == "ok" and status(settings)["frames"] > 3)
    settings.change({"camera.source": f"folder:{tmp_path / 'nothing'}", "mqtt.host": "127.0.0.1", "mqtt.port": 1})
    camera = wait_until(lambda: (part := parts(daemon)["camera"])["state"] != "ok" and part, "a camera in trouble")
    assert "nothing" in camera["detail"]
    broker = wait_until(lambda: "Nothing listens" in (part := parts(daemon)["broker"])["detail"] and part)
    assert broker["state"] == "waiting"
    assert set(settings.undo().names) == {"camera.source", "mqtt.host", "mqtt.port"}
    wait_until(lambda: parts(daemon)["camera"]["state"] == "ok", "the camera to be back")


def test_kill_at_once_after_a_change_loses_nothing(daemon, settings, tmp_path):
    daemon.start()
    source = folder(tmp_path / "day", (EILEEN, 15))
    settings.change({"camera.source": source, "gallery.threshold": 0.6})
    assert daemon.end(signal.SIGKILL) == -signal.SIGKILL
    daemon.start()
    values = {setting.name: setting.value for setting in settings.view().settings}
    assert (values["camera.source"], values["gallery.threshold"]) == (source, 0.6)
    assert set(settings.view().undo) == {"camera.source", "gallery.threshold"}


def test_the_log_s_level_at_once(daemon, settings, tmp_path):
    daemon.start("camera.loop=true")

    def opened(name: str) -> None:
        source = folder(tmp_path / name, (EILEEN, 3))
        frames = status(settings)["frames"]
        settings.change({"camera.source": source})
        wait_until(lambda: status(settings)["frames"] > frames + 3 and name in json.dumps(status(settings)))

    settings.change({"log.level": "warning"})
    opened("silent")
    settings.change({"log.level": "info"})
    opened("told")
    text = daemon.log.read_text()
    assert "told" in text
    assert "silent" not in text


def test_what_was_set_cannot_lock_anybody_out(daemon, settings):
    daemon.start()
    with pytest.raises(BadSetting, match="nowhere"):
        settings.change({"backup.passphrase_file": "/nowhere"})
    settings.change({"gallery.k": 9})
    daemon.end()
    kept = daemon.state / "settings.toml"
    kept.write_text(kept.read_text() + '[backup]\npassphrase_file = "/nowhere"\n')
    daemon.start()
    part = parts(daemon)["settings"]
    assert part["state"] == "degraded"
    assert "/nowhere" in part["detail"]
    settings.reset(["backup.passphrase_file"])
    assert parts(daemon)["settings"]["state"] == "ok"
    assert next(setting.value for setting in settings.view().settings if setting.name == "gallery.k") == 9


def test_the_command_with_and_without_a_daemon(daemon):
    assert daemon.whod("settings", "set", "gallery.threshold=0.6", "camera.groups=[]").returncode == 0
    daemon.start()
    listed = daemon.whod("settings", "list", "--changed").stdout
    assert "gallery.threshold = 0.6  (set here or on the page)" in listed
    assert 'mqtt.node = "door"  (--set)' in listed
    assert daemon.whod("settings", "set", "gallery.k=9").stdout == "Changed: gallery.k\n"
    wrong = daemon.whod("settings", "set", "gallery.k=many", "mqtt.node=porch")
    assert wrong.returncode == 2
    assert "gallery.k must be a whole number" in wrong.stderr
    assert "mqtt.node is given with --set" in wrong.stderr
    assert daemon.whod("settings", "undo").stdout == "Changed: gallery.k\n"
    assert daemon.whod("settings", "reset", "gallery.threshold").stdout == "Changed: gallery.threshold\n"
    doctor = daemon.whod("--set", "gallery.margin=0.1", "doctor", "--settings").stdout
    assert "gallery.threshold = 0.55  (default)" in doctor
    assert "gallery.margin = 0.1  (--set)" in doctor


def test_doctor_asks_the_daemon_whether_its_broker_lets_it_in(daemon, settings, stopped_broker):
    stopped_broker.configure("allow_anonymous false")
    stopped_broker.start()
    host, port = "mqtt.host=127.0.0.1", f"mqtt.port={stopped_broker.port}"
    alone = daemon.whod("--set", host, "--set", port, "doctor")
    assert "does not let us in" in alone.stdout
    assert alone.returncode == 1
    daemon.start(host, port)
    assert "does not let us in" in daemon.whod("doctor").stdout


def test_a_broker_s_password_is_tried_kept_and_told_nowhere(daemon, settings, stopped_broker, tmp_path):
    broker = stopped_broker
    passwords = tmp_path / "passwords"
    passwords.touch(mode=0o600)
    subprocess.run(["mosquitto_passwd", "-b", str(passwords), "whod", "s3cret-word"], check=True, capture_output=True)
    broker.configure("allow_anonymous false", f"password_file {passwords}")
    broker.start()
    daemon.start()
    where = {"mqtt.host": "127.0.0.1", "mqtt.port": broker.port, "mqtt.username": "whod", "mqtt.node": "door"}

    def tried(password: str) -> BrokerTrial:
        body = {"settings": where, "mqtt_password": password}
        return settings._ask("POST", "/settings/broker-test", lambda record: BrokerTrial(**record), body)

    assert tried("wrong").kind == "no-entry"
    assert tried("s3cret-word").works
    settings.change(where, "s3cret-word")
    wait_until(lambda: parts(daemon).get("broker", {}).get("state") == "ok", "the broker to let us in")
    backup = tmp_path / "backup.zip"
    assert daemon.whod("backup", backup).returncode == 0
    assert b"s3cret-word" not in backup.read_bytes()
    assert "mqtt-password" not in backup.read_bytes().decode("latin-1")
    assert "s3cret-word" not in daemon.log.read_text()
    assert "s3cret-word" not in json.dumps(settings.view().as_json())
    assert "s3cret-word" not in (daemon.state / "settings.toml").read_text()
    held = [path for path in daemon.state.rglob("*") if path.is_file() and b"s3cret-word" in path.read_bytes()]
    assert [path.name[:14] for path in held] == ["mqtt-password-"]
    assert held[0].stat().st_mode & 0o777 == 0o600
