# SPDX-License-Identifier: Apache-2.0
"""The menu of a phone, the language, and what whod is."""

from flask import Response
from pydantic import Field

from daemon.types import Scope
from web_admin.frame import Api
from web_admin.pages.frame import HTML, done, page, path, refuse, remember_language
from web_admin.pages.navigation import SECTIONS, Entry
from web_admin.schemas.common import Model
from web_admin.texts import languages

pages = Api("more_pages", url_prefix=None)


VENDORED = (
    ("htmx", "2.0.11", "0BSD", "vendor/htmx.LICENSE.txt"),
    ("Pico.css", "2.1.1", "MIT", "vendor/pico.LICENSE.txt"),
)
"""What is not ours in `static`: name, version, licence, and the file with its text."""


class LanguageForm(Model):
    """The language to go on in."""

    lang: str = Field(description="the code of a language, such as de")
    next: str = Field("/", description="a path of this site")


@pages.serve("GET /more", Scope.READ, HTML)
def show_more() -> str:
    """The sections that a phone's bar has no room for."""
    groups: list[list[Entry]] = []
    for entry in SECTIONS:
        if entry.opens:
            groups.append([])
        if not entry.thumb:
            groups[-1].append(entry)
    return page("more/index.html", groups=groups)


@pages.serve("GET /about", Scope.READ, HTML)
def show_about() -> str:
    """Version and licences."""
    return page("more/about.html", vendored=VENDORED)


@pages.serve("POST /language", None, HTML)
def choose_language(form: LanguageForm) -> Response:
    """Speak this language from now on."""
    if form.lang not in languages():
        refuse("more.no_such_language")
    response = done(path(form.next if _is_local(form.next) else "/"))
    remember_language(response, form.lang)
    return response


def _is_local(site_path: str) -> bool:
    """Whether it stays on this site: no other host, and nothing that browsers read as one."""
    return site_path.startswith("/") and not site_path.startswith(("//", "/\\")) and site_path.isprintable()
