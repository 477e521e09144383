# SPDX-License-Identifier: Apache-2.0
"""`whod doctor` beside a daemon that runs: what that knows of itself is told."""

import json

from support_broker import wait_until
from support_daemon import play


def findings(daemon):
    done = daemon.whod("doctor", "--json")
    return done.returncode, {finding["name"]: finding for finding in json.loads(done.stdout)["findings"]}


def test_a_daemon_that_sees_is_well(daemon, tmp_path):
    daemon.start(play(tmp_path / "day", (None, 2)))
    code, found = findings(daemon)
    assert code == 0, found
    assert found["camera"]["detail"] == "in use by the running daemon"
    assert found["daemon"]["level"] in ("ok", "note")
    assert found["state folder"]["detail"].endswith("in use by the running daemon")


def test_a_camera_that_is_not_there_is_not_well_because_a_daemon_waits_for_it(daemon):
    daemon.start("camera.source=v4l2:/dev/video99")
    wait_until(lambda: findings(daemon)[1]["camera"]["level"] == "bad", "the camera to be missed", 20)
    code, found = findings(daemon)
    assert code == 1
    assert "/dev/video99" in found["camera"]["detail"]


def test_a_camera_that_is_paused_is_a_note(daemon, tmp_path):
    daemon.start(play(tmp_path / "day", (None, 2)), "camera.paused=true")
    code, found = findings(daemon)
    assert code == 0
    assert (found["camera"]["level"], "paused" in found["camera"]["detail"]) == ("note", True)


def test_without_one_that_is_said(daemon):
    assert findings(daemon)[1]["daemon"] == {"name": "daemon", "level": "note", "detail": "whod does not run now"}
