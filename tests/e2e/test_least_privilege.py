# SPDX-License-Identifier: Apache-2.0
"""All that whod does at a broker, with no more rights there than docs/mqtt.md tells to give it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from paho.mqtt.client import topic_matches_sub
from support_broker import wait_until
from support_daemon import EILEEN, broker_settings, play

from daemon.config import COMMANDS

if TYPE_CHECKING:
    from support_broker import Broker, Subscriber
    from support_daemon import Daemon

pytestmark = pytest.mark.mqtt

DOCS = (Path(__file__).parents[2] / "docs" / "mqtt.md").read_text(encoding="utf-8")
WHOD, HOME_ASSISTANT = "whod-door", "homeassistant"
"""Client ids."""
PRESENCE = "whod/door/presence"
DEVICE = "homeassistant/device/whod_door/config"


def access_list() -> str:
    """Of the docs, for the node of these tests."""
    (rules,) = re.findall(r"^```text\n(user whod\n.*?)^```", DOCS, re.DOTALL | re.MULTILINE)
    return rules.replace("front-door", "door")


def rules_of(user: str) -> list[tuple[str, str]]:
    """What is allowed to a user: ``read``, ``write`` or ``readwrite``, and which topics."""
    (rules,) = re.findall(rf"^user {user}\n((?:topic .*\n)+)", access_list(), re.MULTILINE)
    return re.findall(r"^topic (\w+) (.+)$", rules, re.MULTILINE)


@pytest.fixture
def strict_broker(stopped_broker: Broker) -> Broker:
    """Lets in who has a password, allows what the docs say, and logs everything."""
    passwords, acl = stopped_broker.folder / "passwords", stopped_broker.folder / "acl"
    passwords.touch(mode=0o600)
    make = shutil.which("mosquitto_passwd")
    if make is None:
        pytest.skip("needs mosquitto_passwd, of the package mosquitto")
    for user in ("whod", "homeassistant", "watcher"):
        subprocess.run([make, "-b", passwords, user, f"{user}'s secret"], check=True, capture_output=True)
    acl.write_text(f"{access_list()}\nuser watcher\ntopic read #\n")
    acl.chmod(0o600)
    stopped_broker.configure("allow_anonymous false", f"password_file {passwords}", f"acl_file {acl}", "log_type all")
    stopped_broker.start()
    return stopped_broker


@pytest.fixture
def start(daemon: Daemon, strict_broker: Broker, tmp_path: Path):
    """Starts whod with all that it can do at a broker."""
    secret = tmp_path / "mqtt_password"
    secret.touch(mode=0o600)
    secret.write_text("whod's secret")
    source = play(tmp_path / "day", (EILEEN, 40), (None, 15))

    def run() -> None:
        daemon.start(
            source,
            "camera.loop=true",
            "tracking.sighting_gap_s=1",
            "tracking.decide_s=1",
            *broker_settings(strict_broker.port),
            "mqtt.username=whod",
            f"mqtt.password_file={secret}",
            f"mqtt.commands={json.dumps(COMMANDS)}",
            "privacy.publish_snapshots=true",
            "privacy.retain_snapshots=true",
        )

    return run


def ask(home_assistant: Subscriber, name: str, payload: bytes) -> dict[str, object]:
    """Command, and give the answer."""
    topic = f"whod/door/response/{name}"
    had = len(home_assistant.on(topic))
    home_assistant.publish(f"whod/door/command/{name}", payload)
    return json.loads(home_assistant.wait_for(topic, count=had + 1)[-1].payload)


def somebody_is_told(home_assistant: Subscriber, since: int) -> bool:
    return any(json.loads(message.payload)["count"] for message in home_assistant.on(PRESENCE)[since:])


def until_done(home_assistant: Subscriber, name: str, payload: bytes) -> None:
    """Command what needs somebody at the camera, whenever somebody comes; few commands are heeded."""
    said = []
    for _ in range(8):
        wait_until(partial(somebody_is_told, home_assistant, since=len(home_assistant.on(PRESENCE))), "somebody")
        said.append(ask(home_assistant, name, payload))
        if said[-1]["ok"]:
            return
    pytest.fail(f"{name}: {said}")


def traffic(broker: Broker, client: str) -> tuple[set[str], set[str], list[str]]:
    """By the broker's log: the topics that a client wrote to and read from, and what it was denied."""
    log = (broker.folder / "mosquitto.log").read_text(errors="replace")
    written = re.findall(rf"Received PUBLISH from {client} \(.*?'(.+?)'", log)
    read = re.findall(rf"Sending PUBLISH to {client} \(.*?'(.+?)'", log)
    return set(written), set(read), re.findall(rf".*(?i:denied).*{client}.*", log)


def test_all_of_it_works_with_the_access_list_of_the_docs_and_needs_each_line(daemon, strict_broker, start):
    watcher = strict_broker.subscriber(username="watcher", password="watcher's secret")
    home_assistant = strict_broker.subscriber(
        session=HOME_ASSISTANT, username="homeassistant", password="homeassistant's secret"
    )
    start()
    told = len(watcher.wait_for(DEVICE))
    until_done(home_assistant, "enrol", b'{"name": "Eileen"}')
    watcher.wait_for(DEVICE, count=told + 1)
    for topic in ("status", "identified", "sighting", "presence", "last", "snapshot"):
        watcher.wait_for(f"whod/door/{topic}")
    told = len(watcher.on(DEVICE))
    home_assistant.publish("homeassistant/status", b"online")
    watcher.wait_for(DEVICE, count=told + 1)

    until_done(home_assistant, "capture", b"PRESS")
    assert ask(home_assistant, "pause", b"ON")["ok"]
    assert ask(home_assistant, "pause", b"OFF")["ok"]
    assert ask(home_assistant, "threshold", b"0.56")["ok"]
    assert ask(home_assistant, "restart", b"PRESS")["ok"]
    daemon.process.wait(30)
    start()  # as systemd does
    (person,) = json.loads(daemon.whod("people", "--json").stdout)
    assert daemon.whod("forget", person["id"]).returncode == 0
    watcher.wait_for(f"whod/door/person/{person['id']}/present", b"")
    assert daemon.health()["ok"]

    written, read, denied = traffic(strict_broker, WHOD)
    assert denied == traffic(strict_broker, HOME_ASSISTANT)[2] == []
    for right, rule in rules_of("whod"):
        for doing, topics in (("read", read), ("write", written)):
            used = any(topic_matches_sub(rule, topic) for topic in topics)
            assert used == (doing in right), f"{doing} {rule}"


def test_a_line_that_is_missing_is_told(daemon, strict_broker, start):
    acl = strict_broker.folder / "acl"
    acl.write_text(acl.read_text().replace("topic write whod/door/status\n", ""))
    strict_broker.restart()
    start()
    wait_until(lambda: "does not let us write whod/door/status" in (daemon.health()["problem"] or ""), "the problem")
    assert traffic(strict_broker, WHOD)[2]
