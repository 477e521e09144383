# SPDX-License-Identifier: Apache-2.0
"""install.sh: in a folder of its own, with what a machine may lack taken away by stand-ins on PATH."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support_broker import MOSQUITTO, wait_until
from support_checkout import PYTHON, SCRIPT, Checkout
from support_daemon import ROOT
from support_play import Play, lives

NOT_COPIED = shutil.ignore_patterns(".git", ".venv*", ".whod", "__pycache__", ".*_cache", ".hypothesis", "dist")


@pytest.fixture
def checkout(tmp_path):
    return Checkout(tmp_path)


@pytest.fixture
def closed_venv():
    """Where the system's Python has Picamera2, a .venv of stand-ins is rightly refused."""
    see = "import importlib.util, sys; sys.exit(importlib.util.find_spec('picamera2') is not None)"
    if Path("/usr/bin/python3").exists() and subprocess.run(["/usr/bin/python3", "-c", see], check=False).returncode:
        pytest.skip("this machine has Picamera2")


def test_shellcheck_has_nothing_to_say():
    if shutil.which("shellcheck") is None:
        pytest.skip("shellcheck is not installed: apt install shellcheck")
    scripts = [SCRIPT, ROOT / ".ci" / "run", *(ROOT / "tests").rglob("*.sh")]
    command = ["shellcheck", "-x", *scripts]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert (done.returncode, done.stdout) == (0, "")


def test_it_says_what_it_can_do(checkout):
    done = checkout.run("--help")
    assert done.returncode == 0
    for words in ("sudo ./install.sh ", "--rollback", "--uninstall", "--purge", "--dry-run", "./install.sh try"):
        assert words in done.stdout
    assert not (checkout.home / ".venv").exists()


@pytest.mark.parametrize("words", [("--https", "--dry-run"), ("--dry-run", "--https")])
def test_https_says_that_it_cannot_be_tried_dry(checkout, words):
    done = checkout.run(*words)
    assert done.returncode == 2
    assert done.stderr.startswith("install.sh: --https has no --dry-run: docs/https.md says what it does\nusage: ")


@pytest.mark.parametrize("words", [("tyr",), ("--purge-all",), ("dev", "more")])
def test_a_word_that_it_does_not_know_is_refused(checkout, words):
    done = checkout.run(*words)
    assert done.returncode == 2
    assert "usage: sudo ./install.sh" in done.stderr
    assert done.stdout == ""
    assert not (checkout.home / ".venv").exists()


@pytest.mark.parametrize("arch", ["armhf", "armel", "i386"])
def test_32_bit_is_refused(checkout, arch):
    checkout.program("dpkg", f"echo {arch}")
    done = checkout.run("try")
    assert done.returncode == 1
    assert f"needs a 64-bit system (amd64 or arm64), and this one is {arch}" in done.stderr
    assert not (checkout.home / ".venv").exists()


@pytest.mark.usefixtures("closed_venv")
def test_an_old_python_is_refused(checkout):
    for name in ("python3", "python3.13", "python3.12", "python3.11"):
        checkout.program(name, "exit 1")
    done = checkout.run("try")
    assert done.returncode == 1
    assert "needs a 64-bit Python 3.11 or newer" in done.stderr


@pytest.mark.usefixtures("closed_venv")
def test_a_python_without_venv_is_told_what_it_lacks(checkout):
    checkout.program("python3", '[ "$3" != ensurepip ]')
    done = checkout.run("dev")
    assert done.returncode == 1
    assert "sudo apt install python3-venv" in done.stderr
    assert not (checkout.home / ".venv").exists()


@pytest.mark.usefixtures("closed_venv")
def test_a_pip_that_fails_is_shown_and_what_was_half_made_is_made_anew(checkout):
    half_made = checkout.home / ".venv"
    half_made.mkdir()
    (half_made / "whod-building").touch()
    (half_made / "half").touch()
    first = checkout.run("dev", PIP_NO_INDEX="1", PIP_FIND_LINKS="", PIP_EXTRA_INDEX_URL="")
    assert first.returncode == 1
    assert "making .venv" in first.stderr
    assert "No matching distribution found for hatchling" in first.stderr
    assert f"pip could not install whod; all of what it said is in {half_made}/install.log" in first.stderr
    assert not (half_made / "half").exists()
    # pip has cleaned up after itself, so the .venv is whole and is built on.
    again = checkout.run("dev", PIP_NO_INDEX="1", PIP_FIND_LINKS="", PIP_EXTRA_INDEX_URL="")
    assert again.returncode == 1
    assert "making .venv" not in again.stderr


@pytest.mark.usefixtures("closed_venv")
class TestWithAVenv:
    def test_pip_runs_once(self, checkout):
        checkout.venv()
        done = checkout.run("dev")
        assert done.returncode == 0, done.stderr
        assert done.stdout.count("\n") == 1
        assert "./install.sh test" in done.stdout
        pip, proof = checkout.called()
        assert pip.endswith("install -e .[litert,dev]")
        assert proof.startswith("whod --config /dev/null embed")
        assert checkout.run("dev").returncode == 0
        assert len(checkout.called()) == 2

    def test_pip_runs_again_for_another_pyproject(self, checkout):
        checkout.venv()
        checkout.run("dev")
        with (checkout.home / "pyproject.toml").open("a") as file:
            file.write("# another bound\n")
        checkout.run("dev")
        assert len(checkout.pips()) == 2

    def test_another_package_of_the_name_daemon_is_found_out(self, checkout):
        checkout.venv()
        checkout.program(
            "python", "case $* in *daemon.__file__*) echo /elsewhere ;; esac", checkout.home / ".venv/bin"
        )
        done = checkout.run("dev")
        assert done.returncode == 1
        assert "is /elsewhere, not whod's" in done.stderr

    def test_models_that_do_not_run_are_found_out(self, checkout):
        checkout.venv()
        checkout.program("whod", "echo '{\"faces\": []}'", checkout.home / ".venv/bin")
        done = checkout.run("dev")
        assert done.returncode == 1
        assert "the models do not run on this machine" in done.stderr

    def test_where_the_newer_runtime_has_no_wheel_the_older_is_taken(self, checkout):
        checkout.venv()
        fails = 'case $* in *"[litert"*) echo "No matching distribution found for ai-edge-litert"; exit 1 ;; esac\n'
        script = PYTHON.format(calls=checkout.calls, home=checkout.home) + fails
        checkout.program("python", script, checkout.home / ".venv/bin")
        assert checkout.run("dev").returncode == 0
        assert [call.rpartition(" ")[2] for call in checkout.pips()] == [".[litert,dev]", ".[tflite,dev]"]

    @pytest.mark.parametrize("said", [
        "after connection broken by 'ProxyError'\nERROR: No matching distribution found for ai-edge-litert",
        "Collecting ai-edge-litert\nERROR: Could not install packages: [Errno 28] No space left on device",
    ])  # fmt: skip
    def test_not_where_something_else_was_in_the_way(self, checkout, said):
        checkout.venv()
        fails = f'case $* in *"[litert"*) echo "{said}"; exit 1 ;; esac\n'
        script = PYTHON.format(calls=checkout.calls, home=checkout.home) + fails
        checkout.program("python", script, checkout.home / ".venv/bin")
        done = checkout.run("dev")
        assert done.returncode == 1
        assert ("was away: run this again" in done.stderr) == ("connection broken" in said)
        assert [call.rpartition(" ")[2] for call in checkout.pips()] == [".[litert,dev]"]

    def test_all_checks_and_then_the_tests(self, checkout):
        checkout.venv()
        done = checkout.run("test", "tests/unit", "-k", "try")
        assert done.returncode == 0, done.stderr
        tools = [call for call in checkout.called() if call.split()[0] in ("ruff", "mypy", "lint-imports", "pytest")]
        assert [call.split()[0] for call in tools] == ["ruff", "ruff", "mypy", "lint-imports", "pytest"]
        assert tools[-1].endswith("-m not slow tests/unit -k try")
        assert done.stdout.splitlines()[-1] == "== 3 passed in 0.01s =="

    def test_all_means_the_slow_ones_too(self, checkout):
        checkout.venv()
        checkout.run("test", "--all", "-x")
        assert "not slow" not in checkout.called()[-1]
        assert checkout.called()[-1].endswith(" -x")

    @pytest.mark.parametrize(("codes", "code"), [({"pytest": 3}, 3), ({"ruff": 1}, 1), ({"mypy": 2, "pytest": 5}, 5)])
    def test_any_failure_counts_and_the_tests_have_the_last_word(self, checkout, codes, code):
        checkout.venv(**codes)
        done = checkout.run("test")
        assert done.returncode == code
        assert done.stdout.splitlines()[-1] == "== 3 passed in 0.01s =="
        assert all(tool in done.stderr for tool in codes if tool != "pytest")

    def test_try_has_a_state_folder_of_its_own_and_the_defaults(self, checkout):
        checkout.venv()
        done = checkout.run("try", "--set", "camera.fps=5")
        assert done.returncode == 0, done.stderr
        last = checkout.called()[-1]
        assert last == f"whod --config /dev/null --state-dir {checkout.home}/.whod --set camera.fps=5 try"


def test_ci_runs_the_tests_and_passes_the_exit_code_on(tmp_path):
    shutil.copytree(ROOT / ".ci", tmp_path / ".ci")
    (tmp_path / "install.sh").write_text('#!/bin/bash\necho "$PWD $*"; exit 7\n')
    (tmp_path / "install.sh").chmod(0o755)
    done = subprocess.run(["bash", tmp_path / ".ci" / "run"], capture_output=True, text=True, cwd="/", check=False)
    assert (done.returncode, done.stdout) == (7, f"{tmp_path} test\n")


@pytest.mark.slow
@pytest.mark.skipif(MOSQUITTO is None, reason="mosquitto is not installed: apt install mosquitto")
def test_from_nothing_to_a_name(tmp_path):
    home = tmp_path / "my whod"
    shutil.copytree(ROOT, home, ignore=NOT_COPIED)
    # The demo, also where there is a camera.
    command = [home / "install.sh", "try", "--set", "camera.source=demo"]
    with contextlib.closing(Play(command, Path("/"))) as play:
        play.wait_for(r"  unknown  \(simulated\)\n", 300)
        enrol = play.wait_for(r".* enrol \"Eileen Collins\" .*", 5)[0].strip()
        done = subprocess.run(["bash", "-c", enrol], capture_output=True, text=True, timeout=60, check=False, cwd="/")
        assert done.returncode == 0, done.stderr
        play.wait_for(r"  Eileen Collins, similarity 0\.\d\d  \(simulated\)\n", 90)
        (broker,) = play.children()
        code, took_s = play.end(signal.SIGINT)
    assert code == 0
    assert took_s < 3
    wait_until(lambda: not lives(broker), "the broker to end")

    began = time.monotonic()
    with contextlib.closing(Play(command, Path("/"))) as again:
        again.wait_for("whod watches the door", 30)
        assert time.monotonic() - began < 10
        assert "install.sh:" not in again.screen


@pytest.mark.slow
@pytest.mark.usefixtures("closed_venv")
def test_an_interrupted_installation_is_done_anew(tmp_path):
    home = tmp_path / "whod"
    shutil.copytree(ROOT, home, ignore=NOT_COPIED)
    with contextlib.closing(Play([home / "install.sh", "dev"], home)) as play:
        play.wait_for("installing whod", 60)
        log = home / ".venv" / "install.log"
        wait_until(lambda: "Collecting" in log.read_text(), "pip to be at work", 60)
        # All of it at once, as when the power goes: an orphaned pip would write into what the next run makes anew.
        pid = play.process.pid
        pips = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for process in (pid, *map(int, pips)):
            os.kill(process, signal.SIGKILL)
    assert (home / ".venv" / "whod-building").exists()
    done = subprocess.run([home / "install.sh", "dev"], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert "making .venv" in done.stderr
    assert not (home / ".venv" / "whod-building").exists()
    found = subprocess.run([home / ".venv/bin/whod", "--version"], capture_output=True, text=True, check=False)
    assert found.stdout.startswith("whod, version"), (found.stderr, sys.version)
