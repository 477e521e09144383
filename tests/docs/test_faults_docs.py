# SPDX-License-Identifier: Apache-2.0
"""docs/faults.md is true of the script it explains."""

import re
import textwrap
from pathlib import Path

from daemon.camera.script import Script, What

PAGE = (Path(__file__).parents[2] / "docs" / "faults.md").read_text()


def test_the_example_can_be_played(tmp_path):
    (example,) = re.findall(r"\n\n((?:    .*\n|\n)+)\n\| `what`", PAGE)
    (tmp_path / "camera.toml").write_text(textwrap.dedent(example))
    script = Script.read(tmp_path / "camera.toml")
    assert [script.at(moment_s) and script.at(moment_s).what for moment_s in (5, 15, 35, 65)] == [
        None,
        "frozen",
        None,
        "slow",
    ]


def test_each_fault_is_explained():
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", PAGE[PAGE.index("| `what`") :], re.MULTILINE)
    assert set(re.findall(r"\w+", " ".join(rows))) - {"what"} == set(What)
