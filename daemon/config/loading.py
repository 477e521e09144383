# SPDX-License-Identifier: Apache-2.0
"""Settings from the defaults, a file and overrides; everything that is wrong is reported at once."""

from __future__ import annotations

import errno
import tomllib
import types
import typing
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from daemon.config.sections import Settings
from daemon.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings, and where each that is not a default came from."""

    settings: Settings
    origin: dict[str, str]


Table = dict[str, dict[str, Any]]


def load(path: Path | None = None, overrides: Sequence[str] = ()) -> Loaded:
    """The defaults, with the file over them and ``section.key=value`` overrides over that.

    Raises ConfigError with everything that is wrong.
    """
    problems: list[str] = []
    table: Table = tomllib.loads(default_toml())
    origin: dict[str, str] = {}
    if path is not None:
        _merge(table, _read(path, problems), str(path), origin, problems)
    for override in overrides:
        _merge(table, _parse_override(override, table, problems), "--set", origin, problems)
    sections = {
        name: _build(section, name, table[name], origin, problems)
        for name, section in typing.get_type_hints(Settings).items()
    }
    if problems:
        raise ConfigError(problems)
    return Loaded(Settings(**sections), origin)


def vary(settings: Settings, overrides: Sequence[str], allowed: Collection[str]) -> Settings:
    """The same settings with ``section.key=value`` overrides of those that are `allowed`, as "section.key".

    Raises ConfigError with everything that is wrong.
    """
    problems: list[str] = []
    names = {name.partition(".")[0] for name in allowed}
    table: Table = {name: asdict(getattr(settings, name)) for name in names}
    origin: dict[str, str] = {}
    for override in overrides:
        name = override.partition("=")[0].strip()
        if name in allowed:
            _merge(table, _parse_override(override, table, problems), "--set", origin, problems)
        else:
            problems.append(f"--set: {name} cannot be tried; there are {', '.join(sorted(allowed))}.")
    hints = typing.get_type_hints(Settings)
    sections = {name: _build(hints[name], name, table[name], origin, problems) for name in names}
    if problems:
        raise ConfigError(problems)
    return replace(settings, **sections)


def default_toml() -> str:
    """The text of config.default.toml."""
    return Path(__file__).parents[1].joinpath("config.default.toml").read_text(encoding="utf-8")


def _read(path: Path, problems: list[str]) -> Table:
    try:
        if path.is_fifo():
            raise OSError(errno.EINVAL, "it is not a file")  # noqa: TRY301
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        problems.append(f"The settings file {path} cannot be read: {reason}.")
    except (ValueError, RecursionError) as error:
        problems.append(f"The settings file {path} is not TOML: {error}.")
    return {}


def _parse_override(text: str, known: Table, problems: list[str]) -> Table:
    name, equals, value = text.partition("=")
    section, dot, key = name.strip().partition(".")
    if not equals or not dot:
        problems.append(f"--set takes section.key=value, for example --set camera.fps=5, not {text!r}.")
        return {}
    if isinstance(known.get(section, {}).get(key), str):
        return {section: {key: value}}
    try:
        return {section: {key: tomllib.loads(f"value = {value}")["value"]}}
    except (ValueError, RecursionError):
        return {section: {key: value}}


def _merge(table: Table, layer: Mapping[str, Any], where: str, origin: dict[str, str], problems: list[str]) -> None:
    for section, values in layer.items():
        if section not in table:
            problems.append(f"{where}: there is no section [{section}]{_did_you_mean(section, table)}.")
        elif not isinstance(values, dict):
            problems.append(f"{where}: {section} is a section: write [{section}] and its keys below it.")
        else:
            for key, value in values.items():
                if key in table[section]:
                    table[section][key] = value
                    origin[f"{section}.{key}"] = where
                else:
                    hint = _did_you_mean(key, table[section])
                    problems.append(f"{where}: there is no setting {section}.{key}{hint}.")


def _did_you_mean(word: str, known: Mapping[str, object]) -> str:
    import difflib  # noqa: PLC0415

    close = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean {close[0]}" if close else f"; there are {', '.join(known)}"


def _build(section: type, name: str, values: dict[str, Any], origin: dict[str, str], problems: list[str]) -> Any:
    hints = typing.get_type_hints(section, include_extras=True)
    checked = {}
    for field in fields(section):
        value, problem = _checked(hints[field.name], values[field.name])
        checked[field.name] = value
        if problem:
            full = f"{name}.{field.name}"
            problems.append(f"{origin.get(full, 'defaults')}: {full} {problem}.")
    return section(**checked)


def _checked(hint: Any, value: Any) -> tuple[Any, str | None]:
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
