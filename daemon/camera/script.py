# SPDX-License-Identifier: Apache-2.0
"""The script of a camera that goes wrong: what happens when, read from a TOML file.

    source = "folder:pictures"
    [[fault]]
    what = "frozen"
    after_s = 10.0
    for_s = 20.0

`Script` says what each key means. `daemon.camera.faulty` plays it.
"""

from __future__ import annotations

import errno
import math
import tomllib
import typing
from dataclasses import MISSING, dataclass, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

from daemon.config.building import checked
from daemon.config.checks import between, source
from daemon.config.words import did_you_mean
from daemon.errors import CameraError

if TYPE_CHECKING:
    from pathlib import Path


class What(StrEnum):
    """What a camera does that goes wrong."""

    ABSENT = "absent"
    """It does not open, and one that is open is gone: CameraError."""
    BLACK = "black"
    BLOCK = "block"
    """A read does not come back while the fault lasts, whatever its time limit."""
    CRASH = "crash"
    """A library raises what nobody expects: RuntimeError."""
    FAIL = "fail"
    """It opens, and each read raises CameraError."""
    FROZEN = "frozen"
    """The last picture again and again, pixel for pixel."""
    SLOW = "slow"
    """Each picture takes `read_s`."""


_LONGEST_BYTES = 64 * 1024
"""Thousands of faults; and a file that does not end has to end somewhere."""


def _fault(value: str) -> str | None:
    return None if value in tuple(What) else f"is none{did_you_mean(value, What)}"


def _playable(value: str) -> str | None:
    return "must be no script itself" if value.startswith("script:") else source(value)


@dataclass(frozen=True, slots=True)
class Fault:
    """One table [[fault]]."""

    what: Annotated[str, _fault]
    """One of `What`."""
    after_s: Annotated[float, between(0, math.inf)] = 0.0
    """When it begins, since the script did."""
    for_s: Annotated[float, between(0, math.inf)] = math.inf
    """How long it lasts."""
    read_s: Annotated[float, between(0, 3600)] = 2.0
    """How long a read takes that is slow."""


@dataclass(frozen=True, slots=True)
class Play:
    """The keys outside of the tables."""

    source: Annotated[str, _playable] = "demo"
    """What is seen where nothing is wrong: any camera.source; files and folders as seen from the script's folder."""
    noise: bool = True
    """Add a sensor's noise, so that no two pictures are the same."""
    repeat_s: Annotated[float, between(0, math.inf)] = 0.0
    """Begin again after so long; 0: never."""


@dataclass(frozen=True, slots=True)
class Script:
    """What is played, and what goes wrong with it."""

    play: Play
    faults: tuple[Fault, ...]

    @classmethod
    def read(cls, path: Path) -> Script:
        """The script in a file. Raises CameraError with all that is wrong with it."""
        try:
            table = tomllib.loads(_text(path))
        except OSError as error:
            raise CameraError(f"The script {path} cannot be read ({error.strerror}): set camera.source.") from error
        except (ValueError, RecursionError) as error:
            raise CameraError(f"The script {path} is no TOML: {error}.") from error
        problems: list[str] = []
        tables = table.pop("fault", [])
        if not (isinstance(tables, list) and all(isinstance(one, dict) for one in tables)):
            problems, tables = ["fault must be tables: write [[fault]]."], []
        play = _table(Play, "script", table, problems)
        faults = tuple(_table(Fault, "fault", one, problems) for one in tables)
        if problems:
            raise CameraError(f"The script {path} cannot be played: {' '.join(problems)}")
        return cls(play, faults)

    def at(self, elapsed_s: float) -> Fault | None:
        """What is wrong so long after the script began; the first of several."""
        into_s = elapsed_s % self.play.repeat_s if self.play.repeat_s else elapsed_s
        return next((fault for fault in self.faults if 0 <= into_s - fault.after_s < fault.for_s), None)


def _text(path: Path) -> str:
    """Of a file, which alone ends: a pipe may never answer, and a device never stop."""
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "it is not a file")
    with path.open("rb") as file:
        content = file.read(_LONGEST_BYTES + 1)
    if len(content) > _LONGEST_BYTES:
        raise OSError(errno.EFBIG, f"it is longer than {_LONGEST_BYTES // 1024} KiB")
    return content.decode("utf-8")


def _table(kind: type, name: str, values: dict[str, Any], problems: list[str]) -> Any:
    """The values as a `kind`; what is wrong with them is added to `problems`, and they are not to be used then."""
    defaults = {field.name: field.default for field in fields(kind)}
    problems += [f"{name}.{key} is no key{did_you_mean(key, defaults)}." for key in values.keys() - defaults.keys()]
    right: dict[str, Any] = {}
    for key, hint in typing.get_type_hints(kind, include_extras=True).items():
        given = values.get(key, defaults[key])
        right[key], problem = (None, "is missing") if given is MISSING else checked(hint, given)
        if problem:
            problems.append(f"{name}.{key} {problem}.")
    return kind(**right)
