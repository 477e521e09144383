# SPDX-License-Identifier: Apache-2.0
"""docs/migrating.md: each call of theirs has an example, and each example runs as it stands there."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from support_daemon import Daemon

ROOT = Path(__file__).parents[2]
FAMILY = ROOT.parent / "shared" / "faces" / "family"
INTRODUCTION, *ORIGINS = re.split(r"^## ", (ROOT / "docs" / "migrating.md").read_text(), flags=re.MULTILINE)
PAGES = {text.splitlines()[0]: text for text in ORIGINS if "```sh" in text}
PICTURES = {
    "dad1.jpg": "Family1-Dad1.jpg",
    "dad2.jpg": "Family1-Dad2.jpg",
    "door.jpg": "Family1-Dad3.jpg",
    "stranger.jpg": "Family2-Man1.jpg",
    "party.jpg": "identification1.jpg",
    "people/Dad/1.jpg": "Family1-Dad1.jpg",
    "people/Dad/2.jpg": "Family1-Dad2.jpg",
    "people/Mom/1.jpg": "Family1-Mom1.jpg",
    "people/Mom/group.jpg": "identification1.jpg",
}
DAD = "Dad"


def script(text):
    """The example of a part of the page."""
    (found,) = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    return found


def calls(text):
    """Their calls, in the table and in the example."""
    table = re.findall(r"^\| (.+?) \| ", text.replace("\\|", ""), re.MULTILINE)[1:]
    return {call.replace("`", "") for call in table if call != "---"}, {
        comment.replace("`", "") for comment in re.findall(r"^# (.*)$", script(text), re.MULTILINE)
    }


@pytest.mark.parametrize("origin", PAGES)
def test_each_call_has_an_example_and_each_example_a_call(origin):
    theirs, shown = calls(PAGES[origin])
    assert shown <= theirs
    assert all("| none |" in row for call in theirs - shown for row in rows(PAGES[origin], call))


def rows(text, call):
    return [row for row in text.splitlines() if row.replace("`", "").startswith(f"| {call} |")]


@pytest.fixture
def run(tmp_path):
    """Runs the example of an origin against a daemon of its own; gives what each part of it printed."""
    if not FAMILY.is_dir():
        pytest.skip("no test pictures: ../shared/faces")
    if not all(map(shutil.which, ("bash", "curl", "jq"))):
        pytest.skip("bash, curl or jq is not installed")
    for name, original in PICTURES.items():
        place = tmp_path / "work" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(FAMILY / original, place)
    daemon = Daemon(tmp_path)
    try:
        daemon.start(f"camera.source=folder:{tmp_path / 'nothing'}")
        yield lambda origin: said(script(INTRODUCTION), script(PAGES[origin]), daemon, tmp_path / "work")
    finally:
        daemon.close()


def said(setup, example, daemon, folder):
    marked = re.sub(r"^# (.*)$", lambda call: f"echo '=== {call[1]}'", example, flags=re.MULTILINE)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", setup + marked],
        cwd=folder,
        env={**os.environ, "SOCKET": str(daemon.state / "whod.sock")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-600:]}\n{done.stderr}"
    parts = re.split(r"^=== (.*)\n", done.stdout, flags=re.MULTILINE)[1:]
    return {call.replace("`", ""): values(text) for call, text in zip(parts[::2], parts[1::2], strict=True)}


def values(text):
    """The JSON texts, one after the other."""
    decoder, found = json.JSONDecoder(), []
    while text := text.strip():
        value, end = decoder.raw_decode(text)
        found.append(value)
        text = text[end:]
    return found


def test_azure_face(run):
    out = run("Azure Face")
    assert out["POST /persongroups/family/persons"][0]["name"] == DAD
    assert len(out["POST …/persons/{personId}/persistedfaces"][0]["sample_ids"]) == 2
    assert out["…/persistedfaces?targetFace=…"][0]["person"]["name"] == "Son"
    assert out["POST /persongroups/family/train, GET …/training"][0]["state"] == "done"
    decision = out["POST /identify"][0]["faces"][0]["decision"]
    assert (decision["name"], decision["reason"]) == (DAD, "accepted")
    assert out["POST /verify"] == [True]
    assert [one["name"] for one in out["POST /findsimilars"][0]] == [DAD, "Son"]
    assert [person["name"] for person in out["GET /persongroups/family/persons"][0]] == [DAD]
    assert out["PATCH …/persons/{personId}"][0]["name"] == "Junior"


def test_clarifai(run):
    out = run("Clarifai")
    imported, *lines = out["POST /v2/inputs, then waiting until each is processed"]
    assert imported["state"] == "done"
    assert "group.jpg" in json.dumps(lines)
    assert out["GET /v2/annotations (regions of inputs)"] == [["party.jpg", 4], ["door.jpg", 1]]
    assert out["POST /v2/annotations (concept of a region)"][0]["person"]["name"] == "Son"
    assert out["PATCH /v2/models/{id} (concepts of a model)"][1] == "other_group"
    assert out["POST /v2/workflows/{id}/results"][0][1:] == [DAD, 2]
    assert out["POST /v2/annotations/searches (by embedding)"][0]["decision"]["name"] == DAD


def test_a_customised_training_sdk(run):
    out = run("An SDK for customised training")
    assert out["GET /status/<task_id>"] == ["done"]
    assert out["POST /predict/custom/<tag>"][0]["name"] == DAD
    assert out["POST /predict_by_features"][0]["results"][0]["decision"]["name"] == DAD
    dry, wet = out["POST /set_state"]
    assert dry != wet
    assert out["apply_aesthetic_score, apply_stock_score"][0][1] is None
