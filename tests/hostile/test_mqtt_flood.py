# SPDX-License-Identifier: Apache-2.0
"""Somebody else writes on whod's own topics, as much and as odd as they can: visitors are told all the same."""

from __future__ import annotations

import random
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from support_broker import wait_until
from support_daemon import EILEEN, broker_settings, play

if TYPE_CHECKING:
    from support_broker import Broker
    from support_daemon import Daemon

pytestmark = pytest.mark.mqtt

NOISE = random.Random(1).randbytes(1_000_000)
OWN = ("whod/door/last", f"whod/door/person/{'0' * 36}/present", "whod/door/status", "whod/door/identified")
MESSAGES = 20_000
_ALLOWED_KB = 20_000


def peak_kb(daemon: Daemon) -> int:
    assert daemon.process is not None
    status = Path(f"/proc/{daemon.process.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])


def flood(client: Client, ended: threading.Event) -> None:
    """Ten thousand a second, if the machine gives them, and a megabyte now and then."""
    for number in range(MESSAGES):
        client.publish(OWN[number % len(OWN)], NOISE if number % 1000 == 0 else NOISE[:20], qos=0)
    ended.set()


def test_a_flood_on_the_own_topics_changes_nothing(daemon: Daemon, broker: Broker, tmp_path: Path) -> None:
    attacker = Client(CallbackAPIVersion.VERSION2)
    attacker.connect("127.0.0.1", broker.port)
    attacker.loop_start()
    try:
        for topic in OWN[:2]:  # what whod reads back when it connects
            attacker.publish(topic, NOISE, qos=1, retain=True).wait_for_publish(15)
        assert daemon.whod("enrol", "Eileen", EILEEN).returncode == 0
        source = play(tmp_path / "day", (EILEEN, 15), (None, 10))
        options = ("camera.loop=true", "tracking.sighting_gap_s=0.3", *broker_settings(broker.port))
        daemon.start(source, *options)
        subscriber = broker.subscriber("whod/door/sighting")
        subscriber.wait_for("whod/door/sighting")
        before, seen, ended = peak_kb(daemon), len(subscriber.messages), threading.Event()
        threading.Thread(target=flood, args=(attacker, ended)).start()
        wait_until(ended.is_set, "the flood", 60)
        wait_until(lambda: len(subscriber.messages) >= seen + 2, "two more visits", 40)
        wait_until(lambda: daemon.health()["ok"], "health")
        assert peak_kb(daemon) - before <= _ALLOWED_KB
        assert daemon.end() == 0
        assert "Traceback" not in daemon.log.read_text()
    finally:
        attacker.disconnect()
        attacker.loop_stop()
