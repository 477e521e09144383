# SPDX-License-Identifier: Apache-2.0
"""The catalogue of texts: complete in each language, all of it used, nothing said beside it."""

from __future__ import annotations

import inspect
import re
import string
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from markupsafe import Markup
from support_texts import HOME, named, words_of

from daemon import errors
from daemon.errors import WhodError
from web_admin.texts import Plural, UnknownText, fmt, languages, t, t_or, texts

if TYPE_CHECKING:
    from pathlib import Path

NAMED = named()
ENGLISH = texts("en")
DAEMON_S_OWN = ("problems.", "settings_help.", "door.advice.")
"""In English the daemon's errors, settings and parts speak for themselves."""


def near(path: Path) -> str:
    return str(path.relative_to(HOME))


def placeholders(text: str | Plural) -> set[str]:
    whole = text if isinstance(text, str) else text.one + text.other
    found = [name for _, name, _, _ in string.Formatter().parse(whole) if name is not None]
    assert all(name.isidentifier() for name in found), whole
    return set(found)


@pytest.fixture(params=languages())
def speaking(request: pytest.FixtureRequest):
    """Within a request in each language."""
    with Flask("test").test_request_context(headers={"Accept-Language": request.param}):
        yield request.param


@pytest.mark.parametrize("language", [code for code in languages() if code != "en"])
def test_a_language_has_every_text_of_english(language: str) -> None:
    theirs = {key: text for key, text in texts(language).items() if not key.startswith(DAEMON_S_OWN)}
    assert sorted(key for key in ENGLISH.keys() - theirs.keys() if not key.startswith(DAEMON_S_OWN)) == []
    assert sorted(theirs.keys() - ENGLISH.keys()) == []
    for key, text in theirs.items():
        if key in ENGLISH:
            assert type(text) is type(ENGLISH[key]), key
            assert placeholders(text) == placeholders(ENGLISH[key]), key


@pytest.mark.parametrize("language", [code for code in languages() if code != "en"])
def test_a_language_has_a_text_for_every_error(language: str) -> None:
    kinds = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, WhodError)]
    leaves = {kind.__name__ for kind in kinds if not kind.__subclasses__()}
    assert sorted(leaves - {key.removeprefix("problems.") for key in texts(language)}) == []


@pytest.mark.parametrize("language", languages())
def test_texts_are_no_markup(language: str) -> None:
    for key, text in texts(language).items():
        whole = text if isinstance(text, str) else text.one + text.other
        assert not re.search(r"<\w|&\w+;", whole), key


def test_what_the_pages_name_is_there() -> None:
    missing = sorted(
        key for key, _, _ in NAMED.calls if key and key not in ENGLISH and not key.startswith(DAEMON_S_OWN)
    )
    assert missing == []
    theirs = ENGLISH.keys() | texts("de").keys()
    assert [start for start in NAMED.beginnings if not any(key.startswith(start) for key in theirs)] == []


def test_what_is_there_is_named() -> None:
    assert [key for key in ENGLISH if not key.startswith("formats.") and not NAMED.uses(key)] == []


def test_every_field_of_a_text_is_given() -> None:
    wrong = []
    for key, given, where in NAMED.calls:
        text = ENGLISH.get(key)
        if text is not None:
            wanted = placeholders(text) | ({"n"} if isinstance(text, Plural) else set())
            wrong += [f"{where}: {key} has no {name}" for name in sorted(wanted - given)]
    assert wrong == []


@pytest.mark.parametrize("path", sorted((HOME / "templates").rglob("*.html")), ids=near)
def test_no_template_speaks_by_itself(path: Path) -> None:
    assert [word for word in words_of(path.read_text()) if word != "whod"] == []


@pytest.mark.parametrize("path", sorted((HOME / "static").glob("*.js")), ids=near)
def test_no_script_speaks_by_itself(path: Path) -> None:
    code = re.sub(r"(^|\s)//[^\n]*", "", path.read_text())
    said = [text for _, text in re.findall(r"""(["'`])((?:(?!\1).)*)\1""", re.sub(r"Error\([^)]*\)", "", code))]
    assert [text for text in said if re.match(r"[A-Z][a-z]+ [a-z]", text)] == []


def test_that_a_speaking_template_would_be_seen() -> None:
    template = '<p title="Hello">{{ t("a") }} <b>there</b>{% if x %}!{% endif %}</p><img alt="{{ t("b") }}">'
    assert sorted(words_of(template)) == ["Hello", "there"]


def test_a_key_that_is_nowhere(speaking: str) -> None:
    with pytest.raises(UnknownText, match="nowhere"):
        t("frame.nowhere")
    assert t_or("frame.nowhere", "else") == "else"


def test_a_field_of_markup_makes_the_whole_markup(speaking: str) -> None:
    said = t("frame.state", headline=Markup("<b>x</b>"))
    assert isinstance(said, Markup)
    assert "<b>x</b>" in said
    assert not isinstance(t("frame.state", headline="<b>"), Markup)


@pytest.mark.parametrize(
    ("speaking", "said"),
    [
        ("en", ["1,234", "0.71", "42 %", "1.2 MB", "820 kB", "2 min 5 s", "1 h", "3,400 people"]),
        ("de", ["1.234", "0,71", "42 %", "1,2 MB", "820 kB", "2 Min. 5 s", "1 Std.", "3.400 Personen"]),
    ],
    indirect=["speaking"],
)
def test_numbers_are_written_as_the_reader_does(speaking: str, said: list[str]) -> None:
    found = [
        fmt.number(1234),
        fmt.number(0.7134, 2),
        fmt.percent(0.42),
        fmt.size(1_234_567),
        fmt.size(820_000),
        fmt.span(125),
        fmt.span(timedelta(hours=1)),
        t("door.fact.people", n=3400),
    ]
    assert [text.replace("\u00a0", " ") for text in found] == said


@pytest.mark.parametrize(
    ("speaking", "said"), [("en", "12 May 2023, "), ("de", "12. Mai 2023, ")], indirect=["speaking"]
)
def test_times_are_written_as_the_reader_does(speaking: str, said: str) -> None:
    assert fmt.time(datetime(2023, 5, 12, 12, 3, tzinfo=UTC)).startswith(said)


@pytest.mark.parametrize(
    ("speaking", "ages"),
    [
        ("en", {5: "just now", 90: "a minute ago", 600: "10 minutes ago", 7300: "2 hours ago"}),
        ("de", {5: "gerade eben", 90: "vor einer Minute", 600: "vor 10 Minuten", 7300: "vor 2 Stunden"}),
    ],
    indirect=["speaking"],
)
def test_how_long_ago(speaking: str, ages: dict[int, str]) -> None:
    assert {age: fmt.ago(datetime.now(UTC) - timedelta(seconds=age)) for age in ages} == ages


@pytest.mark.parametrize(
    ("wants", "gets"),
    [("de", "de"), ("de-CH,en;q=0.5", "de"), ("fr,de;q=0.4", "de"), ("fr", "en"), ("", "en"), ("en-GB,de", "en")],
)
def test_the_browser_s_language_is_spoken(wants: str, gets: str) -> None:
    with Flask("test").test_request_context(headers={"Accept-Language": wants}):
        assert t("formats.language") == texts(gets)["formats.language"]
