# SPDX-License-Identifier: Apache-2.0
"""Somebody is enrolled by the camera of a daemon that runs, over HTTP: the camera is a folder of pictures."""

import json
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from support_daemon import BARACK, EILEEN, play
from support_poses import poses

SHARED = Path(__file__).parents[3] / "shared" / "faces" / "lfw"
FRAMES = 12
"""Of each pose."""
ROUND = ("camera.fps=8", "camera.loop=true")
PATIENCE_S = 60


class Door:
    """The API of a daemon, with a token that may enrol."""

    def __init__(self, daemon) -> None:
        self._base = f"http://127.0.0.1:{daemon.page}/api/v1/door"
        self._token = daemon.whod("token", "create", "phone", "--scope", "enrol").stdout.strip()

    def ask(self, method, place="", body=None):
        request = urllib.request.Request(
            self._base + place,
            json.dumps(body).encode() if body is not None else None,
            {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                told = answer.read()
        except urllib.error.HTTPError as error:
            told = error.read()
        return json.loads(told) if told[:1] == b"{" else told

    def until(self, session, done):
        """Poll as the phone does; gives all that was told."""
        told = []
        end_s = time.monotonic() + PATIENCE_S
        while not (told and done(told[-1])):
            assert time.monotonic() < end_s, told[-5:]
            told.append(self.ask("POST", f"/{session}/look", {}))
            time.sleep(0.1)
        return told


def the_same_from_all_sides(tmp_path):
    front, left, right, up = poses(tmp_path, BARACK)
    return play(tmp_path / "camera", (None, 4), (front, FRAMES), (left, FRAMES), (right, FRAMES), (up, FRAMES))


def test_a_person_who_does_as_told_is_enrolled_and_then_known(daemon, tmp_path):
    daemon.start(the_same_from_all_sides(tmp_path), *ROUND)
    door = Door(daemon)
    session = door.ask("POST", body={"name": "Barack"})["id"]
    told = door.until(session, lambda state: state["wanted"] is None)
    assert [shot["pose"] for shot in told[-1]["taken"]] == ["front", "left", "right", "up"]
    assert {"stay", "left", "done"} <= {state["cue"] for state in told}
    assert not told[-1]["simulated"]
    assert door.ask("GET", f"/{session}/shots/left.jpg").startswith(b"\xff\xd8")
    done = door.ask("POST", f"/{session}/enrol", {})
    assert (done["change"], done["person"]["name"]) == ("created", "Barack")
    assert [shot["error"] for shot in done["shots"]] == [None] * 4
    people = json.loads(daemon.whod("people", "--json").stdout)
    assert [(person["name"], person["samples"]) for person in people] == [("Barack", 4)]
    assert "Barack (" in daemon.whod("identify", BARACK).stdout
    assert door.ask("POST", f"/{session}/enrol", {}) == done


def test_somebody_else_who_steps_in_is_not_taken(daemon, tmp_path):
    front, *_ = poses(tmp_path, BARACK)
    other = tmp_path / "other"
    other.mkdir()
    _, left, right, up = poses(other, EILEEN)
    camera = play(tmp_path / "camera", (front, FRAMES), *((pose, FRAMES) for pose in (left, right, up)))
    daemon.start(camera, *ROUND)
    door = Door(daemon)
    session = door.ask("POST", body={"name": "Barack"})["id"]
    # Whoever is seen first is the one: the other is somebody else from then on.
    told = door.until(session, lambda state: state["cue"] == "somebody_else")
    assert [shot["pose"] for shot in told[-1]["taken"]] == ["front"]
    assert door.ask("POST", body={"name": "Eileen"})["type"] == "/problems/door-busy"
    ended = door.ask("DELETE", f"/{session}")
    assert ended["id"] == session
    assert door.ask("POST", f"/{session}/look", {})["type"] == "/problems/no-such-door-session"
    assert door.ask("POST", body={"name": "Eileen"})["cue"] == "nobody"


def test_a_terminal_guides_as_well(daemon, tmp_path):
    alone = daemon.whod("enrol", "Barack", "--door")
    assert (alone.returncode, "whod.sock" in alone.stderr) == (1, True)
    assert daemon.whod("enrol", "Barack", "--door", BARACK).returncode == 2
    assert "Give pictures, or --door" in daemon.whod("enrol", "Barack").stderr
    daemon.start(the_same_from_all_sides(tmp_path), *ROUND)
    done = daemon.whod("enrol", "Barack", "--door")
    assert (done.returncode, done.stdout.startswith("Barack created: 4 pictures (")) == (0, True), done.stderr
    assert {"Look a little to your left.", "Stay like that."} <= set(done.stderr.splitlines())
    again = daemon.whod("enrol", "Barack", "--door")
    assert (again.returncode, again.stdout) == (2, "")
    assert again.stderr.count("nearly the same picture as one that whod has of") == 4


@pytest.mark.slow
@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/faces is not there: real heads that are turned")
def test_real_heads_are_told_apart_by_how_they_are_held(daemon, tmp_path):
    """Pictures of one man from four sides, as cameras took them over the years."""
    person = "Gerhard_Schroeder"
    shown = [SHARED / person / f"{person}_{number:04}.jpg" for number in (5, 23, 11, 8)]
    daemon.start(play(tmp_path / "camera", *((path, FRAMES) for path in shown)), *ROUND)
    door = Door(daemon)
    session = door.ask("POST", body={"name": "Gerhard"})["id"]
    door.until(session, lambda state: state["wanted"] is None)
    done = door.ask("POST", f"/{session}/enrol", {})
    assert [shot["error"] for shot in done["shots"]] == [None] * 4
