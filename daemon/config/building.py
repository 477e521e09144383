# SPDX-License-Identifier: Apache-2.0
"""Values of a table as settings: in their types, and within their limits."""

from __future__ import annotations

import functools
import types
import typing
from dataclasses import fields
from typing import TYPE_CHECKING, Annotated, Any

from daemon.config.sections import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Table = dict[str, dict[str, Any]]
"""Values by section and key."""


def settings_of(table: Table, origin: Mapping[str, str], problems: list[str]) -> Settings:
    """The settings of a complete table, with one camera.

    What is wrong is added to `problems`, and they are not to be used then.
    """
    sections = {
        name: section_of(section, name, table[name], origin, problems)
        for name, section in _hints(Settings).items()
        if name in table
    }
    return Settings(**sections)


def hints_of(section: str) -> Mapping[str, Any]:
    """The type of each key of a section, with its checks."""
    return _hints(_hints(Settings)[section])


def section_of(
    section: type, name: str, values: Mapping[str, Any], origin: Mapping[str, str], problems: list[str]
) -> Any:
    """The settings of one section; see `settings_of`."""
    hints = _hints(section)
    right = {}
    for field in fields(section):
        value, problem = checked(hints[field.name], values[field.name])
        right[field.name] = value
        if problem:
            full = f"{name}.{field.name}"
            problems.append(f"{origin.get(full, 'defaults')}: {full} {problem}.")
    return section(**right)


def checked(hint: Any, value: Any) -> tuple[Any, str | None]:
    """The value in the type of `hint`, and what is wrong with it."""
    checks: tuple[Callable[[Any], str | None], ...] = ()
    if typing.get_origin(hint) is Annotated:
        hint, *found = typing.get_args(hint)
        checks = tuple(found)
    value, problem = _typed(hint, value)
    for check in checks:
        problem = problem or check(value)
    return value, problem


_LARGE = 10**15
_MAX_SHOWN = 80
_TYPE_WORDS = {bool: "true or false", int: "a whole number", float: "a number", str: 'a text in quotes ("…")'}


def _typed(hint: Any, value: Any) -> tuple[Any, str | None]:
    if isinstance(hint, types.GenericAlias):
        return _typed_list(typing.get_args(hint)[0], value)
    if hint is float and type(value) is int and abs(value) < _LARGE:
        return float(value), None
    if type(value) is hint:
        return value, None
    return value, f"must be {_TYPE_WORDS[hint]}, not {_shown(value)}"


def _shown(value: Any) -> str:
    text = "so large a number" if type(value) is int and abs(value) >= _LARGE else repr(value)
    return text if len(text) <= _MAX_SHOWN else text[:_MAX_SHOWN] + "…"


def _typed_list(item: type, value: Any) -> tuple[Any, str | None]:
    if not isinstance(value, list):
        return value, f"must be a list in brackets, not {value!r}"
    items = [_typed(item, v) for v in value]
    return tuple(v for v, _ in items), next((problem for _, problem in items if problem), None)


@functools.cache
def _hints(table: type) -> Mapping[str, Any]:
    """Of each field: they are texts, and reading those takes longer than all else here."""
    return typing.get_type_hints(table, include_extras=True)
