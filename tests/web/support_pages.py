# SPDX-License-Identifier: Apache-2.0
"""Pages, read as a browser reads them, and every page that there is."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from support_enrol import SESSION
from support_jobs import RUNNING
from support_kept import KEPT, LOOKED, MADE
from support_web import ALICE, UNKNOWN

from web_admin.app import PAGES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from web_admin.frame import Operation

EXAMPLES = {
    "person_id": ALICE.id,
    "undo_id": "u1",
    "group_id": "g1",
    "sample_id": "s0",
    "section": "camera",
    "ref": UNKNOWN.id,
    "job_id": RUNNING.id,
    "made_id": MADE.id,
    "restore_id": LOOKED.id,
    "name": KEPT.name,
    "session_id": SESSION,
}
"""What stands in an address in place of ``<person_id>`` and its like, over the FakeService."""

APART = {"/first", "/login", "/confirm"}
"""Pages that whoever is logged in is led on from."""

_PART = re.compile(r"<(?:\w+:)?(\w+)>")
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_SAID = ("alt", "aria-label", "placeholder", "title", "content", "label")


@dataclass(eq=False)
class Tag:
    """An element, with the text of all that is in it."""

    name: str
    attributes: dict[str, str]
    text: str = ""
    inner: list[Tag] = field(default_factory=list)


class Page(HTMLParser):
    """The text and the elements of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.tags: list[Tag] = []
        self._open: list[Tag] = []
        self.feed(html)
        self.ids = {tag.attributes["id"]: tag for tag in self.tags if "id" in tag.attributes}

    def all(self, name: str) -> list[Tag]:
        return [tag for tag in self.tags if tag.name == name]

    @property
    def headings(self) -> list[str]:
        return [tag.text.strip() for tag in self.tags if re.fullmatch("h[1-6]", tag.name)]

    @property
    def links(self) -> dict[str, str]:
        """Where to, by the text."""
        return {" ".join(tag.text.split()): tag.attributes.get("href", "") for tag in self.all("a")}

    @property
    def forms(self) -> list[Tag]:
        return self.all("form")

    @property
    def message(self) -> str:
        """What is said above the content."""
        return " ".join(self.ids["message"].text.split())

    @property
    def said(self) -> set[str]:
        """The attributes that people hear or see."""
        return {tag.attributes[name] for tag in self.tags for name in _SAID if tag.attributes.get(name)}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = Tag(tag, {name: value or "" for name, value in attrs})
        for outer in self._open:
            outer.inner.append(found)
        self.tags.append(found)
        if tag not in _VOID:
            self._open.append(found)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if any(opened.name == tag for opened in self._open):
            while self._open.pop().name != tag:
                pass

    def handle_data(self, data: str) -> None:
        self.text += data
        for outer in self._open:
            outer.text += data


def read(html: str) -> Page:
    """An answer of the site, read."""
    return Page(html)


def operations() -> Iterator[tuple[str, Operation]]:
    """All operations of the pages, by an address that they answer."""
    for part in PAGES:
        for operation in part.operations:
            yield re.sub(_PART, lambda found: EXAMPLES.get(found[1], "x"), operation.rule), operation


def addresses() -> list[str]:
    """Of every page that can be looked at by whoever is logged in."""
    found = {url for url, operation in operations() if _is_looked_at(operation) and not _without_example(operation)}
    return sorted(found - APART)


def without_example() -> list[str]:
    """The rules of pages that `addresses` leaves out."""
    found = (operation for _, operation in operations() if _is_looked_at(operation))
    return [operation.rule for operation in found if _without_example(operation)]


def _is_looked_at(operation: Operation) -> bool:
    return operation.method == "GET" and operation.is_page


def _without_example(operation: Operation) -> bool:
    return any(name not in EXAMPLES for name in re.findall(_PART, operation.rule))
