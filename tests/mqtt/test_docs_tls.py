# SPDX-License-Identifier: Apache-2.0
"""What docs/mqtt.md tells to do for TLS works as it stands there."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from daemon.clock import SystemClock
from daemon.config import load
from daemon.mqtt.trial import try_broker

if TYPE_CHECKING:
    from support_broker import Broker

    from daemon.config import MqttSettings

SECTION = (Path(__file__).parents[2] / "docs" / "mqtt.md").read_text(encoding="utf-8").partition("### TLS\n")[2]

pytestmark = [pytest.mark.mqtt, pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")]


def told(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", SECTION, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the commands make, for the address of these tests."""
    folder = tmp_path_factory.mktemp("certificates")
    for commands in told("sh"):
        here = commands.replace("192.168.1.10", "127.0.0.1").replace("broker.local", "localhost")
        subprocess.run(["sh", "-ec", f"umask 077\n{here}"], cwd=folder, check=True, capture_output=True)
    return folder


def listen(broker: Broker, made: Path, *more: str) -> None:
    """Start it with the lines of the docs."""
    listener, *_ = told("text")
    lines = listener.replace("/etc/mosquitto/certs", str(made)).replace("8883", str(broker.port)).splitlines()
    assert lines[0] == f"listener {broker.port}"
    (broker.folder / "mosquitto.conf").write_text("\n".join(("user root", "log_dest stderr", *lines, *more, "")))
    broker.start()


def settings(broker: Broker, made: Path) -> MqttSettings:
    (shown,) = map(tomllib.loads, told("toml"))
    table = shown["mqtt"] | {
        "host": "127.0.0.1",
        "port": broker.port,
        "ca_file": str(made / "ca.crt"),
        "node": "door",
    }
    return replace(load().settings.mqtt, **table)


def test_the_broker_is_believed_by_its_certificate(stopped_broker, made):
    listen(stopped_broker, made, "allow_anonymous true")
    mqtt = settings(stopped_broker, made)
    assert mqtt.tls
    assert try_broker(mqtt, None, SystemClock()).kind == "works"
    assert try_broker(replace(mqtt, host="localhost"), None, SystemClock()).kind == "works"
    assert try_broker(replace(mqtt, ca_file=""), None, SystemClock()).kind == "cert-unknown"


def test_a_certificate_of_ones_own_is_the_user(stopped_broker, made):
    acl = stopped_broker.folder / "acl"
    acl.write_text("user whod\ntopic readwrite whod/#\n")
    acl.chmod(0o600)
    _, wanted = told("text")
    listen(stopped_broker, made, *wanted.splitlines(), f"acl_file {acl}")
    mqtt = settings(stopped_broker, made)
    own = replace(mqtt, cert_file=str(made / "whod.crt"), key_file=str(made / "whod.key"), birth_topic="")
    assert try_broker(own, None, SystemClock()).kind == "works"
    assert not try_broker(mqtt, None, SystemClock()).works
