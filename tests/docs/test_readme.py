# SPDX-License-Identifier: Apache-2.0
"""What the README and its neighbours promise is there."""

import re
import shlex
import subprocess
import tomllib
from pathlib import Path

import pytest

from daemon.cli import whod
from daemon.config import load
from daemon.mqtt.topics import Topics

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    ROOT / "models" / "MODEL_CARD.md",
]


def blocks(language, text=README):
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def commands(text):
    """Lines that one is to type, and commands within the text."""
    indented = re.findall(r"^    (?:\$ )?(.+)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
    return indented + re.findall(r"`([^`\n]+)`", text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text()):
        if not target.startswith("https://"):
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_exist(page):
    for line in commands(page.read_text()):
        for name in re.findall(r"\bwhod(?: --[\w-]+ \S+)* ([a-z][\w-]*)", line):
            assert name in whod.commands, line


def test_what_it_shows_of_install_sh_is_what_that_takes():
    usage = subprocess.run([ROOT / "install.sh", "--help"], capture_output=True, text=True, check=True).stdout
    shown = {match for page in PAGES for match in re.findall(r"\./install\.sh (\w+)", page.read_text())}
    assert {"try", "test"} <= shown
    assert all(f"./install.sh {word}" in usage for word in shown)


def test_the_first_enrolment_works_as_printed(tmp_path):
    (line,) = [line for line in commands(README) if " enrol " in line]
    words = shlex.split(line)
    assert words[:3] == [".venv/bin/whod", "--state-dir", ".whod"]
    assert (ROOT / words[-1]).is_file()


def test_its_settings_are_settings(tmp_path):
    (shown,) = blocks("toml")
    (tmp_path / "whod.toml").write_text(shown)
    settings = load(tmp_path / "whod.toml").settings
    assert settings.mqtt.node == "front-door"
    assert tomllib.loads(blocks("toml", (ROOT / "docs" / "install.md").read_text())[0])


def test_its_topics_are_topics():
    topics = Topics("whod", "front-door")
    known = {topics.availability, topics.status, topics.identified, topics.sighting, topics.last}
    shown = set(re.findall(r"whod/front-door/\w+", README))
    assert shown
    assert shown <= known


def test_it_says_what_one_has_to_know_before_trusting_it():
    for word in ("liveness", "MS1M", "only lock of a door", "has not run on a Raspberry Pi", "simulated"):
        assert word in README


def test_each_dependency_is_explained_with_its_bounds():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    rows = {
        match[1]: match[0]
        for match in re.finditer(r"^\| `([\w-]+)`.*$", (ROOT / "docs" / "dependencies.md").read_text(), re.MULTILINE)
    }
    for requirement in (*project["dependencies"], *extras["litert"], *extras["tflite"], *extras["dev"]):
        name, bounds = re.fullmatch(r"([\w-]+)([^;]*)(?:;.*)?", requirement).groups()
        assert f"`{bounds.strip()}`" in rows[name], requirement
