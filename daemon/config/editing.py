# SPDX-License-Identifier: Apache-2.0
"""Changes a setting in the text of a settings file and nothing else: comments, order and spaces stay. Pure.

The text is taken apart by tomllib itself, which is asked which lines are TOML on their own; so whatever it takes for
a string, a comment or a key is one here too.
"""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING, Any

from daemon.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator


def with_setting(text: str, section: str, key: str, value: str) -> str:
    """The text with this setting at this value: in the place where it stands, or else where it belongs.

    Raises ConfigError if the text is not TOML, or holds the section in a form that cannot be edited line by line.
    """
    wanted = _wanted(text, section, key, value)
    edited = _edited(list(_statements(text)), section, key, json.dumps(value))
    if _parsed(edited) != wanted:
        raise ConfigError([f"[{section}] is written in a form that whod does not edit: set {key} there by hand."])
    return edited


def _wanted(text: str, section: str, key: str, value: str) -> dict[str, Any]:
    """What the edited text must mean."""
    table = _parsed(text)
    if table is None or not isinstance(table.get(section, {}), dict):
        raise ConfigError([f"The settings are not TOML with a section [{section}]: put that right first."])
    table.setdefault(section, {})[key] = value
    return table


def _edited(statements: list[str], section: str, key: str, value: str) -> str:
    table: tuple[str, ...] = ()
    insert: tuple[int, str] | None = None
    for place, statement in enumerate(statements):
        keys = _keys(statement)
        if statement.lstrip().startswith("["):
            table = keys
            if keys == (section,):
                insert = place, key
        elif (*table, *keys) == (section, key):
            statements[place] = _replaced(statement, value)
            return "".join(statements)
        elif not table and len(keys) > 1 and keys[0] == section:
            insert = place, f"{section}.{key}"
    newline = "\r\n" if any(statement.endswith("\r\n") for statement in statements) else "\n"
    if insert is None:
        gap = newline if statements else ""
        return _ended("".join(statements), newline) + gap + f"[{section}]{newline}{key} = {value}{newline}"
    place, name = insert
    statements[place] = _ended(statements[place], newline) + f"{name} = {value}{newline}"
    return "".join(statements)


def _statements(text: str) -> Iterator[str]:
    """The text in pieces, each the fewest lines that are TOML alone: a header, a key with its value, or neither."""
    piece = ""
    for line in re.findall(r"[^\n]*\n|[^\n]+", text):
        piece += line
        if _parsed(piece) is not None:
            yield piece
            piece = ""
    if piece:
        yield piece


def _keys(statement: str) -> tuple[str, ...]:
    """The key of a statement, or the path of a header; empty for a comment and a blank line."""
    if statement.lstrip().startswith("["):
        return _path(_parsed(statement))
    equals = _equals(statement)
    return () if equals is None else _path(_parsed(statement[:equals] + "= 0"))


def _path(table: Any) -> tuple[str, ...]:
    keys: tuple[str, ...] = ()
    while isinstance(table, dict) and table:
        ((key, table),) = table.items()
        keys = (*keys, key)
    return keys


def _equals(statement: str) -> int | None:
    """Where the "=" between key and value is; a key in quotes may hold some, too."""
    places = (match.start() for match in re.finditer("=", statement))
    return next((place for place in places if _parsed(statement[:place] + "= 0")), None)


def _replaced(statement: str, value: str) -> str:
    """With another value; what stands before and after it stays."""
    start = (_equals(statement) or 0) + 1
    ends = (*(match.start() for match in re.finditer("#", statement)), len(statement))
    end = next(end for end in ends if end > start and _parsed("x =" + statement[start:end]))
    old = statement[start:end].strip()
    before, after = statement[start:end].split(old, 1)
    return statement[:start] + before + value + after + statement[end:]


def _ended(text: str, newline: str) -> str:
    return text + newline if text and not text.endswith("\n") else text


def _parsed(text: str) -> dict[str, Any] | None:
    """The table of a text; None if it is not TOML."""
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):
        return None
