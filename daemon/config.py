# SPDX-License-Identifier: Apache-2.0
"""Typed, validated settings.

`config.default.toml` is at once the documentation and the defaults; the dataclasses here are the types and the
limits. Everything that is wrong is reported at once.
"""

from __future__ import annotations

import difflib
import re
import socket
import tomllib
import types
import typing
from dataclasses import dataclass, fields
from importlib.resources import files
from typing import TYPE_CHECKING, Annotated, Any

from daemon.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

SLUG = re.compile(r"[a-z0-9_-]+")

Check = typing.Callable[[Any], "str | None"]
"""Gives what is wrong with a value, as the end of a sentence that starts with its name; None if nothing is."""


def between(low: float, high: float) -> Check:
    """A number from `low` to `high`."""
    return lambda value: None if low <= value <= high else f"must be from {low:g} to {high:g}, not {value:g}"


def one_of(*choices: object) -> Check:
    """One of `choices`."""
    words = ", ".join(map(str, choices))
    return lambda value: None if value in choices else f"must be one of {words}, not {value!r}"


def slug(value: str) -> str | None:
    """A word that may stand in an MQTT topic; empty is for the default."""
    if not value or SLUG.fullmatch(value):
        return None
    return f"may hold a-z, 0-9, _ and - only, not {value!r}"


def filled_slug(value: str) -> str | None:
    """A word that may stand in an MQTT topic."""
    return slug(value) if value else "must not be empty"


def source(value: str) -> str | None:
    """A camera source, by its form alone."""
    kind, _, rest = value.partition(":")
    if value in ("auto", "picamera2", "demo") or (kind in SOURCE_KINDS and rest):
        return None
    return (
        "must be auto, picamera2, demo, v4l2:DEVICE, file:CLIP, folder:FOLDER "
        f"or an rtsp, http or https address, not {value!r}"
    )


SOURCE_KINDS = ("v4l2", "file", "folder", "rtsp", "rtsps", "http", "https")


def frame_size(value: Sequence[int]) -> str | None:
    """Width and height of a camera picture."""
    if len(value) != 2 or not all(160 <= side <= 4096 and side % 2 == 0 for side in value):  # noqa: PLR2004
        return f"must be width and height, two even numbers from 160 to 4096, not {list(value)}"
    return None


def zone(value: Sequence[float]) -> str | None:
    """x, y, width, height within the unit square."""
    if len(value) == 4:  # noqa: PLR2004
        x, y, w, h = value
        if x >= 0 and y >= 0 and w > 0 and h > 0 and x + w <= 1 + 1e-9 and y + h <= 1 + 1e-9:
            return None
    return f"must be x, y, width, height within 0 to 1, not {list(value)}"


def loopback(value: str) -> str | None:
    """HOST:PORT of this machine alone."""
    host, _, port = value.rpartition(":")
    if not value:
        return None
    if not port.isdecimal() or not 0 < int(port) < 65536:  # noqa: PLR2004
        return f"must be HOST:PORT, not {value!r}"
    if host not in ("127.0.0.1", "localhost", "[::1]"):
        return f"must be a loopback address (127.0.0.1:PORT) while the page has no login, not {value!r}"
    return None


@dataclass(frozen=True, slots=True)
class CameraSettings:
    """[camera]."""

    source: Annotated[str, source]
    name: Annotated[str, filled_slug]
    fps: Annotated[float, between(0.1, 120)]
    loop: bool
    size: Annotated[tuple[int, ...], frame_size]
    rotation: Annotated[int, one_of(0, 90, 180, 270)]
    hflip: bool
    vflip: bool
    zone: Annotated[tuple[float, ...], zone]
    open_timeout_s: Annotated[float, between(1, 120)]
    read_timeout_s: Annotated[float, between(0.5, 8)]


@dataclass(frozen=True, slots=True)
class DetectorSettings:
    """[detector]."""

    threshold: Annotated[float, between(0.1, 0.99)]
    min_face_px: Annotated[int, between(16, 400)]
    tiles: bool
    threads: Annotated[int, between(1, 8)]


@dataclass(frozen=True, slots=True)
class EmbedderSettings:
    """[embedder]."""

    threads: Annotated[int, between(1, 8)]


@dataclass(frozen=True, slots=True)
class GallerySettings:
    """[gallery]."""

    threshold: Annotated[float, between(0.2, 0.95)]
    margin: Annotated[float, between(0, 0.5)]
    k: Annotated[int, between(1, 50)]


@dataclass(frozen=True, slots=True)
class TrackingSettings:
    """[tracking]."""

    min_votes: Annotated[int, between(1, 20)]
    decide_s: Annotated[float, between(0.1, 60)]
    sighting_gap_s: Annotated[float, between(0.2, 600)]
    recheck_s: Annotated[float, between(0.1, 60)]


@dataclass(frozen=True, slots=True)
class MqttSettings:
    """[mqtt]."""

    host: str
    port: Annotated[int, between(1, 65535)]
    base: Annotated[str, filled_slug]
    node: Annotated[str, slug]
    username: str
    password_file: str
    fresh_s: Annotated[float, between(0.1, 10)]
    keepalive_s: Annotated[int, between(2, 600)]

    @property
    def node_id(self) -> str:
        """The node's part of a topic: `node`, or the host name reduced to what a topic may hold."""
        host = socket.gethostname().split(".")[0].lower()
        return self.node or re.sub(r"[^a-z0-9_-]+", "-", host).strip("-") or "whod"


@dataclass(frozen=True, slots=True)
class WebSection:
    """[web]."""

    listen: Annotated[str, loopback]


@dataclass(frozen=True, slots=True)
class PrivacySettings:
    """[privacy]."""

    history_days: Annotated[int, between(1, 3650)]


@dataclass(frozen=True, slots=True)
class LogSettings:
    """[log]."""

    level: Annotated[str, one_of("debug", "info", "warning", "error")]
    libraries: bool


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings."""

    camera: CameraSettings
    detector: DetectorSettings
    embedder: EmbedderSettings
    gallery: GallerySettings
    tracking: TrackingSettings
    mqtt: MqttSettings
    web: WebSection
    privacy: PrivacySettings
    log: LogSettings


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
        _merge(table, _parse_override(override, table, problems), f"--set {override}", origin, problems)
    sections = {name: _build(section, name, table[name], origin, problems) for name, section in _SECTIONS.items()}
    if problems:
        raise ConfigError(problems)
    return Loaded(Settings(**sections), origin)


def default_toml() -> str:
    """The text of config.default.toml."""
    return files("daemon").joinpath("config.default.toml").read_text(encoding="utf-8")


def _read(path: Path, problems: list[str]) -> Table:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        problems.append(f"The settings file {path} cannot be read: {reason}.")
    except tomllib.TOMLDecodeError as error:
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
    except tomllib.TOMLDecodeError:
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


_TYPE_WORDS = {bool: "true or false", int: "a whole number", float: "a number", str: 'a text in quotes ("…")'}


def _typed(hint: Any, value: Any) -> tuple[Any, str | None]:
    if isinstance(hint, types.GenericAlias):
        return _typed_list(typing.get_args(hint)[0], value)
    if hint is float and type(value) is int:
        return float(value), None
    if type(value) is hint:
        return value, None
    return value, f"must be {_TYPE_WORDS[hint]}, not {value!r}"


def _typed_list(item: type, value: Any) -> tuple[Any, str | None]:
    if not isinstance(value, list):
        return value, f"must be a list in brackets, not {value!r}"
    items = [_typed(item, v) for v in value]
    return tuple(v for v, _ in items), next((problem for _, problem in items if problem), None)


_SECTIONS: dict[str, type] = {
    "camera": CameraSettings,
    "detector": DetectorSettings,
    "embedder": EmbedderSettings,
    "gallery": GallerySettings,
    "tracking": TrackingSettings,
    "mqtt": MqttSettings,
    "web": WebSection,
    "privacy": PrivacySettings,
    "log": LogSettings,
}
