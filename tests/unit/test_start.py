# SPDX-License-Identifier: Apache-2.0
"""What a short command does not need, it does not load: that is most of the time until its first result."""

import os
import subprocess
import sys

import pytest

import daemon

LATER = ("importlib.metadata", "email", "logging", "socket", "sqlite3", "cv2", "daemon.cli.doctor", "daemon.service")


def test_the_command_embed_is_there_without_what_others_need():
    code = "import sys, daemon.__main__; from daemon.cli import whod; whod.commands['embed']; print(*sys.modules)"
    alone = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=alone)
    loaded = done.stdout.split()
    assert "daemon.cli.pictures" in loaded
    assert set(LATER).isdisjoint(loaded)


def test_what_cannot_begin_anew_says_so_and_ends():
    code = (
        "import sys, daemon.__main__ as it\n"
        "sys.executable = '/nowhere/python'\n"
        "it.hush = lambda: None\n"
        "import daemon.cli\n"
        "daemon.cli.whod = lambda obj: sys.exit(it.AGAIN)\n"
        "it.main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 75
    assert "It cannot begin anew" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_module_says_what_it_does_not_have():
    with pytest.raises(AttributeError, match="colour"):
        daemon.colour  # noqa: B018
