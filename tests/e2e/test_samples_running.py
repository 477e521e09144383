# SPDX-License-Identifier: Apache-2.0
"""Samples, counter-examples and familiar people of a daemon that runs: the commands ask it over its socket."""

import json

from support_daemon import BARACK, EILEEN, JOE, play


def test_samples_come_and_go_while_it_runs(daemon, tmp_path):
    daemon.start(play(tmp_path / "day", (None, 2)), "gallery.max_samples=3")
    assert "4 pictures, 1 set aside" in daemon.whod("enrol", "Eileen", *[EILEEN] * 4, "--force").stdout
    refused = daemon.whod("enrol", "eileen", EILEEN)
    assert refused.returncode == 2
    assert refused.stderr.startswith(f"whod: {EILEEN} is nearly the same picture as one that whod has of")
    assert "is unlike what whod has of" in daemon.whod("enrol", "Eileen", JOE).stderr
    assert "1 counter-example (" in daemon.whod("not", "eileen", JOE).stdout
    samples = json.loads(daemon.whod("samples", "Eileen", "--json").stdout)
    assert [s["kind"] for s in samples] == ["positive"] * 4 + ["negative"]
    (aside,) = [s["id"] for s in samples if s["set_aside_at"]]
    assert "set aside" in daemon.whod("samples", "Eileen", "--restore", aside).stdout
    assert len(daemon.whod("samples", "Eileen", "--delete", samples[-1]["id"]).stdout.splitlines()) == 4
    assert daemon.whod("samples", "Eileen", "--delete", samples[-1]["id"]).returncode == 2
    assert daemon.whod("familiar", "Eileen").stdout.startswith("Eileen is familiar (")
    (person,) = json.loads(daemon.whod("people", "--json").stdout)
    assert (person["samples"], person["negatives"], person["familiar"]) == (3, 0, True)
    assert "Eileen" not in daemon.log.read_text()


def test_a_sample_that_was_deleted_counts_no_more(daemon, tmp_path):
    daemon.start(play(tmp_path / "day", (None, 2)))
    daemon.whod("enrol", "Family", JOE, BARACK, "--force")

    def named():
        (face,) = json.loads(daemon.whod("identify", BARACK, "--jsonl").stdout)["faces"]
        return face["decision"]["name"]

    assert named() == "Family"
    _, wrong = json.loads(daemon.whod("samples", "Family", "--json").stdout)
    daemon.whod("samples", "Family", "--delete", wrong["id"])
    assert named() is None
