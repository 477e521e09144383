# SPDX-License-Identifier: Apache-2.0
"""A backup without one of its people, line by line."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from daemon.backup import format as fmt
from daemon.backup.reading import opened_archive
from daemon.backup.writing import pack

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from daemon.backup.age import Sink


def holds(path: Path, person_id: str) -> bool:
    """Whether a person is in the backup, a ZIP at `path`. Raises BadBackup if it is none, or damaged."""
    with opened_archive(path) as (archive, members, _):
        lines = fmt.lines(archive.chunks(members[fmt.PEOPLE]))
        return any(_holds(line, person_id) for line in lines)


def without(path: Path, person_id: str, out: Sink) -> None:
    """Write the backup at `path` to `out` without a person, all samples and pictures. Raises as `holds`.

    Somebody into whom the person was merged then goes as well: whose the samples were, it does not tell.
    """
    with opened_archive(path) as (archive, members, manifest):
        kept = _Kept(person_id)

        def lines(name: str) -> Iterable[bytes]:
            return fmt.lines(archive.chunks(members[name]))

        pack(
            out,
            {
                fmt.GROUPS: archive.chunks(members[fmt.GROUPS]),
                fmt.PEOPLE: kept.people(lines(fmt.PEOPLE)),
                fmt.SAMPLES: kept.samples(lines(fmt.SAMPLES)),
                fmt.SETTINGS: archive.chunks(members[fmt.SETTINGS]),
            },
            lambda sha256: replace(manifest, counts=kept.counts(manifest.counts.groups), sha256=sha256),
        )


class _Kept:
    """The lines that stay, counted."""

    def __init__(self, person_id: str) -> None:
        self._person_id = person_id
        self._gone: set[str] = set()
        self._people = self._samples = self._pictures = 0

    def people(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        for line in lines:
            if _holds(line, self._person_id):
                self._gone.add(fmt.person_of(line).person.id)
            else:
                self._people += 1
                yield line + b"\n"

    def samples(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        for line in lines:
            if not any(_is_of(line, person_id) for person_id in self._gone):
                self._samples += 1
                self._pictures += not line.endswith(b'"picture":null}')
                yield line + b"\n"

    def counts(self, groups: int) -> fmt.Counts:
        return fmt.Counts(self._people, groups, self._samples, self._pictures)


def _holds(line: bytes, person_id: str) -> bool:
    """Whether a line of people is of this person, or of one with whom they were one; most need no taking apart."""
    if person_id.encode() not in line:
        return False
    listed = fmt.person_of(line)
    return person_id in (listed.person.id, *listed.merged)


def _is_of(line: bytes, person_id: str) -> bool:
    """Whether a line of samples is of this person."""
    return person_id.encode() in line and fmt.parsed(line).get("person_id") == person_id
