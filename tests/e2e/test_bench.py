# SPDX-License-Identifier: Apache-2.0
"""`whod bench` as a process; its JSON is tested against docs/cli.md."""

import json
import socket

from support_daemon import whod


def test_a_table_for_people_that_leaves_nothing_behind(tmp_path):
    done = whod("--state-dir", tmp_path / "state", "bench", "--quick")
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout, "colour is for terminals"
    for part in (
        "Stage, in ms",
        "A frame of 640 x 480, in ms",
        "Model alone, in ms",
        "Search, in ms",
        "well off|faster|as fast",
    ):
        assert any(word in done.stdout for word in part.split("|")), part
    assert list(tmp_path.iterdir()) == []


def test_it_measures_the_models_as_they_are_set_and_warns_of_a_daemon(tmp_path):
    with socket.socket(socket.AF_UNIX) as daemon:
        daemon.bind(str(tmp_path / "whod.sock"))
        daemon.listen()
        done = whod("--state-dir", tmp_path, "--set", "embedder.threads=3", "bench", "--quick", "--json")
    report = json.loads(done.stdout)
    assert report["warnings"][0].startswith("The daemon runs on this machine too")
    assert report["settings"]["embedder"]["threads"] == 3
    assert 3 in {model["threads"] for model in report["models"] if model["model"] == "embedder"}
