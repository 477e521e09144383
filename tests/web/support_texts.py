# SPDX-License-Identifier: Apache-2.0
"""Which texts the pages name, from their source."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, nodes

import web_admin

if TYPE_CHECKING:
    from collections.abc import Iterator

HOME = Path(web_admin.__file__).parent
SUBJECTS = {path.stem for path in (HOME / "texts" / "en").glob("*.toml")}
_KEY = re.compile(r"[a-z_]+(\.[A-Za-z0-9_-]+)+")
_SPEAKING = {"t", "t_or", "refuse", "done"}
_SILENT = {"script", "style", "code", "pre", "kbd"}
"""Elements whose words are no language's."""
_FILES = (".css", ".js", ".html", ".svg", ".txt", ".zip", ".age", ".jpg")


@dataclass
class Named:
    """What the source names."""

    keys: set[str] = field(default_factory=set)
    beginnings: set[str] = field(default_factory=set)
    """Of keys whose end is only known when it runs."""
    calls: list[tuple[str, frozenset[str], str]] = field(default_factory=list)
    """A key, the fields that are given with it, and where."""

    def uses(self, key: str) -> bool:
        return key in self.keys or any(key.startswith(beginning) for beginning in self.beginnings)

    def add(self, text: str) -> None:
        if _KEY.fullmatch(text) and text.partition(".")[0] in SUBJECTS and not text.endswith(_FILES):
            self.keys.add(text)

    def begin(self, text: str) -> None:
        if "." in text and text.partition(".")[0] in SUBJECTS and "/" not in text:
            self.beginnings.add(text)


def named() -> Named:
    """By the pages' Python and templates."""
    found = Named()
    for path in sorted(HOME.rglob("*.py")):
        _python(ast.parse(path.read_text()), path.name, found)
    environment = Environment()
    for path in sorted((HOME / "templates").rglob("*.html")):
        _template(environment.parse(path.read_text()), path.name, found)
    return found


def _python(tree: ast.AST, where: str, found: Named) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
        elif isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
            found.begin(str(node.values[0].value))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _SPEAKING:
            place = 1 if node.func.id == "done" else 0
            key = node.args[place] if len(node.args) > place else None
            if isinstance(key, ast.Constant) and all(word.arg for word in node.keywords):
                given = frozenset(str(word.arg) for word in node.keywords)
                found.calls.append((key.value, given, f"{where}:{node.lineno}"))


def _template(tree: nodes.Template, where: str, found: Named) -> None:
    for const in tree.find_all(nodes.Const):
        if isinstance(const.value, str):
            found.add(const.value)
    for concat in tree.find_all(nodes.Concat):
        if isinstance(concat.nodes[0], nodes.Const):
            found.begin(str(concat.nodes[0].value))
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in _SPEAKING and not call.dyn_kwargs:
            key = call.args[0]
            if isinstance(key, nodes.Const):
                given = frozenset(word.key for word in call.kwargs)
                found.calls.append((key.value, given, f"{where}:{call.lineno}"))


class _Words(HTMLParser):
    """The letters of a template that stand there for people to read, and are no text of the catalogue."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in _SILENT
        said = ("alt", "aria-label", "placeholder", "title", "label", "aria-description")
        self.found += [value for name, value in attrs if value and (name in said or _is_word(tag, name, attrs))]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in _SILENT

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.found.append(data)


def _is_word(tag: str, name: str, attrs: list[tuple[str, str | None]]) -> bool:
    return tag == "input" and name == "value" and ("type", "submit") in attrs


def words_of(template: str) -> Iterator[str]:
    """Words that a template itself shows: all but markup and what Jinja puts in."""
    silent = re.sub(r"({% block (?:width|body_class) %})\w+", r"\1", template)
    tokens = Environment().lex(silent)
    bare = " ".join(text for _, kind, text in tokens if kind == "data")
    reader = _Words()
    reader.feed(bare)
    for text in reader.found:
        said = re.sub(r'[\w-]+="[^"]*"|#[\w-]+|\bdisabled\b', " ", text)  # what a macro puts into a tag
        yield from re.findall(r"[^\W\d_]{2,}", said)
