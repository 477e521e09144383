# SPDX-License-Identifier: Apache-2.0
"""Bad brokers: how soon the daemon says so, how often, and whether its camera goes on as before.

    .venv/bin/python tests/bench/broker_faulty.py [--seconds 40]

For each fault two daemons play the same pictures at the same time, one with a good broker, one with the bad one. Seen
is when the status has the problem, from when the fault begins: the connection is made, or the broker stops (SIGSTOP).
Wanted: within 15 s, 1.5 times mqtt.keepalive_s; one warning; as many frames as beside a good broker, within 2 %.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import ssl
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "mqtt"))

from support_broker import Broker, wait_until
from support_certificates import Authority
from support_daemon import EILEEN, Daemon, broker_settings, play
from support_faulty import CONNECT, FaultyBroker, answers, refuses, resets, says_nothing, talks_nonsense

from daemon.client.connection import exchange

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FPS = 15
SCRIPTS = {
    "lets in and says no more": (answers(only=CONNECT), "does not answer"),
    "says nothing": (says_nothing, "does not answer"),
    "a byte a second": (answers(byte_s=1), "does not answer"),
    "resets": (resets, "is lost"),
    "nonsense": (talks_nonsense, "no MQTT broker"),
    "wrong password": (refuses(0x86), "check mqtt.username"),
    "denies a topic": (answers(denied=lambda packet: packet.topic.endswith("/last")), "does not let us write"),
    "expired certificate": (says_nothing, "expired"),
    "stops": (None, "does not answer"),
}


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=40, help="of each fault")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as opened:
        broker = opened.enter_context(a_broker(Path(name) / "good"))
        for number, fault in enumerate(SCRIPTS):
            measure(Path(name) / str(number), fault, broker, options.seconds)


def measure(folder: Path, fault: str, good: Broker, for_s: float) -> None:
    """Print one line."""
    script, says = SCRIPTS[fault]
    with contextlib.ExitStack() as opened:
        port, settings, begin = opened.enter_context(faulty(folder, fault, script))
        beside = opened.enter_context(running(folder / "good", *broker_settings(good.port), "mqtt.node=good"))
        daemon = opened.enter_context(running(folder / "bad", *broker_settings(port), *settings))
        begun = begin(daemon)
        wait_until(lambda: says in (status(daemon)["problem"] or ""), says, 60)
        seen_s = time.monotonic() - begun
        before = [status(each)["frames"] for each in (daemon, beside)]
        until = time.monotonic() + for_s
        while time.monotonic() < until:
            # Somebody has to hear what they tell systemd, or they wait for it.
            for each in (daemon, beside):
                each.heard("")
            time.sleep(0.1)
        bad, well = (status(each)["frames"] - frames for each, frames in zip((daemon, beside), before, strict=True))
        told = [line for line in daemon.log.read_text().splitlines() if "WARNING daemon.mqtt" in line]
    print(f"{fault:25} seen after {seen_s:4.1f} s, frames x {bad / well:.3f} of {well}, told {len(told)}", flush=True)
    for line in told[1:]:
        print("  ", line)


@contextlib.contextmanager
def running(folder: Path, *settings: str) -> Iterator[Daemon]:
    """A daemon that sees somebody every four seconds."""
    folder.mkdir(parents=True)
    with contextlib.closing(Daemon(folder)) as daemon:
        daemon.whod("enrol", "Eileen", EILEEN)
        daemon.start(
            play(folder / "day", (EILEEN, 20), (None, 40)), f"camera.fps={FPS}", "camera.loop=true", *settings
        )
        yield daemon


@contextlib.contextmanager
def faulty(folder: Path, fault: str, script) -> Iterator[tuple[int, list[str], Callable[[Daemon], float]]]:
    """A bad broker's port, the settings for it, and what makes it bad; that gives the time when it is."""
    folder.mkdir(parents=True)
    if script is None:
        with a_broker(folder / "mosquitto") as broker:

            def stop(daemon: Daemon) -> float:
                wait_until(lambda: status(daemon)["problem"] is None, "the connection")
                broker.pause()
                return time.monotonic()

            yield broker.port, [], stop
        return
    settings, context = [], None
    if fault == "expired certificate":
        authority = Authority(folder)
        files = authority.sign("broker", "127.0.0.1", until=-timedelta(hours=1))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(files.cert, files.key)
        settings = ["mqtt.tls=true", f"mqtt.ca_file={authority.cert}"]
    with contextlib.closing(FaultyBroker(script, context)) as broker:
        yield broker.port, settings, lambda _daemon: broker.tried_at


@contextlib.contextmanager
def a_broker(folder: Path) -> Iterator[Broker]:
    """A mosquitto."""
    folder.mkdir(parents=True)
    with contextlib.closing(Broker(folder)) as broker:
        broker.start()
        yield broker


def status(daemon: Daemon) -> dict:
    """How the daemon is."""
    return json.loads(exchange(daemon.state / "whod.sock", "GET", "/api/v1/status", None)[1])


if __name__ == "__main__":
    main()
