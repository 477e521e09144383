# SPDX-License-Identifier: Apache-2.0
"""`make platform`, as far as it goes without making a system: what it can be asked for, and what it puts into one."""

import os
import shutil
import signal
import subprocess
import tomllib
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SCRIPTS = sorted(HERE.rglob("*.sh"))


def run(*command: str | Path):
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


def in_lib(script: str):
    """What `script` prints, with the functions of lib.sh."""
    done = run("bash", "-euo", "pipefail", "-c", f'source "{HERE}/lib.sh"; {script}')
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_shellcheck_has_nothing_to_say_of_it():
    if shutil.which("shellcheck") is None:
        pytest.skip("shellcheck is not installed: apt install shellcheck")
    done = run("shellcheck", "-x", *SCRIPTS)
    assert (done.returncode, done.stdout) == (0, "")


def test_each_part_has_its_program():
    done = run(HERE / "run.sh", "--list")
    parts = done.stdout.split()
    assert done.returncode == 0
    assert {"systemd", "picamera", "arm64-bookworm", "arm64-trixie"} <= set(parts)
    for part in parts:
        assert os.access(HERE / part.partition("-")[0] / "run.sh", os.X_OK), part


def test_a_part_that_it_does_not_know_is_refused():
    done = run(HERE / "run.sh", "sytemd")
    assert done.returncode == 1
    assert "where PART is one of: " in done.stderr
    assert done.stdout == ""


def test_pip_is_given_all_that_whod_needs():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = in_lib("requirements litert pytest").splitlines()
    for line in project["project"]["dependencies"] + project["build-system"]["requires"]:
        assert line in wanted
    assert {*project["project"]["optional-dependencies"]["litert"], "pytest"} <= set(wanted)


def test_what_git_ignores_is_not_put_into_a_system(tmp_path):
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("this is no checkout")
    in_lib(f'checkout "{tmp_path}/copy"')
    copy = tmp_path / "copy"
    assert (copy / "install.sh").read_bytes() == (ROOT / "install.sh").read_bytes()
    assert os.access(copy / "install.sh", os.X_OK)
    assert not {".git", ".venv", ".whod"} & {path.name for path in copy.iterdir()}
    assert not list(copy.rglob("__pycache__"))


def test_what_was_made_is_not_made_again_and_what_fails_leaves_nothing(tmp_path):
    made = tmp_path / "made"
    make = f'make() {{ echo made >>"{tmp_path}/log"; echo "$1" >"$2"; }}; roots="{tmp_path}"'
    in_lib(f'{make}; once "{made}" make first; once "{made}" make second')
    assert made.read_text() == "first\n"
    assert (tmp_path / "log").read_text() == "made\n"

    fails = f'fails() {{ false; echo half >"$1"; }}; roots="{tmp_path}"'
    lost = tmp_path / "lost"
    done = run(
        "bash", "-euo", "pipefail", "-c", f'source "{HERE}/lib.sh"; {fails}; once "{lost}" fails; echo went on'
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{lost} was not made." in done.stderr
    assert not lost.exists()


def test_what_is_removed_and_not_yet_committed_is_not_put_into_a_system(tmp_path):
    if shutil.which("git") is None:
        pytest.skip("there is no git")
    (tmp_path / "a project").mkdir()
    script = """
        cd "$repo" && git init -q && touch goes "stays here" && git add . && rm goes && touch new
        checkout "$repo/../copy"
    """
    in_lib(f'repo="{tmp_path}/a project"; {script}')
    assert {path.name for path in (tmp_path / "copy").iterdir()} == {"stays here", "new"}


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="make platform is for root")


@pytest.fixture
def pretended(tmp_path):
    """Parts that do as they are told: a copy of the program, and what makes a part."""
    platform = tmp_path / "a project" / "tests" / "platform"
    platform.mkdir(parents=True)
    for name in ("run.sh", "lib.sh"):
        shutil.copy(HERE / name, platform)

    def part(name: str, script: str) -> None:
        (platform / name).mkdir()
        program = platform / name / "run.sh"
        program.write_text(
            f'#!/bin/bash\nset -euo pipefail\nsource "$(dirname "$0")/../lib.sh"\nTMPDIR="{tmp_path}"\n{script}\n'
        )
        program.chmod(0o755)

    return platform / "run.sh", part


@needs_root
@pytest.mark.parametrize(
    ("script", "passes"),
    [
        ("scratch; proved this", True),
        ("scratch; proved this; false; proved that", False),
        ("scratch; proved this; refuted that", False),
        ("scratch; proved this; echo NOT ok - that", False),
        ("scratch", False),
    ],
)
def test_a_part_passes_only_if_it_proves_something_and_all_that_it_tried(pretended, tmp_path, script, passes):
    program, part = pretended
    part("systemd", "scratch; proved other")
    part("picamera", script)
    done = run("env", f"TMPDIR={tmp_path}", program, "systemd", "picamera")
    assert (done.returncode == 0) == passes
    assert "[systemd] ok - other\n" in done.stdout
    assert f"{1 + passes} passed, {1 - passes} failed in " in done.stdout
    left = [path.name for path in tmp_path.glob("whod-platform.*")]
    assert len(left) == (0 if passes else 1), "the log of what failed, and nothing else"


@needs_root
@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_whoever_stops_it_finds_nothing_left(pretended, tmp_path, by):
    program, part = pretended
    part("systemd", 'scratch; at_end gone; gone() { touch "$TMPDIR/gone"; }; proved begun; sleep 1000')
    with subprocess.Popen(
        ["/usr/bin/env", "--default-signal=INT", program, "systemd"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    ) as running:
        assert running.stdout.readline() == "[systemd] ok - begun\n"
        assert list(tmp_path.glob("whod-platform.*"))
        running.send_signal(by)
        running.stdout.read()  # ends when all have ended that could write there
        assert running.wait() == 1
        assert running.stderr.read() == "run.sh: stopped\n"
    assert (tmp_path / "gone").exists()
    assert not list(tmp_path.glob("whod-platform.*"))
