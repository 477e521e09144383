# SPDX-License-Identifier: Apache-2.0
"""What is asked of a daemon that runs, over a real broker: it is done, answered and on record, or refused and why."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from skimage.io import imread, imsave
from support_broker import wait_until
from support_daemon import EILEEN, JOE, ROOT, broker_settings, play

from daemon.client import RemoteSettings
from daemon.config import COMMANDS

if TYPE_CHECKING:
    from support_broker import Broker, Received
    from support_daemon import Daemon

pytestmark = pytest.mark.mqtt

ALL = "mqtt.commands=[{}]".format(", ".join(f'"{name}"' for name in COMMANDS))
QUICK = ("camera.loop=true", "tracking.sighting_gap_s=1")


class Commander:
    """Somebody at the broker who asks, and hears all that is said there."""

    def __init__(self, broker: Broker) -> None:
        self.hears = broker.subscriber()
        self._asked = 0

    def tell(self, name: str, payload: bytes = b"PRESS", *, retain: bool = False, **properties: Any) -> None:
        sent = Properties(PacketTypes.PUBLISH)
        for key, value in properties.items():
            setattr(sent, key, value)
        topic = f"whod/door/command/{name}"
        self.hears._client.publish(topic, payload, 1, retain, sent).wait_for_publish(10)

    def ask(self, name: str, payload: bytes = b"PRESS") -> dict[str, Any]:
        """Ask, and give the answer."""
        had = len(self.hears.on(f"whod/door/response/{name}"))
        self.tell(name, payload)
        answer = self.hears.wait_for(f"whod/door/response/{name}", count=had + 1)[-1]
        assert (answer.retain, answer.qos) == (False, 1)
        message: dict[str, Any] = json.loads(answer.payload)
        assert message["command"] == name
        return message

    def answers(self) -> list[Received]:
        return [message for message in self.hears.messages if "/response/" in message.topic]

    def status(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self.hears.wait_for("whod/door/status")[-1].payload)
        return message

    def names(self) -> list[str | None]:
        return [json.loads(message.payload)["name"] for message in self.hears.on("whod/door/identified")]

    def online(self, count: int = 1) -> None:
        self.hears.wait_for("whod/door/availability", b"online", count)


@pytest.fixture
def commander(broker: Broker) -> Commander:
    return Commander(broker)


@pytest.fixture
def start(daemon: Daemon, broker: Broker, commander: Commander, tmp_path: Path) -> Any:
    """Starts the daemon before these scenes."""

    def starter(*scenes: Any, settings: tuple[str, ...] = (ALL,)) -> Daemon:
        day = play(tmp_path / "day", *scenes)
        daemon.start(*broker_settings(broker.port), *QUICK, day, *settings)
        commander.online()
        return daemon

    return starter


def record(daemon: Daemon) -> list[tuple[str, str, str]]:
    deeds = RemoteSettings(daemon.state / "whod.sock")._ask("GET", "/audit", list)
    return [(deed["who"], deed["action"], deed["target"]) for deed in reversed(deeds) if deed["who"] == "mqtt"]


def samples(daemon: Daemon) -> dict[str, int]:
    return {person["name"]: person["samples"] for person in json.loads(daemon.whod("people", "--json").stdout)}


def open_files(pid: int) -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


def test_a_pause_closes_the_camera_is_kept_over_a_start_and_ends_as_it_began(daemon, start, commander, broker):
    daemon.whod("enrol", "Eileen", EILEEN)
    start((EILEEN, 15), (None, 15))
    wait_until(lambda: "Eileen" in commander.names(), "Eileen")
    answer = commander.ask("pause", b"ON")
    assert (answer["ok"], answer["paused"]) == (True, True)
    wait_until(lambda: commander.status()["camera"]["state"] == "paused", "the pause to be told")
    assert commander.status()["paused"]
    assert commander.status()["problem"] is None
    assert daemon.health()["ok"]
    told, frames = len(commander.names()), commander.status()["frames"]
    commander.hears.wait_for("whod/door/sighting")  # of who was there
    refused = commander.ask("enrol", b"Eileen")
    assert (refused["ok"], "paused" in refused["sentence"]) == (False, True)
    assert daemon.end() == 0
    daemon.start(*broker_settings(broker.port), *QUICK, ALL, play(daemon.folder / "again", (EILEEN, 15), (None, 15)))
    commander.online(2)
    wait_until(lambda: commander.status()["boot_id"] and commander.status()["paused"], "the pause to be told anew")
    assert len(commander.names()) == told
    assert frames > 0
    answer = commander.ask("pause", b"OFF")
    assert (answer["ok"], answer["paused"]) == (True, False)
    wait_until(lambda: len(commander.names()) > told, "Eileen again")
    assert record(daemon) == [
        ("mqtt", "command_pause", ""),
        ("mqtt", "command_refused", "enrol"),
        ("mqtt", "command_pause", ""),
    ]


def test_the_threshold_as_a_setting_that_the_page_undoes(daemon, start, commander):
    start((None, 5))
    assert commander.status()["threshold"] == 0.55
    assert commander.ask("threshold", b"0.61")["threshold"] == 0.61
    wait_until(lambda: commander.status()["threshold"] == 0.61, "the new threshold")
    refused = commander.ask("threshold", b"2")
    assert (refused["ok"], refused["error"]) == (False, "bad-setting")
    assert not commander.ask("threshold", b"nan")["ok"]
    RemoteSettings(daemon.state / "whod.sock").undo()
    wait_until(lambda: commander.status()["threshold"] == 0.55, "the old threshold")


def test_whoever_stands_there_is_enrolled_by_name_and_told_from_then_on(daemon, start, commander):
    start((EILEEN, 40), (None, 15))
    wait_until(lambda: None in commander.names(), "a stranger")
    answer = commander.ask("enrol", b'{"name": "Eileen"}')
    assert answer["ok"], answer
    wait_until(lambda: "Eileen" in commander.names(), "Eileen")
    assert samples(daemon) == {"Eileen": 1}
    assert record(daemon) == [("mqtt", "command_enrol", answer["person_id"])]
    refused = commander.ask("enrol", b"Joe")
    assert (refused["ok"], refused["error"]) == (False, "other-person")
    assert not commander.ask("enrol", b"[1, 2")["ok"]
    assert samples(daemon) == {"Eileen": 1}
    log = daemon.log.read_text()
    assert "Command enrol was refused: other-person" in log
    assert "Eileen" not in log
    assert "Joe" not in log


def test_of_two_or_of_nobody_none_is_enrolled(daemon, start, commander, tmp_path):
    one, other = imread(EILEEN), imread(JOE)
    height = min(one.shape[0], other.shape[0])
    imsave(tmp_path / "two.png", np.hstack([one[:height], other[:height]]), check_contrast=False)
    start((tmp_path / "two.png", 15))
    refused = commander.ask("enrol", b"Eileen")
    assert (refused["ok"], refused["error"]) == (False, "face-count-error")
    assert "2 faces" in refused["sentence"]
    RemoteSettings(daemon.state / "whod.sock")
    assert samples(daemon) == {}


def test_a_picture_is_sent_when_it_is_asked_for(daemon, start, commander):
    start((EILEEN, 40), settings=(ALL, "privacy.publish_snapshots=true"))
    had = len(commander.hears.wait_for("whod/door/snapshot"))
    answer = wait_until(lambda: (said := commander.ask("capture"))["ok"] and said, "a face")
    picture = commander.hears.wait_for("whod/door/snapshot", count=had + 1)[-1]
    assert picture.payload.startswith(b"\xff\xd8")
    assert len(picture.payload) == answer["bytes"] <= 100_000
    assert not picture.retain


def test_without_leave_there_is_no_picture_and_nobody_there_is_none(daemon, start, commander):
    start((None, 5))
    refused = commander.ask("capture")
    assert (refused["ok"], "privacy.publish_snapshots" in refused["sentence"]) == (False, True)
    RemoteSettings(daemon.state / "whod.sock").change({"privacy.publish_snapshots": True})
    assert commander.ask("capture")["error"] == "face-count-error"
    assert not commander.hears.on("whod/door/snapshot")


def test_only_what_is_allowed_is_heard_from_the_next_change_of_the_settings_on(daemon, start, commander):
    start((None, 5), settings=("log.level=info",))
    settings = RemoteSettings(daemon.state / "whod.sock")
    settings.change({"mqtt.commands": ["threshold"]})
    commander.online(2)
    for name in ("pause", "restart", "enrol"):
        commander.tell(name, b"ON")
    assert commander.ask("threshold", b"0.6")["ok"]
    assert not commander.status()["paused"]
    assert {answer.topic for answer in commander.answers()} == {"whod/door/response/threshold"}
    settings.change({"mqtt.commands": []})
    commander.online(3)
    commander.tell("threshold", b"0.7")
    time.sleep(1)
    assert len(commander.answers()) == 1
    assert commander.status()["threshold"] == 0.6


def test_correlation_comes_back_and_answers_go_to_our_own_topics_only(start, commander):
    start((None, 5))
    for number, where in enumerate(("whod/door/response/mine", "zigbee2mqtt/lock/set", "whod/door/identified")):
        commander.tell("pause", b"OFF", CorrelationData=b"%d" % number, ResponseTopic=where)
    wait_until(lambda: len(commander.answers()) == 3, "three answers")
    answers = commander.answers()
    assert [m.topic for m in answers] == [
        "whod/door/response/mine",
        "whod/door/response/pause",
        "whod/door/response/pause",
    ]
    assert [m.correlation for m in answers] == [b"0", b"1", b"2"]
    assert not commander.hears.on("zigbee2mqtt/lock/set")


def test_what_a_broker_keeps_is_not_done_at_a_reconnect(daemon, start, commander, broker):
    commander.tell("pause", b"ON", retain=True)
    start((None, 5))
    assert commander.ask("threshold", b"0.6")["ok"]
    assert not commander.status()["paused"]
    assert not commander.hears.on("whod/door/response/pause")
    log_of_settings = RemoteSettings(daemon.state / "whod.sock").view().undo
    assert log_of_settings == ("gallery.threshold",)


def test_a_flood_is_answered_a_few_times_and_holds_nothing_up(daemon, start, commander):
    start((None, 5))
    frames = commander.status()["frames"]
    for _ in range(2000):
        commander.hears._client.publish("whod/door/command/pause", b"\xff" * 3000, 0)
    wait_until(lambda: commander.hears.on("whod/door/response/pause"), "an answer")
    assert commander.ask("threshold", b"0.6")["ok"]
    answers = commander.hears.on("whod/door/response/pause")
    assert len(answers) <= 12
    assert not any(json.loads(answer.payload)["ok"] for answer in answers)
    assert record(daemon).count(("mqtt", "command_refused", "pause")) <= 2
    health = RemoteSettings(daemon.state / "whod.sock")._ask("GET", "/status", dict)
    assert health["frames"] > frames


def test_a_restart_under_systemd_is_a_clean_end(daemon, start, commander, broker):
    start((None, 5))
    assert commander.ask("restart")["ok"]
    assert daemon.process.wait(15) == 0
    commander.hears.wait_for("whod/door/availability", b"offline")
    assert daemon.heard("STOPPING=1")
    daemon.start(*broker_settings(broker.port), *QUICK, ALL, play(daemon.folder / "again", (None, 5)))
    commander.online(2)
    refused = commander.ask("restart")  # by who wants it to be away for ever
    assert (refused["ok"], refused["error"]) == (False, "too-many-commands")
    assert daemon.process.poll() is None


def test_a_restart_without_systemd_begins_anew_in_the_same_process(broker, commander, tmp_path):
    settings = (*broker_settings(broker.port), *QUICK, play(tmp_path / "day", (None, 5)), ALL, "mqtt.node=door")
    options = [option for setting in (*settings, "web.listen=") for option in ("--set", setting)]
    alone = {name: value for name, value in os.environ.items() if name != "NOTIFY_SOCKET"}
    command = [sys.executable, "-m", "daemon", "--state-dir", str(tmp_path / "state"), *options, "run"]
    with (tmp_path / "log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=alone, cwd=ROOT)
    try:
        commander.online()
        first = commander.status()["boot_id"]
        time.sleep(1)  # until all that it opens is open
        had = open_files(process.pid)
        assert commander.ask("restart", b"")["ok"]
        commander.hears.wait_for("whod/door/availability", b"offline")
        commander.online(2)
        wait_until(lambda: commander.status()["boot_id"] != first, "another run")
        assert process.poll() is None
        time.sleep(1)
        wait_until(lambda: open_files(process.pid) <= had + 2, "nothing to be left open")
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.wait()
    text = (tmp_path / "log").read_text()
    assert "Traceback" not in text
    assert text.count("Command restart was done") == 1
    assert text.count("Connected to the broker") == 2  # the second run speaks where the first did


def test_an_end_in_the_midst_of_an_enrolment_is_a_clean_one(daemon, start, commander):
    start((None, 5))
    commander.tell("enrol", b"Eileen")  # and waits for somebody to come
    time.sleep(1)
    assert daemon.end() == 0
    assert "Traceback" not in daemon.log.read_text()
    assert samples(daemon) == {}
