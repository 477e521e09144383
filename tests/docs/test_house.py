# SPDX-License-Identifier: Apache-2.0
"""What the project holds to, held."""

import re
import subprocess
from pathlib import Path

import pytest

from daemon.config import load

ROOT = Path(__file__).parents[2]
FILES = (".py", ".md", ".db", ".js", ".toml")
HAS_SPDX = {".py", ".sh", ".toml", ".md", ".js", ".css", ".html", ".service", ".svg"}


def files():
    try:
        listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this is no git checkout")
    return [ROOT / name for name in listed.splitlines() if (ROOT / name).is_file()]


def test_each_source_says_its_licence():
    missing = [
        str(path.relative_to(ROOT))
        for path in files()
        if path.suffix in HAS_SPDX
        and path.parent.name != "vendor"  # other people's, unchanged; their licences lie beside
        and "SPDX-License-Identifier: Apache-2.0" not in path.read_text()[:300]
    ]
    assert missing == []


def test_no_file_is_long():
    long = {
        str(path.relative_to(ROOT)): count
        for path in files()
        if path.suffix == ".py" and path.parts[len(ROOT.parts)] in ("daemon", "web_admin")
        if (count := len(path.read_text().splitlines())) > 320
    }
    assert long == {}


def test_no_word_of_other_places():
    strange = re.compile(r"/(home/\w+|root|work)/")
    found = [
        f"{path.relative_to(ROOT)}: {line}"
        for path in files()
        if path.suffix in HAS_SPDX and path != Path(__file__)
        for line in path.read_text().splitlines()
        if strange.search(line)
    ]
    assert found == []


def test_the_faces_stay_outside():
    pictures = {path.relative_to(ROOT).parts[0] for path in files() if path.suffix in (".jpg", ".jpeg", ".png")}
    assert pictures <= {"models", "docs"}


def test_links_between_the_docs_lead_somewhere():
    broken = []
    for path in files():
        if path.suffix != ".md":
            continue
        targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text())
        broken += [f"{path.relative_to(ROOT)} -> {t}" for t in targets if not (path.parent / t).exists()]
    assert broken == []


def test_settings_that_the_docs_name_are_there():
    settings = {f"{section}.{key}" for section, values in load().settings.by_section().items() for key in values}
    sections = {name.partition(".")[0] for name in settings}
    unknown = set()
    for path in files():
        if path.suffix == ".md":
            named = set(re.findall(r"`(\w+\.\w+)(?:=[^`]*)?`", path.read_text()))
            unknown |= {n for n in named - settings if n.partition(".")[0] in sections and not n.endswith(FILES)}
    assert unknown == set()
