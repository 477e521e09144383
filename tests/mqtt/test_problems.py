# SPDX-License-Identifier: Apache-2.0
"""What is said of a broker that cannot be had."""

from __future__ import annotations

import errno
import os
import socket
import ssl

import pytest

from daemon.mqtt.problems import Broker

BROKER = Broker("broker.local", 1883)


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "name broker.local is not known"),
        (UnicodeError("label empty or too long"), "name broker.local is not known"),
        (ConnectionRefusedError(), "Nothing listens at broker.local:1883"),
        (TimeoutError(), "does not answer"),
        (OSError(errno.ENETUNREACH, os.strerror(errno.ENETUNREACH)), "Network is unreachable"),
        (OSError("something odd"), "something odd"),
        (ValueError(), "no MQTT broker"),
    ],
)
def test_a_connection_that_cannot_be_made(error, says):
    problem = BROKER.failed(error)
    assert says in problem.sentence
    assert "broker.local" in problem.sentence
    assert not problem.lasting


@pytest.mark.parametrize(
    ("code", "says", "lasting"),
    [
        (0x86, "check mqtt.username", True),
        (0x87, "check mqtt.username", True),
        (0x84, "does not speak MQTT 5", True),
        (0x88, "refuses the connection (words)", False),
    ],
)
def test_a_refusal(code, says, lasting):
    problem = BROKER.refused(code, "words")
    assert says in problem.sentence
    assert problem.lasting is lasting


def test_every_sentence_ends_and_says_what_to_do():
    sentences = [
        BROKER.lost.sentence,
        BROKER.silent.sentence,
        BROKER.strange.sentence,
        BROKER.closed(0x8B, "Server shutting down").sentence,
        BROKER.closed(0x8E, "Session taken over").sentence,
        BROKER.plain.sentence,
        BROKER.without_mqtt5,
        BROKER.failed(ssl.SSLEOFError(8, "EOF occurred in violation of protocol")).sentence,
        BROKER.denied("write", "whod/door/last"),
    ]
    for sentence in sentences:
        assert sentence.endswith(".")
        assert ": " in sentence
