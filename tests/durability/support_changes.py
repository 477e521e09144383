# SPDX-License-Identifier: Apache-2.0
"""Changes of a gallery with made-up faces, and what a gallery that has had them must hold."""

from __future__ import annotations

import contextlib
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from support_gallery import DETECTION, MODEL, SETTINGS

from daemon.clock import FakeClock, iso
from daemon.gallery import Gallery
from daemon.gallery.names import normalise
from daemon.gallery.store import Store
from daemon.gallery.stored import Sample, StoredPerson
from daemon.types import Embedding, Observation, RequestKey, SampleKind

if TYPE_CHECKING:
    import random
    from pathlib import Path

    from daemon.gallery.stored import Contents

People = Mapping[str, tuple[int, ...]]
"""By name the numbers of the pictures of each, in order."""

FILE = "gallery.db"
D = 64
JPEG = b"\xff\xd8\xff"
"""How one begins."""
NAMES = ("Ann", "Bo", "Cy", "Dee", "Eli", "Flo")


def opened(folder: Path) -> Gallery:
    """The gallery of a folder; no sample is ever set aside."""
    return Gallery.open(folder / FILE, MODEL, replace(SETTINGS, max_samples=10_000), FakeClock())


def held(gallery: Gallery) -> People:
    """What readers see and what the file has, which must be one."""
    contents = gallery._store.load()
    names = {person.id: person.name for person in contents.people}
    people = {name: [] for name in names.values()}
    for sample in contents.samples:
        people[names[sample.person_id]].append(int(sample.source))
    seen = {person.name: person.samples for person in gallery.people()}
    assert seen == {name: len(pictures) for name, pictures in people.items()}
    assert gallery.sample_count == sum(seen.values())
    return {name: tuple(sorted(pictures)) for name, pictures in people.items()}


def put(files: dict[str, bytes], folder: Path) -> Path:
    """The folder with these files and no other."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


def found(folder: Path) -> People:
    """What a gallery that is opened now holds. Raises StorageError."""
    with contextlib.closing(opened(folder)) as gallery:
        return held(gallery)


def vector(picture: int, number: int) -> np.ndarray:
    """Of one face; (D,), of unit length."""
    drawn = np.random.default_rng([picture, number]).normal(size=D)
    return (drawn / np.linalg.norm(drawn)).astype(np.float32)


@dataclass(frozen=True)
class Enrol:
    """Three faces of one number, which must never come apart."""

    name: str
    picture: int

    def do(self, gallery: Gallery) -> None:
        faces = [Observation(DETECTION, 0.8, Embedding(vector(self.picture, n), MODEL)) for n in range(3)]
        kept = [JPEG + f"{self.name} {n}".encode() for n in range(3)]
        gallery.enrol(self.name, faces, str(self.picture), force=True, pictures=kept, request=self.request)

    @property
    def request(self) -> RequestKey:
        return RequestKey(f"request {self.picture}", self.name)

    def after(self, people: People) -> People:
        return {**people, self.name: tuple(sorted((*people.get(self.name, ()), *[self.picture] * 3)))}


@dataclass(frozen=True)
class Rename:
    name: str
    new: str

    def do(self, gallery: Gallery) -> None:
        gallery.rename(self.name, self.new)

    def after(self, people: People) -> People:
        return {self.new if name == self.name else name: pictures for name, pictures in people.items()}


@dataclass(frozen=True)
class Merge:
    name: str
    into: str

    def do(self, gallery: Gallery) -> None:
        gallery.merge(self.name, self.into)

    def after(self, people: People) -> People:
        both = tuple(sorted(people[self.name] + people[self.into]))
        return {name: both if name == self.into else people[name] for name in people if name != self.name}


@dataclass(frozen=True)
class Forget:
    name: str

    def do(self, gallery: Gallery) -> None:
        gallery.forget(self.name)

    def after(self, people: People) -> People:
        return {name: pictures for name, pictures in people.items() if name != self.name}


@dataclass(frozen=True)
class Restore:
    """Everybody is replaced by one person, who has pictures of this number."""

    name: str
    picture: int

    def do(self, gallery: Gallery) -> None:
        gallery.replace(self._build)

    def _build(self, path: Path, contents: Contents) -> None:
        now, name = iso(FakeClock().now()), normalise(self.name)
        person = StoredPerson(str(uuid.uuid4()), name.display, name.key, now, now)
        samples = [
            Sample(
                str(uuid.uuid4()),
                person.id,
                SampleKind.POSITIVE,
                MODEL,
                vector(self.picture, n).astype("<f4").tobytes(),
                0.8,
                str(self.picture),
                now,
            )
            for n in range(3)
        ]
        with contextlib.closing(Store(path)) as store, store.transaction() as writer:
            writer.save_person(person)
            writer.add_samples(samples)

    def after(self, people: People) -> People:
        return {self.name: (self.picture,) * 3}


Change = Enrol | Rename | Merge | Forget | Restore


def drawn(rng: random.Random, people: People, picture: int) -> Change:
    """A change that is possible for these people."""
    known, free = sorted(people), [name for name in NAMES if name not in people]
    possible: list[Change] = [Enrol(rng.choice(NAMES), picture)] * 3
    if known:
        possible.append(Forget(rng.choice(known)))
        possible.append(Restore(rng.choice(NAMES), picture))
    if known and free:
        possible.append(Rename(rng.choice(known), rng.choice(free)))
    if len(known) > 1:
        possible.append(Merge(*rng.sample(known, 2)))
    return rng.choice(possible)
