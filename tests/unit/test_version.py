# SPDX-License-Identifier: Apache-2.0
"""`whod --version` tells two releases of one version apart."""

import sys

import pytest
from click.testing import CliRunner

from daemon import __version__
from daemon.cli import whod


@pytest.mark.parametrize(("mark", "told"), [("whole", " (release 1.2.3-0a1b2c3d4e5f)"), ("other", "")])
def test_the_release_is_told_where_the_installer_made_one(tmp_path, monkeypatch, mark, told):
    release = tmp_path / "1.2.3-0a1b2c3d4e5f"
    (release / ".venv").mkdir(parents=True)
    (release / mark).touch()
    monkeypatch.setattr(sys, "prefix", str(release / ".venv"))
    assert CliRunner().invoke(whod, ["--version"]).output == f"whod, version {__version__}{told}\n"
