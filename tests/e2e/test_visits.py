# SPDX-License-Identifier: Apache-2.0
"""Past visits as their owner asks for them: the real daemon, the real models, the real command line."""

import json

import pytest
from support_broker import wait_until
from support_daemon import BARACK, EILEEN, JOE, play
from support_daemon import whod as run


def asked(whod, *arguments):
    done = whod(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def visits(whod, count):
    def kept():
        found = asked(whod, "visits")
        return found if len(found) >= count else None

    return wait_until(kept, f"{count} visits", 40)


def test_the_life_of_an_unknown_visitor(daemon, tmp_path):
    assert daemon.whod("enrol", "Eileen", EILEEN).returncode == 0
    source = play(
        tmp_path / "day", (BARACK, 20), (None, 5), (EILEEN, 15), (None, 5), (JOE, 20), (None, 5), (BARACK, 20)
    )
    daemon.start(source, "tracking.sighting_gap_s=0.3", "tracking.decide_s=1.5")
    newest, *_ = visits(daemon.whod, 4)
    assert [visit["name"] for visit in asked(daemon.whod, "visits")] == [None, None, "Eileen", None]

    # What is kept of them is enough to decide again as it was decided.
    assert asked(daemon.whod, "replay") == {"visits": 4, "unlike": 0, "changed": []}

    # Who are the unknown ones? Two visits of one man, and one of another.
    barack, joe = asked(daemon.whod, "unknowns")
    assert [barack["visits"], joe["visits"]] == [2, 1]
    assert newest["sighting_id"] in barack["sighting_ids"]
    assert barack["nearest"]["name"] == "Eileen"
    crop = daemon.whod("unknowns", "crop", barack["id"], tmp_path / "crop.jpg")
    assert crop.returncode == 0
    assert (tmp_path / "crop.jpg").read_bytes()[:3] == b"\xff\xd8\xff"
    again = daemon.whod("unknowns", "crop", barack["id"], tmp_path / "crop.jpg")
    assert (again.returncode, "File exists" in again.stderr) == (2, True)

    # Would another picture have told? It would, and nothing has changed.
    tried = asked(daemon.whod, "replay", "--sample", "Barack", BARACK)
    assert {each["sighting_id"] for each in tried["changed"]} == set(barack["sighting_ids"])
    assert {each["then"]["name"] for each in tried["changed"]} == {"Barack"}
    assert [person["name"] for person in asked(daemon.whod, "people")] == ["Eileen"]

    # Named in one step, all visits are his, from any of his visits.
    named = daemon.whod("unknowns", "assign", newest["sighting_id"], "Barack")
    assert named.returncode == 0
    assert named.stdout.startswith("Barack created: ")
    assert ", 2 visits (" in named.stdout
    assert [visit["name"] for visit in asked(daemon.whod, "visits")] == ["Barack", None, "Eileen", "Barack"]
    assert [unknown["id"] for unknown in asked(daemon.whod, "unknowns")] == [joe["id"]]
    identified = daemon.whod("identify", BARACK, "--jsonl")
    assert json.loads(identified.stdout)["faces"][0]["decision"]["name"] == "Barack"

    # Why was she identified?
    eileen = asked(daemon.whod, "visits", "--person", "Eileen")[0]
    accounts = asked(daemon.whod, "explain", eileen["sighting_id"])
    decision = accounts[0]
    assert [account["event_type"] for account in accounts] == ["identified", "sighting"]
    assert (decision["name"], decision["rule"], decision["reason"]) == ("Eileen", "sure", "accepted")
    told = daemon.whod("explain", decision["event_id"])
    assert "the visitor was identified as Eileen." in told.stdout
    assert "Candidate 1: Eileen" in told.stdout

    # The other man is not she, whatever comes: his face is a counter-example. Without the daemon it is the same.
    daemon.end()
    counter = daemon.whod("not", "Eileen", "--visit", joe["id"])
    assert counter.returncode == 0, counter.stderr
    assert counter.stdout.startswith("not Eileen: ")
    assert asked(daemon.whod, "people")[1]["negatives"] > 0
    gone = daemon.whod("unknowns", "forget", joe["id"])
    assert gone.stdout.startswith("the face of 1 visit is forgotten")
    assert joe["id"] not in [unknown["id"] for unknown in asked(daemon.whod, "unknowns")]


def test_with_faces_switched_off_nothing_of_them_is_kept(daemon, tmp_path):
    source = play(tmp_path / "day", (BARACK, 20), (None, 5))
    daemon.start(source, "tracking.sighting_gap_s=0.3", "tracking.decide_s=1.5", "privacy.faces_days=0")
    (visit,) = visits(daemon.whod, 1)
    assert asked(daemon.whod, "unknowns") == []
    assert asked(daemon.whod, "replay") == {"visits": 0, "unlike": 0, "changed": []}
    refused = daemon.whod("not", "Eileen", "--visit", visit["sighting_id"])
    assert refused.returncode == 2
    explained = asked(daemon.whod, "explain", visit["sighting_id"])
    assert [account["event_type"] for account in explained] == ["unknown", "sighting"]
    assert explained[0]["reason"] == "empty_gallery"


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (("explain", "5e1"), 'Nothing is kept of "5e1"'),
        (("unknowns", "assign", "5e1", "Bob"), 'no unknown visitor "5e1"'),
        (("unknowns", "assign", "5e1"), "Give a NAME, or --familiar."),
        (("unknowns", "assign", "5e1", "Bob", "--familiar"), "Give a NAME, or --familiar."),
        (("unknowns", "forget", "5e1"), 'no unknown visitor "5e1"'),
        (("not", "Bob"), "Give pictures, or one --visit."),
        (("replay", "--set", "camera.fps=5"), "camera.fps cannot be tried"),
        (("replay", "--sample", "Bob", "/nowhere.jpg"), "There is no file or folder /nowhere.jpg."),
        (("visits", "--person", "Bob"), 'Nobody named "Bob"'),
    ],
)
def test_what_is_wrong_is_one_sentence(tmp_path, command, sentence):
    done = run("--state-dir", tmp_path / "state", *command)
    assert done.returncode == 2
    assert sentence in done.stderr


def test_without_visits_there_is_nothing_to_list(tmp_path):
    state = ("--state-dir", tmp_path / "state")
    assert json.loads(run(*state, "visits", "--json").stdout) == []
    assert json.loads(run(*state, "unknowns", "--json").stdout) == []
    assert "No such visit" in run(*state, "visits").stderr
    assert "0 visits weighed again" in run(*state, "replay").stderr
