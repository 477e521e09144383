# SPDX-License-Identifier: Apache-2.0
"""A copy of install.sh in a folder of its own, with stand-ins for what it would call."""

import os
import shutil
import subprocess
from pathlib import Path

from support_daemon import ROOT

SCRIPT = ROOT / "install.sh"

PYTHON = """\
case "$*" in
  *"-m pip"*) echo "$@" >>"{calls}" ;;
  *daemon.__file__*) echo "{home}/daemon/__init__.py" ;;
esac
"""
WHOD = """echo '{"faces": [{}]}'; echo "whod $*" >>"CALLS"\n"""


class Checkout:
    """A copy of install.sh, and a folder of programs that come first on PATH."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "my whod"
        self.home.mkdir()
        self.programs = folder / "bin"
        self.programs.mkdir()
        self.calls = folder / "calls"
        self.calls.touch()
        shutil.copy(SCRIPT, self.home)
        for name in (".ci", "systemd"):
            shutil.copytree(ROOT / name, self.home / name)
        shutil.copy(ROOT / "pyproject.toml", self.home)
        (self.home / "daemon").mkdir()
        shutil.copy(ROOT / "daemon" / "__init__.py", self.home / "daemon")
        (self.home / "tests" / "homeassistant").mkdir(parents=True)
        shutil.copy(ROOT / "tests" / "homeassistant" / "run.sh", self.home / "tests" / "homeassistant")
        self.program("apt-get", "exit 1")  # no test changes the machine
        self.program("sudo", "exit 1")

    def program(self, name, script, folder=None):
        path = (folder or self.programs) / name
        path.write_text(f"#!/bin/bash\n{script}\n")
        path.chmod(0o755)

    def logged(self, name, folder, code=0, words=""):
        """A program that notes that it was called."""
        script = f'echo "{name} $*" >>"{self.calls}"; echo "{words}"; exit {code}'
        self.program(name, script, folder)

    def venv(self, **codes):
        """A .venv of stand-ins, as if all were installed; `codes` are exit codes of the tools."""
        bin_ = self.home / ".venv" / "bin"
        bin_.mkdir(parents=True)
        (bin_.parent / "pyvenv.cfg").write_text("include-system-site-packages = false\nversion = 3.11.2\n")
        self.program("python", PYTHON.format(calls=self.calls, home=self.home), bin_)
        self.program("whod", WHOD.replace("CALLS", str(self.calls)), bin_)
        for tool in ("ruff", "mypy", "lint-imports"):
            self.logged(tool, bin_, codes.get(tool, 0))
        self.logged("pytest", bin_, codes.get("pytest", 0), "== 3 passed in 0.01s ==")

    def run(self, *words, cwd="/", **env):
        """./install.sh, away from any terminal."""
        return subprocess.run(
            [self.home / SCRIPT.name, *words],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            cwd=cwd,
            timeout=120,
            check=False,
            env={**os.environ, "PATH": f"{self.programs}:{os.environ['PATH']}", **env},
        )

    def called(self):
        return self.calls.read_text().splitlines()

    def pips(self):
        return [call for call in self.called() if call.startswith("-m pip")]
