# SPDX-License-Identifier: Apache-2.0
"""What a connection hears, how much of it, and when it is too much."""

from __future__ import annotations

import logging
import time

import pytest
from support_broker import PATIENCE_S, wait_until
from support_link import COMMAND, say

from daemon.mqtt import hearing
from daemon.mqtt.hearing import FLOOD_PER_S, LIVE_PER_S, PAYLOAD_BYTES
from daemon.mqtt.link import LARGEST_BYTES
from daemon.mqtt.notices import Ended, Heard

pytestmark = pytest.mark.mqtt


@pytest.fixture(params=[5, 4], ids=["mqtt 5", "mqtt 3.1.1"])
def port(request, broker, older):
    """Where each version is spoken."""
    return broker.port if request.param == 5 else older().port


def test_only_the_topics_that_are_listened_to_are_heard_live(port, talk, commander):
    here = talk(port)
    here.link.hear([COMMAND])
    here.done(here.link.subscribe("whod/door/#"))
    say(commander, "whod/door/command/restart", b"PRESS")
    say(commander, COMMAND, b"ON")
    here.told(Heard)
    assert here.notices[-1] == Heard(COMMAND, b"ON", retained=False)
    here.done(here.link.ask())
    assert len(here.told(Heard)) == 1


def test_what_is_retained_is_heard_as_that(port, talk, commander):
    say(commander, COMMAND, b"ON", retain=True)
    say(commander, "whod/door/last", b"{}", retain=True)
    here = talk(port)
    here.link.hear([COMMAND])
    here.done(here.link.subscribe("whod/door/#"))
    assert {(heard.topic, heard.retained) for heard in here.told(Heard, 2)} == {
        (COMMAND, True),
        ("whod/door/last", True),
    }


def test_how_much_of_a_message_is_read(port, talk, commander):
    say(commander, "whod/door/last", b"x" * (PAYLOAD_BYTES + 1), retain=True)
    say(commander, "homeassistant/device/whod_door/config", b"x" * LARGEST_BYTES, retain=True)
    here = talk(port)
    here.link.subscribe("whod/door/#")
    here.done(here.link.subscribe("homeassistant/device/whod_door/config", most_bytes=LARGEST_BYTES))
    assert {heard.topic: len(heard.payload) for heard in here.told(Heard, 2)} == {
        "whod/door/last": PAYLOAD_BYTES,
        "homeassistant/device/whod_door/config": LARGEST_BYTES,
    }


def test_a_message_that_is_longer_than_any_of_ours_is_not_even_sent_to_us(broker, talk, commander):
    here = talk(broker.port)
    here.link.hear([COMMAND, "whod/door/command/restart"])
    here.done(here.link.subscribe("whod/door/#", most_bytes=PAYLOAD_BYTES))
    say(commander, COMMAND, b"x" * (LARGEST_BYTES + 10_000))
    say(commander, "whod/door/command/restart", b"PRESS")
    assert [heard.topic for heard in here.told(Heard)] == ["whod/door/command/restart"]


def test_who_asks_is_answered_with_what_they_sent_along(broker, talk, commander):
    here = talk(broker.port)
    here.link.hear([COMMAND])
    here.done(here.link.subscribe(COMMAND))
    say(commander, COMMAND, b"ON", CorrelationData=b"\0\xff17", ResponseTopic="whod/door/response/mine")
    (heard,) = here.told(Heard)
    assert (heard.correlation, heard.response_topic) == (b"\0\xff17", "whod/door/response/mine")

    told = []
    commander.on_message = lambda _client, _data, message: told.append(message)
    commander.on_subscribe = lambda *_: told.append(None)
    commander.subscribe("whod/door/response/#")
    wait_until(lambda: told, "the subscription")
    here.link.publish("whod/door/response/mine", b"{}", qos=1, correlation=heard.correlation)
    wait_until(lambda: len(told) == 2, "the answer")
    assert told[1].properties.CorrelationData == b"\0\xff17"


def test_a_flood_ends_at_the_link_and_drowns_no_other_topic(broker, talk, commander):
    here = talk(broker.port)
    here.link.hear([COMMAND, "homeassistant/status"])
    here.link.subscribe(COMMAND)
    here.done(here.link.subscribe("homeassistant/status"))
    started = time.monotonic()
    for _ in range(3000):
        commander.publish(COMMAND, b"ON")
    say(commander, "homeassistant/status", b"online")
    wait_until(lambda: any(h.topic == "homeassistant/status" for h in here.told(Heard)), "the other topic")
    seconds = time.monotonic() - started
    assert LIVE_PER_S <= len(here.told(Heard)) - 1 <= LIVE_PER_S * (seconds + 1)


def test_after_too_much_it_listens_again(broker, talk, commander):
    here = talk(broker.port)
    here.link.hear([COMMAND])
    here.done(here.link.subscribe(COMMAND))
    for _ in range(50):
        say(commander, COMMAND, b"ON")
    time.sleep(1.1)
    say(commander, COMMAND, b"OFF")
    wait_until(lambda: here.told(Heard)[-1].payload == b"OFF", "the next one")


@pytest.fixture
def _soon(monkeypatch):
    """It listens again sooner than in life."""
    monkeypatch.setattr(hearing, "DEAF_S", 0.5)


def flood(client, topic, caplog, payload=b"ON"):
    """Publish until it is seen that this is too much."""
    sent = time.monotonic()
    while "stops listening" not in caplog.text and time.monotonic() - sent < PATIENCE_S:
        client.publish(topic, payload)
        time.sleep(len(payload) / 50e6)
    assert f"on {topic}:" in caplog.text


@pytest.mark.usefixtures("_soon")
@pytest.mark.parametrize("payload", [b"ON", b"x" * 1_000_000])
def test_a_flood_is_ended_at_the_broker_for_a_while(broker, talk, commander, caplog, payload):
    here = talk(broker.port)
    here.link.hear([COMMAND])
    here.done(here.link.subscribe(COMMAND))
    flood(commander, COMMAND, caplog, payload)

    def off_is_heard():
        say(commander, COMMAND, b"OFF")
        return here.told(Heard)[-1].payload == b"OFF"

    wait_until(off_is_heard, "it to listen again")
    assert not any(isinstance(notice, Ended) for notice in here.notices)


@pytest.mark.parametrize("topic", ["whod/door/person/nobody/present", "whod/door/last"])
def test_a_flood_where_only_we_should_write_is_ended_too(broker, talk, commander, caplog, topic):
    here = talk(broker.port)
    here.link.hear([COMMAND])
    here.link.subscribe("whod/door/person/+/present")
    here.link.subscribe("whod/door/last")
    here.done(here.link.subscribe(COMMAND))
    flood(commander, topic, caplog)
    say(commander, COMMAND, b"ON")
    assert [heard.topic for heard in here.told(Heard)] == [COMMAND]
    here.done(here.link.ask())
    caplog.clear()
    for _ in range(1000):
        commander.publish(topic, b"ON")
    say(commander, COMMAND, b"OFF")
    here.told(Heard, 2)
    assert caplog.text == ""


def test_what_we_say_ourselves_is_no_flood(port, talk, caplog):
    caplog.set_level(logging.WARNING)
    here = talk(port)
    here.done(here.link.subscribe("whod/door/person/+/present"))
    mid = 0
    for _ in range(2 * FLOOD_PER_S):
        mid = here.link.publish("whod/door/person/nobody/present", b"ON", qos=1, retain=True)
    here.done(mid)
    here.done(here.link.ask())
    assert caplog.text == ""
