# SPDX-License-Identifier: Apache-2.0
"""The texts by their keys, read when a language is first spoken."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ENGLISH = "en"
"""Has every text; another language falls back to it."""
_FOLDER = Path(__file__).parent


class UnknownText(LookupError):
    """A key that no text has: a fault of the caller."""


@dataclass(frozen=True, slots=True)
class Plural:
    """A text that depends on a number `n`."""

    one: str
    other: str


@cache
def languages() -> Mapping[str, str]:
    """What the languages call themselves by their codes, English first."""
    found = {file.parent.name: tomllib.loads(file.read_text("utf-8")) for file in _FOLDER.glob("*/formats.toml")}
    return {code: found[code]["language"] for code in sorted(found, key=lambda code: (code != ENGLISH, code))}


def texts(language: str) -> Mapping[str, str | Plural]:
    """All texts of a language by their keys."""
    subjects = (file.stem for file in sorted((_FOLDER / language).glob("*.toml")))
    return {key: text for subject in subjects for key, text in _subject(language, subject).items()}


def find(language: str, key: str) -> str | Plural | None:
    """The text of a key in a language, else in English."""
    subject = key.partition(".")[0]
    return _subject(language, subject).get(key) or _subject(ENGLISH, subject).get(key)


@cache
def _subject(language: str, subject: str) -> Mapping[str, str | Plural]:
    file = _FOLDER / language / f"{subject}.toml"
    if not file.is_file():
        return {}
    try:
        return dict(_flat(subject, tomllib.loads(file.read_text(encoding="utf-8"))))
    except tomllib.TOMLDecodeError as error:
        error.add_note(f"in {language}/{file.name}")
        raise


def _flat(name: str, table: Mapping[str, Any]) -> Iterator[tuple[str, str | Plural]]:
    for key, value in table.items():
        inner = f"{name}.{key}"
        if isinstance(value, str):
            yield inner, value
        elif value.keys() == {"one", "other"}:
            yield inner, Plural(**value)
        else:
            yield from _flat(inner, value)
