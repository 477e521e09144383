# SPDX-License-Identifier: Apache-2.0
"""`make platform`, as far as it goes without making a system: what it can be asked for, and what it puts into one."""

import os
import shutil
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

    fails = f'fails() {{ echo half >"$1"; false; }}; roots="{tmp_path}"'
    lost = tmp_path / "lost"
    assert in_lib(f'{fails}; (once "{lost}" fails) || echo "said so"') == "said so\n"
    assert not lost.exists()
