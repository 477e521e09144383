# SPDX-License-Identifier: Apache-2.0
"""Which topics there can be."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.mqtt.topics import Topics

IDS = st.from_regex(r"[a-z0-9_-]+", fullmatch=True)


def test_the_tree():
    topics = Topics("whod", "front-door")
    assert topics.availability == "whod/front-door/availability"
    assert topics.status == "whod/front-door/status"
    assert topics.identified == "whod/front-door/identified"
    assert topics.sighting == "whod/front-door/sighting"
    assert topics.last == "whod/front-door/last"
    assert topics.present("4f-1") == "whod/front-door/person/4f-1/present"
    assert topics.any_present == "whod/front-door/person/+/present"


@given(IDS, IDS, IDS)
def test_a_person_is_found_in_the_topic_made_for_them(base, node, person_id):
    topics = Topics(base, node)
    assert topics.person_in(topics.present(person_id)) == person_id
    for other in (topics.last, topics.status, topics.any_present):
        assert topics.person_in(other) is None


@given(st.text())
def test_nothing_but_ids_gets_into_a_topic(text):
    if re.fullmatch("[a-z0-9_-]+", text):
        assert Topics(text, text).present(text).count("/") == 4
        return
    for make in (lambda: Topics(text, "n"), lambda: Topics("b", text), lambda: Topics("b", "n").present(text)):
        with pytest.raises(ValueError, match="cannot stand in a topic"):
            make()


@given(st.text())
def test_a_foreign_topic_names_nobody(topic):
    assert Topics("whod", "door").person_in(topic) is None


@pytest.mark.parametrize(
    "topic",
    [
        "whod/door/person/present",
        "whod/door/person//present",
        "whod/door/person/a/b/present",
        "whod/door/person/A/present",
        "whod/other/person/a/present",
        "whod/door/person/a",
    ],
)
def test_a_topic_that_is_nearly_a_persons_is_not(topic):
    assert Topics("whod", "door").person_in(topic) is None


@pytest.mark.parametrize(
    ("tail", "ours"),
    [
        ("a", True),
        ("a/b-1", True),
        ("", False),
        ("a/../b", False),
        ("a/" * 49 + "a", True),
        ("a/" * 150 + "a", False),
    ],
)
def test_an_answer_goes_to_a_topic_that_brokers_take(tail, ours):
    assert Topics("whod", "door").is_response(f"whod/door/response/{tail}") == ours
