# SPDX-License-Identifier: Apache-2.0
"""The JSON of past visits, in docs/cli.md and as it is."""

import json
from dataclasses import replace

import pytest
from support_daemon import whod as run
from support_visits import ALICE, BOB, NOW, around, event, face, visit, why
from test_cli_docs import schema, shape

from daemon.clock import SystemClock
from daemon.config import load
from daemon.events_db import open_event_store
from daemon.gallery import Gallery
from daemon.types import Box, Detection, Embedding, Landmarks, Observation, Person, Point
from daemon.vision import load_manifest, models_folder

MODEL = load_manifest(models_folder()).embedder.id


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    """A folder with somebody enrolled, a visit of theirs, and one of somebody unknown."""
    folder = tmp_path_factory.mktemp("state")
    gallery = Gallery.open(folder / "gallery.db", MODEL, load().settings.gallery, SystemClock())
    box = Detection(Box(0, 0, 9, 9), Landmarks(*[Point(0, 0)] * 4), 0.9)
    seen = Observation(box, 0.9, Embedding(around(5, noise=0.6, width=192), MODEL))
    alice = gallery.enrol("Alice", [seen], "test").person
    gallery.close()
    events, _ = open_event_store(folder, SystemClock())
    for number, person in ((5, alice), (3, None)):
        looks = face([around(number, i, noise=0.6, width=192) for i in range(5)], MODEL)
        known = visit(person, NOW, sighting_id=f"5e{number}", face=looks, why=why(person or ALICE, BOB))
        events.decide(event(person, sighting_id=known.sighting_id, event_id=f"e{number}", why=known.why))
        events.record(replace(known, simulated=True))
    events.close()
    return folder


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("visits", ["--person", "Alice"]),
        ("explain", ["e5"]),
        ("unknowns", []),
        ("replay", ["--set", "gallery.threshold=0.95"]),
    ],
)
def test_the_schema_is_as_it_is_documented(state, command, arguments):
    done = run("--state-dir", state, command, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found
    assert shape(found) == shape(schema(command))


def test_visits_and_unknown_visitors_that_are_simulated_are_marked(state):
    for command, count in (("visits", 2), ("unknowns", 1)):
        lines = run("--state-dir", state, command).stdout.splitlines()
        assert len(lines) == count
        assert all(line.endswith("  simulated") for line in lines)


def test_visits_of_the_familiar_are_marked_and_a_group_only_if_all_of_it_is_simulated(tmp_path):
    postman = Person("p", "Postman", familiar=True)
    events, _ = open_event_store(tmp_path, SystemClock())
    looks = face([around(3, i, noise=0.6, width=192) for i in range(5)], MODEL)
    for number, person in enumerate((postman, ALICE, None)):
        seen = visit(person, NOW, sighting_id=f"5e{number}", face=looks, why=why(person or ALICE))
        events.record(seen)
    events.record(replace(seen, sighting_id="5e3", simulated=True))
    events.close()
    told = {line.split("  5e")[1] for line in run("--state-dir", tmp_path, "visits").stdout.splitlines()}
    assert told == {"0  familiar", "1", "2", "3  simulated"}
    (group,) = run("--state-dir", tmp_path, "unknowns").stdout.splitlines()
    assert group.startswith("   2 visits")
    assert "simulated" not in group
