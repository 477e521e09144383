# SPDX-License-Identifier: Apache-2.0
"""`whod alike` as a user runs it: alone, and while the daemon runs."""

import json

from support_daemon import BARACK, EILEEN, JOE, play, whod


def test_of_nobody(tmp_path):
    done = whod("--state-dir", tmp_path, "alike")
    assert (done.returncode, done.stdout) == (0, "")
    assert "Nobody is enrolled yet" in done.stderr
    assert done.stderr.count("\n") == 1
    assert json.loads(whod("--state-dir", tmp_path, "alike", "--json").stdout)["people"] == []


def test_a_wrong_picture_and_a_threshold(tmp_path):
    whod("--state-dir", tmp_path, "enrol", "Eileen", EILEEN)
    whod("--state-dir", tmp_path, "enrol", "Joe", JOE, BARACK, "--force")
    done = whod("--state-dir", tmp_path, "alike", "--false-accept", "0.001")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].startswith("Eileen ")
    assert "one sample, most like Joe (" in lines[0]
    assert ", 2 missed, most like Eileen (" in lines[1]
    assert lines[2:4] == ["Most alike:", lines[3]]
    warnings = [line for line in lines if line.startswith("Warning: ")]
    assert len(warnings) == 3
    assert 'A sample of "Joe" is unlike the others of "Joe"' in warnings[0]
    assert 'only one sample of "Eileen"' in warnings[2]
    assert lines[-1].startswith(
        "gallery.threshold = 0.523 names at most 0.1 % of strangers' pictures (0.523 measured"
    )


def test_rates_that_are_none(tmp_path):
    for rate in ("0.5", "0", "nan"):
        done = whod("--state-dir", tmp_path, "alike", "--false-accept", rate)
        assert done.returncode == 2
        assert "from 0.0003 to 0.05" in done.stderr
    assert whod("--state-dir", tmp_path, "alike", "--false-accept", "few").returncode == 2


def test_while_the_daemon_runs(daemon, tmp_path):
    daemon.start(play(tmp_path / "day", (None, 2)))
    daemon.whod("enrol", "Eileen", EILEEN)
    daemon.whod("enrol", "Joe", JOE, BARACK, "--force")
    found = json.loads(daemon.whod("alike", "--json", "--false-accept", "0.01").stdout)
    assert [(one["person"]["name"], one["samples"]) for one in found["people"]] == [("Eileen", 1), ("Joe", 2)]
    assert [warning["doubt"] for warning in found["warnings"]] == ["odd_sample", "odd_sample", "one_sample"]
    assert found["advice"]["threshold"] == 0.453
    refused = daemon.whod("alike", "--false-accept", "1e-9")
    assert refused.returncode == 2
    assert "from 0.0003 to 0.05" in refused.stderr
