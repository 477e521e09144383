# SPDX-License-Identifier: Apache-2.0
"""A gallery into a backup, row by row."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import zipfile
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from daemon import __version__
from daemon.backup import format as fmt
from daemon.errors import StorageCorrupt, StorageError, WorldError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from daemon.backup.age import Sink
    from daemon.gallery.rowwise import Rowwise
    from daemon.gallery.stored import Sample

log = logging.getLogger(__name__)

_LEVEL = 1
"""Of deflate: vectors and pictures hardly become smaller with more."""
_PIECE_BYTES = 128 * 1024
_LINE = 600
"""Bytes of a line but for what is base64 in it, at most on the average."""


@dataclass(frozen=True, slots=True)
class About:
    """What a backup tells beside the gallery."""

    model_id: str
    made_at: str
    """RFC 3339, as `daemon.clock.iso` writes it."""
    settings: dict[str, dict[str, Any]]
    """Without secrets."""


def write(
    out: Sink, gallery: Rowwise, about: About, told: Callable[[int, int], None] = lambda *_: None
) -> fmt.Manifest:
    """Write a backup of a gallery's file, which nobody else changes meanwhile; `out` need not be seekable.

    The same gallery makes the same bytes, but for the manifest's time. Pictures are left out, and the manifest counts
    none, where the backup would be too large to be restored with them. `told` is called with how many samples are
    done and how many there are; what it raises ends the work.

    Raises StorageCorrupt where the gallery is damaged, StorageError if it is too large.
    """
    counts = gallery.counts()
    least = counts.vector_bytes * 4 // 3 + (counts.people + counts.samples) * _LINE
    if least > fmt.MOST_BYTES:
        raise StorageError("The gallery is too large for a backup (1 GB): copy gallery.db while whod does not run.")
    pictures = least + counts.picture_bytes * 4 // 3 < fmt.MOST_BYTES
    if not pictures:
        log.warning("The backup is made without the pictures: it would be larger than 1 GB with them")
    samples = _Samples(gallery, pictures=pictures)

    def manifest(sha256: dict[str, str]) -> fmt.Manifest:
        found = fmt.Counts(counts.people, counts.groups, samples.count, samples.pictures)
        return fmt.Manifest(fmt.FORMAT, __version__, about.model_id, about.made_at, found, sha256)

    members: dict[str, Iterable[bytes]] = {
        fmt.GROUPS: map(fmt.group_line, gallery.each_group()),
        fmt.PEOPLE: map(fmt.person_line, _person_lines(gallery)),
        fmt.SAMPLES: samples.lines(lambda done: told(done, counts.samples)),
        fmt.SETTINGS: [fmt.settings_bytes(about.settings)],
    }
    return pack(out, members, manifest)


def pack(
    out: Sink, members: Mapping[str, Iterable[bytes]], manifest: Callable[[dict[str, str]], fmt.Manifest]
) -> fmt.Manifest:
    """Write the members of a backup, in pieces, and the manifest that is made of their digests."""
    with zipfile.ZipFile(_Forward(out), "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        made = manifest({name: _add(archive, name, pieces) for name, pieces in members.items()})
        _add(archive, fmt.MANIFEST, [made.as_bytes()])
    return made


def _person_lines(gallery: Rowwise) -> Iterator[fmt.PersonLine]:
    for person in gallery.each_person():
        yield fmt.PersonLine(person, gallery.groups_of(person.id), gallery.aliases_of(person.id))


class _Samples:
    """The lines of the samples, which are counted."""

    def __init__(self, gallery: Rowwise, *, pictures: bool) -> None:
        self._gallery = gallery
        self._with_pictures = pictures
        self.count = self.pictures = 0

    def lines(self, told: Callable[[int], None]) -> Iterator[bytes]:
        for sample in self._gallery.each_sample():
            picture = self._picture(sample) if self._with_pictures else None
            yield fmt.sample_line(sample, picture)
            self.count += 1
            self.pictures += picture is not None
            told(self.count)

    def _picture(self, sample: Sample) -> bytes | None:
        """A damaged one is left out: it is no reason to be without a backup."""
        try:
            picture = self._gallery.picture(sample.id)
        except StorageCorrupt:
            log.warning("The picture of sample %s is damaged, and is not in the backup", sample.id)
            return None
        return picture if picture is None or len(picture) <= fmt.LARGEST_PICTURE else None


class _Forward:
    """A file without places to go back to: what is written to a pipe and to a disk are the same bytes then."""

    def __init__(self, out: Sink) -> None:
        self._out = out

    def write(self, data: bytes, /) -> int:
        """Take all of it."""
        return self._out.write(data)

    def flush(self) -> None:
        """Whoever opened the file does it."""

    def close(self) -> None:
        """As `flush`."""


def _add(archive: zipfile.ZipFile, name: str, lines: Iterable[bytes]) -> str:
    """Add a member; gives its sha256. zipfile gives it the time 1980-01-01 and the mode 0600."""
    digest = hashlib.sha256()
    with archive.open(name, "w") as member:
        for piece in _pieces(lines):
            member.write(piece)
            digest.update(piece)
    return digest.hexdigest()


def _pieces(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in larger pieces: after each call of zlib, which lets others run, one waits for the turn."""
    held, size = [], 0
    for line in lines:
        held.append(line)
        size += len(line)
        if size >= _PIECE_BYTES:
            yield b"".join(held)
            held, size = [], 0
    yield b"".join(held)


@contextlib.contextmanager
def sealed(out: Sink, passphrase: str | None) -> Iterator[Sink]:
    """What is written to this goes to `out`: as an age file if there is a passphrase."""
    if passphrase is None:
        yield out
        return
    from daemon.backup.age import Sealed  # noqa: PLC0415  # takes 13 MB, and few need it

    file = Sealed(out, passphrase)
    yield file
    file.finish()


@contextlib.contextmanager
def new_file(path: Path) -> Iterator[IO[bytes]]:
    """A file of mode 0600 that is whole and on disk at `path` when the block ends, or not there at all.

    Raises StorageError.
    """
    beside = path.with_name(f".{path.name}.part")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        with open(descriptor, "wb") as file:  # noqa: PTH123
            yield file
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        if isinstance(error, WorldError):
            raise
        raise StorageError(
            f"{path} cannot be written ({error.strerror}): free some space, or name another."
        ) from error
    finally:
        beside.unlink(missing_ok=True)


def make_private(folder: Path) -> None:
    """See that a folder is there, with mode 0700. Raises StorageError."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{folder} cannot be made ({error.strerror}): free some space.") from error


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
