# SPDX-License-Identifier: Apache-2.0
"""Each setting with its value, limits and what it does."""

from __future__ import annotations

import functools
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin

from daemon.config import PINNED, default_toml, without_password
from daemon.config.building import hints_of
from daemon.config.checks import Between, OneOf, SomeOf, frame_size, zone
from daemon.service.replay import TRIED
from daemon.types import Origin, Setting, SettingKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from daemon.config import Loaded, Settings

_UNITS = {"camera.fps": "fps", "camera.rotation": "degrees", "camera.size": "px"}
_ENDINGS = {"_s": "s", "_ms": "ms", "_px": "px", "_mb": "MB", "_days": "days", "_hours": "hours"}
_KINDS = {bool: SettingKind.SWITCH, int: SettingKind.WHOLE, float: SettingKind.NUMBER, str: SettingKind.TEXT}


def listed(loaded: Loaded, page: Mapping[str, Mapping[str, Any]], started_with: Settings) -> Iterator[Setting]:
    """All settings, in the order of their documentation; `page` is what the page's file has."""
    now, then, lower = asdict(loaded.settings), asdict(started_with), loaded.layers.lower
    for section, values in loaded.layers.defaults.items():
        for key, default in values.items():
            name = f"{section}.{key}"
            value = now[section][key]
            origin = _origin(loaded, name)
            yield Setting(
                name=name,
                value=_shown(value),
                default=_shown(default),
                below=_shown(lower[section][key]),
                origin=origin,
                about=abouts()[name],
                unit=_unit(name),
                at_start=takes_a_start(name),
                waiting=takes_a_start(name) and value != then[section][key],
                left_out=key in page.get(section, {}) and origin not in (Origin.PAGE, Origin.PINNED),
                can_be_tried=name in TRIED,
                **_limits(section, key),
            )


def takes_a_start(name: str) -> bool:
    """Whether a change of it takes effect when whod starts again; of all others see `daemon.rewiring`."""
    return name.startswith(("web.", "machine.")) or name == "log.libraries"


@functools.cache
def abouts() -> dict[str, str]:
    """What each setting does, by name: the comment above it in config.default.toml."""
    found: dict[str, str] = {}
    section, comment = "", ""
    for line in default_toml().splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        if line.startswith("#"):
            text = line[1:].removeprefix(" ")
            comment += f"\n{text}" if text.startswith(" ") or not comment else f" {text}"
            continue
        if "=" in line:
            found[f"{section}.{line.partition('=')[0].strip()}"] = comment.strip()
        comment = ""
    return found


def _origin(loaded: Loaded, name: str) -> Origin:
    where = loaded.origin.get(name)
    if where is None:
        return Origin.DEFAULT
    if where == PINNED:
        return Origin.PINNED
    return Origin.PAGE if where == str(loaded.layers.kept_in) else Origin.FILE


def _shown(value: Any) -> Any:
    if isinstance(value, str):
        return without_password(value)
    return tuple(value) if isinstance(value, list) else value


def _unit(name: str) -> str:
    ending = next((unit for ending, unit in _ENDINGS.items() if name.endswith(ending)), "")
    return _UNITS.get(name, ending)


def _limits(section: str, key: str) -> dict[str, Any]:
    """The kind of a setting, and its range or choices."""
    hint = hints_of(section)[key]
    checks = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
    plain = get_args(hint)[0] if checks else hint
    for check in checks:
        if isinstance(check, OneOf):
            return {"kind": SettingKind.CHOICE, "choices": check.choices}
        if isinstance(check, SomeOf):
            return {"kind": SettingKind.SOME, "choices": check.choices}
        if isinstance(check, Between):
            return {"kind": _KINDS[plain], "low": check.low, "high": check.high}
        if check in (zone, frame_size):
            return {"kind": SettingKind.ZONE if check is zone else SettingKind.SIZE}
    return {"kind": _KINDS.get(plain, SettingKind.NAMES)}
