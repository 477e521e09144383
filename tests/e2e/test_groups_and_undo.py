# SPDX-License-Identifier: Apache-2.0
"""Groups, undo and the receipt of forgetting on the command line: alone, and of a daemon that runs."""

import json

import pytest
from support_daemon import BARACK, EILEEN, JOE, play
from support_daemon import whod as alone


@pytest.fixture(params=["alone", "running"])
def whod(request, daemon, tmp_path):
    """The command line for one state folder."""
    if request.param == "running":
        daemon.start(play(tmp_path / "day", (None, 2)))
        return daemon.whod
    state = tmp_path / "state"
    return lambda *arguments: alone("--state-dir", state, *arguments)


def listed(whod, *command):
    return json.loads(whod(*command, "--json").stdout)


def test_a_group_is_made_used_and_deleted(whod):
    whod("enrol", "Eileen", EILEEN)
    whod("enrol", "Joe", JOE)
    assert whod("groups").stderr == 'There are no groups yet: whod groups create "GROUP"\n'
    assert whod("groups", "create", "The crew", "eileen").stdout.startswith("The crew: Eileen (")
    assert whod("groups", "add", "the CREW", "Joe").stdout.startswith("The crew: Eileen, Joe (")
    assert whod("groups", "remove", "The crew", "Joe").stdout.startswith("The crew: Eileen (")
    assert whod("groups", "rename", "The crew", "Crew").stdout.startswith("Crew: Eileen (")
    (group,) = listed(whod, "groups", "list")
    assert (group["name"], [person["name"] for person in group["people"]]) == ("Crew", ["Eileen"])
    assert listed(whod, "groups") == [group]
    assert {p["name"]: p["groups"] for p in listed(whod, "people")} == {"Eileen": ["Crew"], "Joe": []}
    for wrong in (["create", "CREW"], ["add", "Crew", "Nobody"], ["delete", "Crw"], ["add", "Crew"]):
        refused = whod("groups", *wrong)
        assert refused.returncode == 2
        assert refused.stdout == ""
    assert whod("groups", "delete", "Crew").stdout == f"Crew is no group any more ({group['id']})\n"
    assert listed(whod, "groups") == []


def test_a_sample_and_a_merge_come_back_and_who_is_forgotten_does_not(whod):
    whod("enrol", "Eileen", EILEEN)
    whod("enrol", "Both", JOE, BARACK, "--force")
    samples = listed(whod, "samples", "Both")
    assert [sample["picture"] for sample in samples] == [True, True]
    deleted = whod("samples", "Both", "--delete", samples[0]["id"])
    assert deleted.stderr.startswith("To undo it, until ")
    merged = whod("merge", "Both", "Eileen")
    assert merged.stdout.startswith("Eileen (")
    merge, deletion = listed(whod, "undo")
    assert (merge["kind"], merge["gone"], merge["person"]["name"]) == ("merge", "Both", "Eileen")
    assert (deletion["kind"], deletion["gone"]) == ("sample", samples[0]["id"])
    assert merged.stderr.endswith(f"whod undo {merge['id']}\n")
    assert whod("undo").stdout.splitlines()[0].startswith(f"{merge['id']}  Both merged into Eileen, until ")
    for change in (merge, deletion):
        assert whod("undo", change["id"]).stdout.startswith("undone: Both (")
    assert whod("undo", merge["id"]).returncode == 2
    assert whod("undo").stderr == "There is nothing to undo.\n"
    assert {s["id"] for s in listed(whod, "samples", "Both")} == {s["id"] for s in samples}
    receipt = whod("forget", "Both").stdout
    assert receipt.startswith("Both is forgotten, for good: 2 samples, 2 pictures, 0 visits")
    assert [person["name"] for person in listed(whod, "people")] == ["Eileen"]


def test_a_camera_whose_group_is_not_there_says_so(daemon, tmp_path):
    daemon.start(play(tmp_path / "day", (None, 2)), 'camera.groups=["Crew"]')
    daemon.whod("enrol", "Eileen", EILEEN)
    assert 'camera.groups names "Crew", which is no group' in daemon.log.read_text()


def test_everybody_is_forgotten_and_the_groups_stay(whod):
    whod("enrol", "Eileen", EILEEN)
    whod("enrol", "Joe", JOE)
    whod("groups", "create", "Crew", "Joe")
    assert whod("forget", "--all").returncode == 2
    assert len(listed(whod, "people")) == 2
    done = whod("forget", "--all", "--yes")
    assert done.stdout.startswith("Everybody is forgotten, for good: 2 people, 2 samples, 2 pictures, ")
    assert listed(whod, "people") == []
    assert [group["people"] for group in listed(whod, "groups")] == [[]]
    assert whod("enrol", "Joe", JOE).stdout.startswith("Joe created")
