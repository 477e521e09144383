# SPDX-License-Identifier: Apache-2.0
"""The commands about backups, with and without a daemon; and a daemon that is killed in the middle of a restore."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import random
import signal
import sqlite3
import subprocess
import sys
import time

import pytest
from support_backups import changed, members
from support_broker import wait_until
from support_daemon import BARACK, EILEEN, JOE, whod

from daemon.vision import load_manifest, models_folder


@pytest.fixture(params=["alone", "running"])
def ask(request, daemon):
    """Runs a command on a state folder in which Eileen and Barack are enrolled."""
    for name, picture in (("Eileen", EILEEN), ("Barack", BARACK)):
        assert daemon.whod("enrol", name, picture).returncode == 0
    if request.param == "running":
        daemon.start("camera.source=demo", "backup.daily=false")
    return daemon.whod


def listed(ask):
    return [person["name"] for person in json.loads(ask("people", "--json").stdout)]


def test_a_backup_and_back(ask, tmp_path):
    file = tmp_path / "b.zip"
    made = ask("backup", file)
    assert (made.returncode, made.stdout) == (0, "")
    assert "2 people, 2 samples, 2 pictures; not encrypted" in made.stderr
    assert file.stat().st_mode & 0o777 == 0o600
    refused = ask("backup", tmp_path, "--force")
    assert (refused.returncode, "is no file" in refused.stderr) == (2, True)
    refused = ask("backup", file)
    assert (refused.returncode, "--force" in refused.stderr) == (2, True)
    assert ask("backup", file, "--force").returncode == 0
    ask("rename", "Eileen", "E. Collins")
    ask("forget", "Barack")
    tried = ask("restore", file, "--dry-run")
    assert "~ Eileen: was E. Collins" in tried.stdout
    assert "+ Barack: +1 samples" in tried.stdout
    assert "1 people added, 1 changed, 0 removed, 0 as they are" in tried.stdout
    unasked = ask("restore", file)
    assert (unasked.returncode, "--yes" in unasked.stderr) == (2, True)
    assert listed(ask) == ["E. Collins"]
    assert ask("restore", file, "--yes", "--merge").returncode == 0
    assert listed(ask) == ["Barack", "E. Collins"]
    done = json.loads(ask("restore", file, "--yes", "--json").stdout)
    assert (done["applied"], done["changed"]) == (True, 1)
    assert listed(ask) == ["Barack", "Eileen"]
    assert list((tmp_path / "state" / "staging").iterdir()) == []


@pytest.mark.parametrize("how", [[], ["--json"]], ids=["text", "json"])
def test_pictures_of_another_model_are_embedded_again_before_the_command_ends(ask, tmp_path, how):
    file = tmp_path / "b.zip"
    ask("backup", file)
    ours = load_manifest(models_folder()).embedder.id.encode()
    assert ours in members(file.read_bytes())["samples.jsonl"]
    file.write_bytes(changed(file.read_bytes(), "samples.jsonl", lambda text: text.replace(ours, b"another-model")))
    done = ask("restore", file, "--yes", *how)
    assert done.returncode == 0, done.stderr
    assert "The pictures of another model are embedded again." in done.stderr
    assert ask("identify", EILEEN).stdout.split(": ")[1].startswith("Eileen (")


def test_with_a_passphrase(ask, tmp_path):
    secret, file = tmp_path / "secret", tmp_path / "b.age"
    secret.write_text("sesam öffne dich\n")
    assert "; encrypted." in ask("backup", file, "--passphrase-file", secret).stderr
    assert file.read_bytes().startswith(b"age-encryption.org/v1\n")
    missing = ask("restore", file, "--dry-run")
    assert (missing.returncode, "give its passphrase" in missing.stderr) == (2, True)
    assert "2 as they are" in ask("restore", file, "--dry-run", "--passphrase-file", secret).stdout


def test_to_a_pipe(ask, tmp_path):
    state = ["--state-dir", str(tmp_path / "state")]
    done = subprocess.run(
        [sys.executable, "-m", "daemon", *state, "backup", "-"], capture_output=True, timeout=120, check=True
    )
    assert json.loads(members(done.stdout)["manifest.json"])["counts"]["people"] == 2
    assert not list(tmp_path.glob("*.zip"))


@pytest.mark.slow
def test_what_is_no_backup(ask):
    refused = ask("restore", EILEEN, "--yes")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "no backup of whod" in refused.stderr
    assert ask("restore", "nothing.zip", "--yes").returncode == 2
    assert listed(ask) == ["Barack", "Eileen"]


@pytest.mark.slow
def test_the_backups_of_the_device(daemon):
    assert "No backup is kept yet" in daemon.whod("backups").stderr
    daemon.whod("enrol", "Eileen", EILEEN)
    daemon.start("camera.source=demo")
    wait_until(lambda: json.loads(daemon.whod("backups", "--json").stdout), "the first backup")
    (kept,) = json.loads(daemon.whod("backups", "--json").stdout)
    assert kept["name"] in daemon.whod("backups").stdout
    daemon.whod("enrol", "Joe", JOE)
    assert "- Joe" in daemon.whod("restore", kept["name"], "--dry-run").stdout


def test_a_damaged_gallery_is_told_until_somebody_takes_notice(daemon):
    daemon.whod("enrol", "Eileen", EILEEN)
    daemon.start("camera.source=demo")
    wait_until(lambda: json.loads(daemon.whod("backups", "--json").stdout), "the first backup")
    daemon.end()
    (daemon.state / "gallery.db").write_bytes(b"")
    refused = daemon.whod("people")
    assert (refused.returncode, "Start whod" in refused.stderr) == (1, True)
    daemon.start("camera.source=demo")
    assert listed(daemon.whod) == ["Eileen"]
    health = daemon.health()
    assert health["ok"] is True
    assert health["problem"].startswith("gallery: It was damaged")
    assert "It was damaged" in daemon.get("/")[1].decode()
    assert "--accept" in daemon.whod("backups").stderr
    assert daemon.whod("backups", "--accept").stderr == ""
    assert daemon.health()["problem"] is None


@pytest.mark.slow
def test_asked_on_a_terminal(daemon, tmp_path):
    daemon.whod("enrol", "Eileen", EILEEN)
    daemon.whod("backup", tmp_path / "b.zip")
    daemon.whod("rename", "Eileen", "Ellen")
    for answer, name in (("n", "Ellen"), ("y", "Eileen")):
        said = typed(["--state-dir", str(daemon.state), "restore", str(tmp_path / "b.zip")], [answer])
        assert "~ Eileen: was Ellen" in said
        assert listed(daemon.whod) == [name]


def test_a_passphrase_is_typed_unseen(daemon, tmp_path):
    daemon.whod("enrol", "Eileen", EILEEN)
    state, file = ["--state-dir", str(daemon.state)], str(tmp_path / "b.age")
    said = typed([*state, "backup", file, "--passphrase-prompt"], ["sesame", "sesame"])
    said += typed([*state, "restore", file, "--dry-run", "--passphrase-prompt"], ["sesame"])
    assert "1 as they are" in said
    assert "sesame" not in said


def typed(arguments, answers):
    """Run a command on a terminal; what it said."""
    child, terminal = pty.fork()
    if child == 0:
        os.execv(sys.executable, [sys.executable, "-m", "daemon", *arguments])
    said = b""
    try:
        for answer in answers:
            part = b""
            while not part.rstrip().endswith((b":", b"]:")):
                part += os.read(terminal, 4096)
            said += part
            os.write(terminal, answer.encode() + b"\n")
        while True:
            said += os.read(terminal, 4096)
    except OSError:
        pass  # it has ended
    finally:
        os.close(terminal)
        os.waitpid(child, 0)
    return said.decode()


def killed(daemon, tmp_path, count):
    """Kill the daemon at any moment of a restore: the old gallery or the new one is there, whole."""
    chance = random.Random(count)
    files = []
    for name, picture in (("Eileen", EILEEN), ("Barack", BARACK)):
        daemon.whod("enrol", name, picture)
        files.append(tmp_path / f"{name}.zip")
        daemon.whod("backup", files[-1])
    ends = {("Eileen",), ("Barack", "Eileen")}
    seen = set()
    for turn in range(count):
        daemon.start("camera.source=demo", "backup.daily=false")
        command = [
            sys.executable,
            "-m",
            "daemon",
            "--state-dir",
            str(daemon.state),
            "restore",
            "--yes",
            str(files[turn % 2]),
        ]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as restoring:
            wait_until(
                lambda: b"(restore) begins" in daemon.log.read_bytes() or restoring.poll() is not None, "the job"
            )
            time.sleep(chance.random() * 0.3)
            daemon.end(signal.SIGKILL)
        daemon.log.write_bytes(b"")
        with contextlib.closing(sqlite3.connect(daemon.state / "gallery.db")) as gallery:
            assert gallery.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        people = tuple(listed(daemon.whod))
        assert people in ends
        seen.add(people)
        assert list((daemon.state / "staging").iterdir()) == []
        assert not list(daemon.state.glob("*.new*"))
    return seen


@pytest.mark.slow
def test_a_daemon_that_is_killed_in_a_restore_leaves_one_or_the_other(daemon, tmp_path):
    assert len(killed(daemon, tmp_path, 20)) == 2


def test_two_ways_to_give_a_passphrase_are_one_too_many(tmp_path):
    refused = whod(
        "--state-dir", tmp_path, "backup", tmp_path / "b", "--passphrase-file", EILEEN, "--passphrase-prompt"
    )
    assert (refused.returncode, "not both" in refused.stderr) == (2, True)


def test_who_may_still_be_in_a_backup_is_told_and_holds_up_nothing(daemon, tmp_path):
    assert daemon.whod("enrol", "Barack", BARACK).returncode == 0
    with contextlib.closing(sqlite3.connect(daemon.state / "gallery.db")) as gallery, gallery:
        gallery.execute("INSERT INTO forgotten (id) VALUES ('somebody')")
    away = f"backup.folder={tmp_path / 'away'}"
    listed = daemon.whod("--set", away, "people")
    assert (listed.returncode, "Barack" in listed.stdout) == (0, True)
    assert "may still be in a backup" in listed.stderr
    refused = daemon.whod("--set", away, "forget", "Barack")
    assert (refused.returncode, "mounted" in refused.stderr) == (1, True)
    assert "Barack" in daemon.whod("people").stdout
