# SPDX-License-Identifier: Apache-2.0
"""The settings as a backup tells them: without secrets, and without the paths of files that hold them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from daemon.config import without_password
from daemon.types import SettingDifference

if TYPE_CHECKING:
    from collections.abc import Mapping

    from daemon.config import Settings


def told(settings: Settings) -> dict[str, dict[str, Any]]:
    """All settings that may stand in a backup, by section and key."""
    sections: dict[str, dict[str, Any]] = {
        section: {key: _open(key, value) for key, value in values.items() if not key.endswith("_file")}
        for section, values in settings.by_section().items()
    }
    # As JSON has them: a list where a setting is a tuple.
    plain: dict[str, dict[str, Any]] = json.loads(json.dumps(sections))
    return plain


def _open(key: str, value: Any) -> Any:
    return without_password(value) if key == "source" else value


def differing(settings: Settings, there: Mapping[str, Any]) -> tuple[SettingDifference, ...]:
    """The settings that are others here than `there`, in a backup."""
    here = _flat(told(settings))
    then = _flat(there)
    names = sorted(here.keys() | then.keys())
    return tuple(
        SettingDifference(name, here.get(name), then.get(name)) for name in names if here.get(name) != then.get(name)
    )


def _flat(sections: Mapping[str, Any]) -> dict[str, Any]:
    return {
        f"{section}.{key}": value
        for section, values in sections.items()
        if isinstance(values, dict)
        for key, value in values.items()
    }
