# SPDX-License-Identifier: Apache-2.0
"""Settings from the defaults, a file and overrides; everything that is wrong is reported at once."""

from __future__ import annotations

import errno
import tomllib
import typing
from copy import deepcopy
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from daemon.config.building import section_of, settings_of
from daemon.config.kept import Kept
from daemon.config.layers import PINNED, Layers, Loaded
from daemon.config.more_cameras import SECTION as CAMERAS
from daemon.config.more_cameras import MoreCameras
from daemon.config.profile import defaults
from daemon.config.sections import PROFILES, Settings
from daemon.config.words import did_you_mean
from daemon.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from daemon.config.building import Table

PROFILE = "machine.profile"


def load(path: Path | None = None, overrides: Sequence[str] = (), state_dir: Path | None = None) -> Loaded:
    """The defaults, with the file over them, what was set on the page over that, and overrides over all.

    Overrides are ``section.key=value``; what was set on the page lies in the state folder. Raises ConfigError with
    everything that is wrong with the file and the overrides; what is wrong with the page's is left out, with a note.
    """
    problems: list[str] = []
    file = _read(path, problems) if path is not None else {}
    kept = Kept(state_dir) if state_dir else None
    page, notes = kept.read() if kept else ({}, ())
    normal = defaults(_profile(file, page, overrides))
    table = deepcopy(normal)
    origin: dict[str, str] = {}
    more = MoreCameras.of(file.pop(CAMERAS, {}), str(path), problems)
    _merge(table, file, str(path), origin, problems)
    lower, lower_origin = deepcopy(table), dict(origin)
    pinned: Table = {}
    for override in overrides:
        _merge(table, _parse_override(override, table, problems), PINNED, origin, problems)
    for name in (name for name, where in origin.items() if where == PINNED):
        section, _, key = name.partition(".")
        pinned.setdefault(section, {})[key] = table[section][key]
    settings_of(table, origin, problems)
    for key, value in table["camera"].items():
        if clash := more.clash(key, value):
            problems.append(f"{origin.get(f'camera.{key}', more.where)}: camera.{key} {clash}.")
    if problems:
        raise ConfigError(problems)
    layers = Layers(normal, lower, lower_origin | more.origin(), pinned, kept.path if kept else None, more)
    return layers.under(page, notes)


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
            _merge(table, _parse_override(override, table, problems), PINNED, origin, problems)
        else:
            problems.append(f"--set: {name} cannot be tried; there are {', '.join(sorted(allowed))}.")
    hints = typing.get_type_hints(Settings)
    sections = {name: section_of(hints[name], name, table[name], origin, problems) for name in names}
    if problems:
        raise ConfigError(problems)
    return replace(settings, **sections)


def parsed_value(name: str, text: str) -> Any:
    """The value that a text stands for where the setting ``section.key`` is set to it on a command line."""
    section, _, key = name.partition(".")
    return _value(text, defaults().get(section, {}).get(key))


def _profile(file: Mapping[str, Any], page: Mapping[str, Any], overrides: Sequence[str]) -> str:
    """`machine.profile`, which is known before all else: the defaults depend on it."""
    said = [layer["machine"].get("profile") for layer in (file, page) if isinstance(layer.get("machine"), dict)]
    parted = (text.partition("=") for text in overrides)
    said += [value for name, _, value in parted if name.strip() == PROFILE]
    return next((profile for profile in reversed(said) if profile in PROFILES), PROFILES[0])


def _read(path: Path, problems: list[str]) -> Table:
    try:
        if path.is_fifo():
            raise OSError(errno.EINVAL, "it is not a file")  # noqa: TRY301
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        remedy = ": the service's are read with sudo" if isinstance(error, PermissionError) else ""
        problems.append(f"The settings file {path} cannot be read: {reason}{remedy}.")
    except (ValueError, RecursionError) as error:
        problems.append(f"The settings file {path} is not TOML: {error}.")
    return {}


def _parse_override(text: str, known: Table, problems: list[str]) -> Table:
    name, equals, value = text.partition("=")
    section, dot, key = name.strip().partition(".")
    if not equals or not dot:
        problems.append(f"--set takes section.key=value, for example --set camera.fps=5, not {text!r}.")
        return {}
    return {section: {key: _value(value, known.get(section, {}).get(key))}}


def _value(text: str, default: object) -> Any:
    """As TOML; where a text is wanted, and where it is none, it stands for itself."""
    if isinstance(default, str):
        return text
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        return text


def _merge(table: Table, layer: Mapping[str, Any], where: str, origin: dict[str, str], problems: list[str]) -> None:
    for section, values in layer.items():
        if section not in table:
            problems.append(f"{where}: there is no section [{section}]{did_you_mean(section, table)}.")
        elif not isinstance(values, dict):
            problems.append(f"{where}: {section} is a section: write [{section}] and its keys below it.")
        else:
            for key, value in values.items():
                if key in table[section]:
                    table[section][key] = value
                    origin[f"{section}.{key}"] = where
                else:
                    hint = did_you_mean(key, table[section])
                    problems.append(f"{where}: there is no setting {section}.{key}{hint}.")
