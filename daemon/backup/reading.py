# SPDX-License-Identifier: Apache-2.0
"""A backup into the file of a gallery, with all that is wrong with it."""

from __future__ import annotations

import contextlib
import hashlib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from daemon.backup import format as fmt
from daemon.errors import BadArchive, BadBackup, BadPassphrase, StorageError
from daemon.gallery.rowwise import Rowwise
from daemon.gallery.stored import VECTOR_DTYPE
from daemon.storage import discard
from daemon.zips import Limits, ZipReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from daemon.gallery.rowwise import Filler
    from daemon.gallery.stored import Sample, StoredGroup
    from daemon.zips import Entry

MOST_PROBLEMS = 100
"""Sentences; of more, only the number is told."""

_TOO_MANY_PROBLEMS = 10_000
"""A gigabyte of lines that are none would take hours."""

_AGE = b"age-encryption.org/"
_MOST_ENTRIES = 16
_LARGEST_JSON = 1_000_000

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a backup is to go to."""

    model_id: str
    """Of the embeddings that are searched there."""
    sizes: Mapping[str, int]
    """How many numbers the embeddings of each model have that is known there; that one is."""
    keep_pictures: bool = True


@dataclass(slots=True)
class Found:
    """What was read."""

    manifest: fmt.Manifest | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    """As `format.Counts`."""
    foreign: int = 0
    """Samples of another model than the one here, and of them those with a picture."""
    foreign_pictures: int = 0
    problems: list[str] = field(default_factory=list)
    more_problems: int = 0

    def wrong(self, sentence: str) -> None:
        """Keep what is wrong. Raises BadBackup where so much is that to read on would only take time."""
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(sentence)
            return
        self.more_problems += 1
        if self.more_problems > _TOO_MANY_PROBLEMS:
            raise BadBackup(f"More than {_TOO_MANY_PROBLEMS:,} things are wrong with the backup: take another copy.")

    @property
    def sentences(self) -> tuple[str, ...]:
        """All that is wrong."""
        more = (f"There are {self.more_problems} problems more.",) if self.more_problems else ()
        return *self.problems, *more


def unsealed(path: Path, passphrase: str | None, beside: Path) -> Path:
    """The ZIP in a file: the file itself, or what an age file holds, which is written to `beside`.

    Raises:
        BadPassphrase: there is none, or it is not the file's; or there is one, and the file is not encrypted.
        BadBackup: the file is damaged, or larger than a backup may be.
        StorageError: it cannot be read, or there is no room for what it holds.
    """
    try:
        return _unsealed(path, passphrase, beside)
    except OSError as error:
        raise StorageError(f"{path} cannot be opened ({error.strerror}): free some space, check the disk.") from error


def _unsealed(path: Path, passphrase: str | None, beside: Path) -> Path:
    with path.open("rb") as file:
        is_sealed = file.read(len(_AGE)) == _AGE
        if not is_sealed:
            if passphrase is not None:
                raise BadPassphrase(
                    "The backup has no passphrase: try without one, if you trust where it comes from."
                )
            return path
        if passphrase is None:
            raise BadPassphrase("The backup is encrypted: give its passphrase.")
        file.seek(0)
        from daemon.backup.age import opened  # noqa: PLC0415  # takes 13 MB, and few need it

        size = 0
        with beside.open("wb") as out:
            for piece in opened(file, passphrase):
                size += len(piece)
                if size > fmt.MOST_BYTES:
                    raise BadBackup("The backup is larger than any of whod: give another file.")
                out.write(piece)
    return beside


def read(path: Path, gallery: Path, place: Place, told: Callable[[int, int], None] = lambda *_: None) -> Found:
    """Read a backup, a ZIP at `path`, into a new file of a gallery, at `gallery`; only without problems it is one.

    `told` is called with how many samples are done and how many there are; what it raises ends the work.

    Raises BadBackup if the file is no backup at all.
    """
    found = Found()
    discard(gallery)
    with _archive(path) as archive:
        members = {entry.name: entry for entry in archive}
        if (manifest := _known(found, archive, members)) is not None:
            with contextlib.closing(Rowwise(gallery)) as store, store.filling() as filler:
                _Reading(found, archive, members, filler, place=place, told=told).read(manifest)
    return found


@contextlib.contextmanager
def opened_archive(path: Path) -> Iterator[tuple[ZipReader, dict[str, Entry], fmt.Manifest]]:
    """A backup of ours, its members and its manifest. Raises BadBackup if it is none."""
    with _archive(path) as archive:
        found, members = Found(), {entry.name: entry for entry in archive}
        manifest = _known(found, archive, members)
        if manifest is None or found.problems:
            raise BadBackup(found.problems[0])
        try:
            yield archive, members, manifest
        except fmt.Wrong as error:
            raise BadBackup(f"A member {error}.") from error


@contextlib.contextmanager
def _archive(path: Path) -> Iterator[ZipReader]:
    try:
        with ZipReader(path, Limits(fmt.MOST_BYTES, _MOST_ENTRIES)) as archive:
            yield archive
    except BadArchive as error:
        raise BadBackup(
            f"The file is no backup of whod, or is damaged: take another copy of it. ({error})"
        ) from error


def _known(found: Found, archive: ZipReader, members: dict[str, Entry]) -> fmt.Manifest | None:
    """The manifest of a backup whose members can be looked at."""
    if fmt.MANIFEST not in members or members[fmt.MANIFEST].size > _LARGEST_JSON:
        raise BadBackup(f"The file has no {fmt.MANIFEST}, so it is no backup of whod: give another file.")
    try:
        found.manifest = fmt.Manifest.of(archive.read(members[fmt.MANIFEST]))
    except fmt.Wrong as error:
        found.wrong(f"{fmt.MANIFEST} {error}.")
        return None
    for name in sorted(set(members) ^ set(fmt.MEMBERS)):
        found.wrong(f"{name} does not belong into a backup." if name in members else f"{name} is missing.")
    return found.manifest if set(members) >= set(fmt.MEMBERS) else None


class _Reading:
    """One backup on its way into a file."""

    def __init__(
        self,
        found: Found,
        archive: ZipReader,
        members: dict[str, Entry],
        filler: Filler,
        *,
        place: Place,
        told: Callable[[int, int], None],
    ) -> None:
        self._found = found
        self._archive = archive
        self._members = members
        self._filler = filler
        self._place = place
        self._told = told
        self._sizes = dict(place.sizes)
        """Of the vectors of each model."""

    def read(self, manifest: fmt.Manifest) -> None:
        """All members, in their order."""
        self._each(manifest, fmt.GROUPS, fmt.group_of, self._add_group)
        self._each(manifest, fmt.PEOPLE, fmt.person_of, self._add_person)
        self._each(
            manifest, fmt.SAMPLES, fmt.sample_of, lambda found: self._add_sample(found, manifest.counts.samples)
        )
        self._read_settings(manifest)
        for name in fmt.Counts.__slots__:
            said, there = getattr(manifest.counts, name), self._found.counts[name]
            if said != there:
                self._found.wrong(f"{fmt.MANIFEST} tells of {said} {name}, and there are {there}.")

    def _each(
        self, manifest: fmt.Manifest, name: str, parse: Callable[[bytes], _T], add: Callable[[_T], None]
    ) -> None:
        try:
            for number, line in enumerate(fmt.lines(self._hashed(manifest, name)), start=1):
                try:
                    add(parse(line))
                except fmt.Wrong as error:
                    self._found.wrong(f"{name}, line {number} {error}.")
        except fmt.Wrong as error:
            self._found.wrong(f"{name} {error}.")

    def _add_group(self, group: StoredGroup) -> None:
        if not self._filler.add_group(group):
            raise fmt.Wrong("is of a group that is there already, by its id or its name")
        self._found.counts["groups"] += 1

    def _add_person(self, listed: fmt.PersonLine) -> None:
        person, groups, merged = listed
        if self._filler.is_alias(person.id) or not self._filler.add_person(person):
            raise fmt.Wrong("is of a person who is there already, by the id or the name")
        self._found.counts["people"] += 1
        if not all(map(self._filler.has_group, groups)):
            raise fmt.Wrong("puts a person into a group that is not there")
        for group_id in groups:
            self._filler.add_member(group_id, person.id)
        if not all(self._filler.add_alias(alias, person.id) for alias in merged):
            raise fmt.Wrong("has somebody merged into a person who is there, or into two")

    def _add_sample(self, found: tuple[Sample, bytes | None], total: int) -> None:
        sample, picture = found
        if not self._filler.has_person(sample.person_id):
            raise fmt.Wrong("is a sample of nobody in the backup")
        size = len(sample.vector) // VECTOR_DTYPE.itemsize
        if (wanted := self._sizes.setdefault(sample.model_id, size)) != size:
            raise fmt.Wrong(f"has a vector of {size} numbers, and {sample.model_id} makes {wanted}")
        if not self._filler.add_sample(sample):
            raise fmt.Wrong("is a sample that is there already")
        self._found.counts["samples"] += 1
        foreign = sample.model_id != self._place.model_id
        self._found.foreign += foreign
        if picture is not None:
            if self._place.keep_pictures:
                self._filler.add_picture(sample.id, picture)
            self._found.counts["pictures"] += 1
            self._found.foreign_pictures += foreign
        self._told(self._found.counts["samples"], total)

    def _read_settings(self, manifest: fmt.Manifest) -> None:
        if self._members[fmt.SETTINGS].size > _LARGEST_JSON:
            raise BadBackup(f"{fmt.SETTINGS} is larger than any settings: give another file.")
        text = b"".join(self._hashed(manifest, fmt.SETTINGS))
        try:
            self._found.settings = fmt.parsed(text)
        except fmt.Wrong as error:
            self._found.wrong(f"{fmt.SETTINGS} {error}.")

    def _hashed(self, manifest: fmt.Manifest, name: str) -> Iterator[bytes]:
        """A member in pieces, compared with its digest at the end."""
        digest = hashlib.sha256()
        for piece in self._archive.chunks(self._members[name]):
            digest.update(piece)
            yield piece
        if digest.hexdigest() != manifest.sha256[name]:
            self._found.wrong(f"{name} does not match its sha256 in {fmt.MANIFEST}.")
