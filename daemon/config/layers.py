# SPDX-License-Identifier: Apache-2.0
"""What the settings are made of, the later over the earlier: defaults, file, what was set on the page, ``--set``."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from daemon.config.building import checked, hints_of, settings_of
from daemon.config.more_cameras import MoreCameras
from daemon.config.words import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from daemon.config.building import Table
    from daemon.config.sections import Settings

PINNED = "--set"


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings, and where each that is not a default came from."""

    settings: Settings
    origin: dict[str, str]
    layers: Layers
    page: Table
    """What was set on the page, as far as it can be taken."""
    notes: tuple[str, ...] = ()
    """What of it cannot, a sentence each."""

    def without_page(self, why: str) -> Loaded:
        """The same without what was set on the page, and with a note that says why."""
        return self.layers.under({}, (why,))

    def pinned_to(self, settings: Settings) -> Loaded:
        """These settings: what differs is as if it had been given by ``--set``."""
        pinned = deepcopy(self.layers.pinned)
        mine = asdict(self.settings)
        for section in self.layers.lower:
            for key, value in asdict(getattr(settings, section)).items():
                if value != mine[section][key]:
                    pinned.setdefault(section, {})[key] = list(value) if isinstance(value, tuple) else value
        return replace(self.layers, pinned=pinned).under(self.page, self.notes)


@dataclass(frozen=True, slots=True)
class Layers:
    """The settings below and above what is set on the page; all of it is right."""

    defaults: Table
    """Of this machine; see `daemon.config.profile`."""
    lower: Table
    """The defaults, with the file over them."""
    origin: Mapping[str, str]
    """Of what is not a default."""
    pinned: Table
    """By ``--set``."""
    kept_in: Path | None = None
    """The file of what is set on the page."""
    more: MoreCameras = field(default_factory=MoreCameras)
    """The cameras after the first, which only the settings file has."""

    def under(self, page: Mapping[str, Any], notes: tuple[str, ...] = ()) -> Loaded:
        """With what was set on the page between them; what of it cannot be taken is left out and noted."""
        good, wrong = self.sifted(page)
        table, origin = deepcopy(self.lower), dict(self.origin)
        for layer, where in ((good, str(self.kept_in)), (self.pinned, PINNED)):
            for section, values in layer.items():
                table[section].update(values)
                origin.update({f"{section}.{key}": where for key in values})
        said = tuple(f"{self.kept_in}: {name} {what}. It is left out." for name, what in wrong.items())
        first = settings_of(table, origin, [])
        settings = replace(first, cameras=self.more.settings(first.camera))
        return Loaded(settings, origin, self, good, (*notes, *said))

    def sifted(self, page: Mapping[str, Any]) -> tuple[Table, dict[str, str]]:
        """What of it can be taken, and what is wrong with the rest, by name, as the end of a sentence."""
        good: Table = {}
        wrong: dict[str, str] = {}
        for section, values in page.items():
            if section not in self.lower or not isinstance(values, dict):
                wrong[section] = f"is no section{did_you_mean(section, self.lower)}"
                continue
            for key, value in values.items():
                if problem := self.problem(section, key, value):
                    wrong[f"{section}.{key}"] = problem
                else:
                    good.setdefault(section, {})[key] = value
        return good, wrong

    def problem(self, section: str, key: str, value: object) -> str | None:
        """What is wrong with a value, as the end of a sentence that starts with the setting's name."""
        if section not in self.lower:
            return f"is no setting{did_you_mean(section, self.lower)}"
        if key not in self.lower[section]:
            return f"is no setting{did_you_mean(key, self.lower[section])}"
        if (section, key, value) == ("web", "listen", ""):
            return "cannot be emptied here, where that would close this page: set it in the settings file"
        problem = checked(hints_of(section)[key], value)[1]
        return problem or (self.more.clash(key, value) if section == "camera" else None)
