# SPDX-License-Identifier: Apache-2.0
"""The command line, as its user sees it: results, sentences, exit codes."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from skimage.data import chelsea
from skimage.io import imread, imsave
from skimage.transform import resize
from support_daemon import BARACK, EILEEN, JOE, ROOT, whod

GOLDEN = ROOT / "models" / "golden.png"


def test_embed_gives_the_schema(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.jpg").symlink_to(EILEEN)
    (tmp_path / "a.JPG").symlink_to(JOE)
    (tmp_path / "notes.txt").write_text("passed over")
    (tmp_path / "broken.png").write_bytes(EILEEN.read_bytes()[:5000])
    done = whod("embed", tmp_path, "--jsonl")
    assert done.returncode == 0
    assert done.stderr == ""
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert [r["path"] for r in records] == [str(tmp_path / p) for p in ("a.JPG", "broken.png", "sub/b.jpg")]
    good, broken, _ = records
    assert set(good) == {"path", "width", "height", "model_id", "faces", "error"}
    (face,) = good["faces"]
    assert set(face) == {"box", "score", "landmarks", "quality", "embedding"}
    assert set(face["landmarks"]) == {"left_eye", "right_eye", "nose", "mouth"}
    assert len(face["embedding"]) == 192
    assert sum(v * v for v in face["embedding"]) == pytest.approx(1, abs=1e-3)
    assert 0 < face["quality"] <= 1
    assert broken["faces"] == []
    assert "damaged or cut off" in broken["error"]


def test_embed_without_jsonl_is_for_people():
    done = whod("embed", GOLDEN)
    assert done.stdout.startswith(f"{GOLDEN}: a face of ")


def test_what_is_not_there_is_one_sentence():
    for command in (["embed", "/nowhere"], ["enrol", "X", "/nowhere.jpg"], ["import", "/nowhere"]):
        done = whod(*command)
        assert done.returncode == 2
        assert done.stderr.startswith("whod: There is no ")
        assert done.stderr.count("\n") == 1


def test_what_cannot_be_reached_is_one_sentence(tmp_path):
    for path in ("a" * 300 + ".jpg", GOLDEN / "x.jpg"):
        done = whod("embed", path)
        assert done.returncode == 2
        assert done.stderr.startswith("whod: ")
        assert done.stderr.count("\n") == 1
    empty = whod("evaluate", tmp_path)
    assert empty.returncode == 2
    assert "no picture of a face" in empty.stderr


def test_names_of_files_may_be_of_any_bytes(tmp_path):
    strange = os.fsencode(tmp_path) + b"/new\nline-\xff.jpg"
    Path(os.fsdecode(strange)).symlink_to(EILEEN)
    (record,) = [json.loads(line) for line in whod("embed", tmp_path, "--jsonl").stdout.splitlines()]
    assert os.fsencode(record["path"]) == strange
    assert len(whod("embed", tmp_path).stdout.splitlines()) == 1
    refused = whod("--state-dir", tmp_path / "state", "enrol", "", strange.decode("utf-8", "surrogateescape"))
    assert refused.stderr.count("\n") == 1


def test_results_that_cannot_be_written_are_said():
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "daemon", "embed", str(GOLDEN), "--jsonl"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr == "whod: The results cannot be written: No space left on device.\n"


def test_settings_from_what_is_no_file_do_not_hang(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    done = whod("--config", tmp_path / "pipe", "people")
    assert done.returncode == 78
    assert "it is not a file" in done.stderr


def test_the_life_of_a_person(tmp_path):
    state = ("--state-dir", tmp_path / "state")
    assert "created" in whod(*state, "enrol", "Alice", EILEEN).stdout
    assert "updated" in whod(*state, "enrol", " aLICE ", EILEEN, "--force").stdout
    assert "created" in whod(*state, "enrol", "Bob", JOE).stdout
    people = json.loads(whod(*state, "people", "--json").stdout)
    assert [(p["name"], p["samples"]) for p in people] == [("Alice", 2), ("Bob", 1)]
    assert set(people[0]) == {
        "id", "name", "samples", "negatives", "groups", "familiar", "created_at", "updated_at", "last_seen_at",
        "version",
    }  # fmt: skip
    taken = whod(*state, "rename", "Bob", "alice")
    assert taken.returncode == 2
    assert "merge" in taken.stderr
    assert whod(*state, "merge", "Bob", "Alice").returncode == 0
    assert whod(*state, "rename", "alice", "Zoë").stdout.startswith("Zoë (")
    gone = whod(*state, "forget", "Zoe")
    assert gone.returncode == 2
    assert 'did you mean "Zoë"' in gone.stderr
    assert whod(*state, "forget", "zoë").returncode == 0
    assert json.loads(whod(*state, "people", "--json").stdout) == []


def test_what_speaks_against_a_picture_is_said(tmp_path):
    state = ("--state-dir", tmp_path / "state")
    again = tmp_path / "again.png"
    imsave(again, (resize(imread(EILEEN), (400, 400)) * 255).astype(np.uint8), check_contrast=False)
    whod(*state, "enrol", "Eileen", EILEEN)
    for arguments, sentence in (
        (["Eileen", again], f'{again} is nearly the same picture as one that whod has of "Eileen" already'),
        (["Ellen", again], f'The face in {again} is more like "Eileen" (similarity '),
        (["Eileen", JOE], f'The face in {JOE} is unlike what whod has of "Eileen"'),
        (["Both", JOE, BARACK], f"The face in {BARACK} is unlike the others"),
        (["Joe", JOE, JOE], f"{JOE} is nearly the same picture as {JOE}"),
    ):
        refused = whod(*state, "enrol", *arguments)
        assert refused.returncode == 2
        assert refused.stderr.startswith(f"whod: {sentence}")
        assert refused.stderr.count("\n") == 1
        assert "force it" in refused.stderr or "leave one of them out" in refused.stderr
    (person,) = json.loads(whod(*state, "people", "--json").stdout)
    assert (person["name"], person["samples"]) == ("Eileen", 1)
    assert whod(*state, "enrol", "Both", JOE, BARACK, again, "--force").returncode == 0


def test_samples_and_counter_examples(tmp_path):
    state = ("--state-dir", tmp_path / "state")
    whod(*state, "enrol", "Eileen", EILEEN)
    said = whod(*state, "not", "eileen", JOE, BARACK)
    assert said.stdout.startswith("not Eileen: 2 counter-examples (")
    first, second, third = json.loads(whod(*state, "samples", "Eileen", "--json").stdout)
    assert [(s["kind"], s["source"], s["set_aside_at"]) for s in (first, second, third)] == [
        ("positive", "cli", None), ("negative", "cli", None), ("negative", "cli", None),
    ]  # fmt: skip
    left = whod(*state, "samples", "Eileen", "--delete", second["id"]).stdout.splitlines()
    assert [line.split()[0] for line in left] == [first["id"], third["id"]]
    last = whod(*state, "samples", "Eileen", "--delete", first["id"])
    assert last.returncode == 2
    assert "forget the person" in last.stderr
    for wrong in ("x", second["id"]):
        assert whod(*state, "samples", "Eileen", "--restore", wrong).returncode == 2
    assert whod(*state, "not", "Eileen", EILEEN).returncode == 2


def test_more_samples_than_the_limit_are_set_aside_and_come_back(tmp_path):
    command = ("--state-dir", tmp_path / "state", "--set", "gallery.max_samples=3")
    done = whod(*command, "enrol", "Eileen", *[EILEEN] * 4, "--force")
    assert done.stdout.startswith("Eileen created: 4 pictures, 1 set aside (")
    (aside,) = [line for line in whod(*command, "samples", "Eileen").stdout.splitlines() if "set aside" in line]
    listed = whod(*command, "samples", "Eileen", "--restore", aside.split()[0]).stdout.splitlines()
    assert sum("set aside" in line for line in listed) == 1
    assert not any("set aside" in line for line in listed if line.startswith(aside.split()[0]))


def test_somebody_familiar(tmp_path):
    state = ("--state-dir", tmp_path / "state")
    whod(*state, "enrol", "Postman", JOE)
    assert whod(*state, "familiar", "postman").stdout.startswith("Postman is familiar (")
    whod(*state, "rename", "Postman", "Joe")
    assert whod(*state, "people").stdout.rstrip().endswith("familiar")
    assert whod(*state, "familiar", "Joe", "--off").stdout.startswith("Joe is a resident (")
    assert not json.loads(whod(*state, "people", "--json").stdout)[0]["familiar"]


def test_identify_gives_the_schema_and_names_nobody_twice(tmp_path):
    state = ("--state-dir", tmp_path / "state")
    whod(*state, "enrol", "Eileen", EILEEN)
    lines = whod(*state, "identify", EILEEN, BARACK, "--jsonl").stdout.splitlines()
    known, unknown = (json.loads(line)["faces"][0] for line in lines)
    assert set(known) == {"box", "score", "quality", "decision", "candidates"}
    assert set(known["decision"]) == {"person_id", "name", "familiar", "similarity", "margin", "reason"}
    assert known["decision"]["name"] == "Eileen"
    assert known["candidates"][0]["votes"] == 1
    assert unknown["decision"]["name"] is None
    assert unknown["decision"]["person_id"] is None
    assert unknown["decision"]["similarity"] < 0.55


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("", "name"), ("   ", "name"), ("x" * 101, "100"), ("a\nb", "control"), ("a\u202eb", "direction")],
)
def test_a_bad_name_is_refused(tmp_path, name, sentence):
    done = whod("--state-dir", tmp_path / "state", "enrol", name, EILEEN)
    assert done.returncode == 2
    assert sentence in done.stderr.lower()
    assert done.stderr.count("\n") == 1


def test_a_picture_to_enrol_has_one_face(tmp_path):

    state = ("--state-dir", tmp_path / "state")
    imsave(tmp_path / "cat.png", chelsea(), check_contrast=False)
    face = imread(GOLDEN)

    imsave(tmp_path / "two.png", np.hstack([face, face]), check_contrast=False)
    none = whod(*state, "enrol", "Cat", EILEEN, tmp_path / "cat.png")
    assert none.returncode == 2
    assert f"No face was found in {tmp_path / 'cat.png'}" in none.stderr
    two = whod(*state, "enrol", "Twins", tmp_path / "two.png")
    assert two.returncode == 2
    places = re.search(r"2 faces were found in .*, at \((\d+), (\d+)\), \((\d+), (\d+)\): .*--at X Y", two.stderr)
    assert places
    assert json.loads(whod(*state, "people", "--json").stdout) == []
    missed = whod(*state, "enrol", "Twin", tmp_path / "two.png", "--at", "1", "1")
    assert (missed.returncode, missed.stdout) == (2, "")
    assert "is at (1, 1): its faces are at (" in missed.stderr
    for name, at in (("Left", places.groups()[:2]), ("Right", places.groups()[2:])):
        one = whod(*state, "enrol", name, tmp_path / "two.png", "--at", *at, "--force")
        assert (one.returncode, one.stdout.split(":")[0]) == (0, f"{name} created")


def test_import_goes_on_past_what_is_refused(tmp_path):
    home = tmp_path / "family"
    for name, picture in (("Eileen", EILEEN), ("Joe", JOE)):
        (home / name).mkdir(parents=True)
        (home / name / "1.jpg").symlink_to(picture)
    (home / "Joe" / "0.jpg").write_bytes(b"nothing")
    done = whod("--state-dir", tmp_path / "state", "import", home, "--json")
    assert done.returncode == 0
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(r["name"], r["change"]) for r in records] == [("Eileen", "created"), ("Joe", None), ("Joe", "created")]
    assert "no picture that whod knows" in records[1]["error"]
    again = whod("--state-dir", tmp_path / "state", "import", home)
    assert again.returncode == 0
    assert "0 enrolled, 2 known already, 1 refused" in again.stderr
    assert again.stdout.count("unchanged") == 2
    (tmp_path / "empty").mkdir()
    assert whod("--state-dir", tmp_path / "state", "import", tmp_path / "empty").returncode == 2


def test_a_large_picture_is_made_smaller_before_it_is_sent(tmp_path):

    height, width = (4 * side for side in imread(EILEEN).shape[:2])
    large = (resize(imread(EILEEN), (height, width)) * 255).astype(np.uint8)
    noise = np.random.default_rng(0).integers(0, 12, large.shape, dtype=np.uint8)
    imsave(tmp_path / "large.png", np.clip(large, 0, 243) + noise, check_contrast=False)
    assert (tmp_path / "large.png").stat().st_size > 3_000_000
    state = ("--state-dir", tmp_path / "state")
    done = whod(*state, "enrol", "Eileen", tmp_path / "large.png")
    assert done.returncode == 0, done.stderr
    (small,) = json.loads(whod("embed", EILEEN, "--jsonl").stdout)["faces"]
    for command in (["embed"], [*state, "identify"]):
        record = json.loads(whod(*command, tmp_path / "large.png", "--jsonl").stdout)
        assert record["faces"][0]["box"] == pytest.approx([4 * v for v in small["box"]], rel=0.05)
    embedded = json.loads(whod("embed", tmp_path / "large.png", "--jsonl").stdout)
    assert (embedded["width"], embedded["height"]) == (width, height)


def test_doctor_finds_all_well_and_what_is_not(tmp_path):
    well = whod("--state-dir", tmp_path / "state", "--set", "camera.source=demo", "doctor", "--settings")
    assert well.returncode == 0, well.stdout
    assert "see the golden picture as they should" in well.stdout
    assert 'camera.source = "demo"  (--set)' in well.stdout
    ill = whod(
        "--state-dir", tmp_path / "state", "--set", "camera.source=file:/nowhere.mp4",
        "--set", "mqtt.host=127.0.0.1", "--set", "mqtt.port=1", "doctor", "--json",
    )  # fmt: skip
    assert ill.returncode == 1
    bad = {f["name"] for f in json.loads(ill.stdout)["findings"] if f["level"] == "bad"}
    assert bad == {"camera", "broker"}
    paused = "camera.paused=true", "--set", "camera.source=file:/nowhere.mp4"
    found = whod("--state-dir", tmp_path / "state", "--set", *paused, "doctor").stdout
    assert "not tried: it is paused" in found


def test_nothing_of_the_libraries_reaches_the_user(tmp_path):
    broken = bytearray(EILEEN.read_bytes())
    broken[len(broken) // 2 : len(broken) // 2 + 40] = bytes(40)
    (tmp_path / "broken.jpg").write_bytes(broken)
    done = whod("embed", tmp_path / "broken.jpg", "--jsonl")
    assert done.stderr == ""
    assert len(done.stdout.splitlines()) == 1


def test_the_libraries_may_be_let_through():
    assert "XNNPACK" in whod("--set", "log.libraries=true", "embed", GOLDEN).stderr


def test_a_closed_stderr_is_no_trouble():
    command = f"{sys.executable} -m daemon embed {GOLDEN} 2>&-"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert "a face of" in done.stdout


def test_a_reader_that_goes_away_ends_it_quietly(tmp_path):
    for i in range(40):
        (tmp_path / f"{i}.jpg").symlink_to(EILEEN)
    command = f"{sys.executable} -m daemon embed {tmp_path} --jsonl | head -n 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
    assert len(done.stdout.splitlines()) == 1


def test_help_and_version():
    assert "identifies people on this device" in whod("--help").stdout
    assert whod("--version").stdout.startswith("whod, version ")
