# SPDX-License-Identifier: Apache-2.0
"""A setting is changed in a settings file, and nothing else of it."""

import contextlib
import copy
import os
import re
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.config import default_toml, load
from daemon.config.editing import with_setting
from daemon.config.rewriting import rewrite
from daemon.errors import ConfigError

MISLEADING = ("[detector]", 'precision = "int8"', "detector.precision = 1", "# =", "]", "''", "ä\u2028\x85")

spaces = st.sampled_from(("", " ", "\t", "  "))
texts = st.lists(st.sampled_from((*MISLEADING, "x", "=", "#")), max_size=4)
strings = st.one_of(
    texts.map(lambda parts: '"' + "".join(parts).replace('"', '\\"').replace("\x85", "") + '"'),
    texts.map(lambda parts: '"""\n' + "\n".join(parts) + '\n"""'),
    texts.map(lambda parts: "'''\n" + "\n".join(part.replace("'", "") for part in parts) + "'''"),
)
scalars = st.one_of(
    strings, st.sampled_from(("1", "-0.5", "1e3", "true", "1979-05-27", "{ a = 1, b.c = '#' }", "{}"))
)
arrays = st.lists(scalars, max_size=3).map(
    lambda items: "[ # = [detector]\n" + "".join(f"  {i}, # x\n" for i in items) + "]"
)
values = scalars | arrays
comments = st.sampled_from(("", "# a", ' #= "', "# [detector]"))
keys = st.sampled_from(("a", "b", '"c d"', "'e=f'", "g.h", '"g".i', "threads", "detector"))


@st.composite
def statements(draw, names=keys):
    """A line with a key, or with none."""
    if draw(st.booleans()):
        return draw(spaces) + draw(comments).lstrip()
    key, value = draw(names), draw(values)
    return f"{draw(spaces)}{key}{draw(spaces)}={draw(spaces)}{value}{draw(spaces)}{draw(comments)}"


own_keys = st.sampled_from(("precision", '"precision"', "'precision'", "threads", '"#"'))


@st.composite
def files(draw):
    """TOML with a section [detector] in any form, or without."""
    form = draw(st.sampled_from(("none", "header", "dotted", "parent")))
    lines = draw(st.lists(statements(), max_size=4))
    if form == "dotted":
        lines += draw(st.lists(statements(own_keys.map("detector.{}".format)), min_size=1, max_size=2))
    blocks = [
        ["[other]", *draw(st.lists(statements(), max_size=4))],
        ["[[many]]", *draw(st.lists(statements(), max_size=2))],
    ]
    if form == "header":
        header = draw(st.sampled_from(("[detector]", '[ "detector" ] # x', "\t['detector']")))
        blocks.append([header, *draw(st.lists(statements(own_keys), max_size=4))])
    if form == "parent":
        blocks.append(["[detector.inner]", *draw(st.lists(statements(), max_size=2))])
    lines += [line for block in draw(st.permutations(blocks)) for line in block]
    newline = draw(st.sampled_from(("\n", "\r\n")))
    return newline.join("\n".join(lines).split("\n")) + draw(st.sampled_from(("", newline)))


@given(files().filter(lambda text: parsed(text) is not None))
def test_only_the_setting_changes(text):
    before = parsed(text)
    wanted = copy.deepcopy(before)
    wanted.setdefault("detector", {})["precision"] = "float"
    try:
        edited = with_setting(text, "detector", "precision", "float")
    except ConfigError:
        assert re.search(r"detector\s*=\s*\{", text)
        return
    assert tomllib.loads(edited) == wanted
    if "precision" in before.get("detector", {}):
        assert old_value(text, edited) == before["detector"]["precision"]
    else:
        assert insertions(text, edited)


def parsed(text):
    try:
        table = tomllib.loads(text)
    except ValueError:
        return None
    return table if isinstance(table.get("detector", {}), dict) else None


def insertions(text, edited):
    """The places at which the first becomes the second by adding something."""
    added = len(edited) - len(text)
    return [i for i in range(len(text) + 1) if added > 0 and edited[:i] + edited[i + added :] == text]


def old_value(text, edited):
    """What stood where the second text, else the same, has the new value."""
    for match in re.finditer('"float"', edited):
        before, after = edited[: match.start()], edited[match.end() :]
        if text.startswith(before) and text.endswith(after):
            with contextlib.suppress(ValueError):
                return tomllib.loads("x =" + text[len(before) : len(text) - len(after)])["x"]
    return "not found"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '[detector]\nprecision = "float"\n'),
        ("[camera]\nfps = 5", '[camera]\nfps = 5\n\n[detector]\nprecision = "float"\n'),
        ("[detector]\nthreads = 2\n", '[detector]\nprecision = "float"\nthreads = 2\n'),
        ("[detector]", '[detector]\nprecision = "float"\n'),
        ('[detector]\n  precision="int8"   # the small one\n', '[detector]\n  precision="float"   # the small one\n'),
        ("[detector]\r\nprecision = 'int8'\r\n", '[detector]\r\nprecision = "float"\r\n'),
        ("detector.threads = 2\n[web]\n", 'detector.threads = 2\ndetector.precision = "float"\n[web]\n'),
        ('[a]\nb = """\n[detector]\n"""\n', '[a]\nb = """\n[detector]\n"""\n\n[detector]\nprecision = "float"\n'),
    ],
)
def test_where_a_setting_goes(before, after):
    assert with_setting(before, "detector", "precision", "float") == after


def test_the_sample_file_keeps_every_other_byte():
    sample = default_toml()
    edited = with_setting(sample, "embedder", "precision", "float")
    changed = [pair for pair in zip(sample.split("\n"), edited.split("\n"), strict=True) if pair[0] != pair[1]]
    assert changed == [('precision = "int8"', 'precision = "float"')]


@pytest.mark.parametrize(
    "text", ["detector = { threads = 2 }\n", "[[detector]]\n", "detector = 1\n", "[detector\n", "a ="]
)
def test_what_cannot_be_edited_is_refused(text):
    with pytest.raises(ConfigError):
        with_setting(text, "detector", "precision", "float")


def test_a_file_is_rewritten_with_its_mode_and_through_a_link(tmp_path):
    file, link = tmp_path / "whod.toml", tmp_path / "link.toml"
    file.write_text("# mine\n[camera]\nfps = 5\n")
    file.chmod(0o640)
    link.symlink_to(file)
    rewrite(link, {"detector.precision": "float", "embedder.precision": "float"})
    settings = load(link).settings
    assert (settings.camera.fps, settings.detector.precision, settings.embedder.precision) == (5, "float", "float")
    assert link.is_symlink()
    assert file.stat().st_mode & 0o777 == 0o640
    assert sorted(tmp_path.iterdir()) == [link, file]


@pytest.mark.parametrize("data", [b"\xff", b"[detector", b"detector = {}\n"])
def test_a_file_that_cannot_be_edited_stays(tmp_path, data):
    file = tmp_path / "whod.toml"
    file.write_bytes(data)
    with pytest.raises(ConfigError):
        rewrite(file, {"detector.precision": "float"})
    assert file.read_bytes() == data
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("forbidden", ["file", "folder"])
def test_a_file_of_somebody_else_stays(tmp_path, forbidden):
    folder = tmp_path / "etc"
    folder.mkdir()
    file = folder / "whod.toml"
    file.write_text("[detector]\n")
    file.chmod(0o444 if forbidden == "file" else 0o666)
    folder.chmod(0o555 if forbidden == "folder" else 0o777)
    with not_root(tmp_path), pytest.raises(ConfigError, match="cannot be written"):
        rewrite(file, {"detector.precision": "float"})
    assert file.read_text() == "[detector]\n"
    assert list(folder.iterdir()) == [file]


class not_root:  # noqa: N801 - used as a context
    """Root may write anywhere: be nobody for a moment."""

    def __init__(self, folder):
        self.root = os.geteuid() == 0
        if self.root:
            for parent in (folder, *folder.parents):
                parent.chmod(parent.stat().st_mode | 0o005) if "pytest" in str(parent) else None

    def __enter__(self):
        if self.root:
            os.seteuid(65534)

    def __exit__(self, *_):
        if self.root:
            os.seteuid(0)


def test_what_is_no_ordinary_file_is_left_alone(tmp_path):
    pipe = tmp_path / "config.toml"
    os.mkfifo(pipe)
    with pytest.raises(ConfigError, match="no ordinary file"):
        rewrite(pipe, {"detector.precision": "float"})
    assert pipe.is_fifo()
