# SPDX-License-Identifier: Apache-2.0
"""Enrols many people from many pictures, going on past those that are refused."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, nullcontext
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from daemon.ahead import made_ahead
from daemon.errors import BadName, DuplicatePhoto, InputError, NoSuchPerson
from daemon.gallery import Faces
from daemon.machine import give_back_memory
from daemon.service.patience import look
from daemon.service.samples import only_face, refuse_poor
from daemon.service.sources import ZipSource
from daemon.types import Enrolment, Photo, RequestKey
from daemon.vision import decode, keepsake, reduced

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from daemon.gallery import Gallery
    from daemon.jobs import Progress, Staging
    from daemon.service.sources import Item, Source
    from daemon.types import Observation, Pixels

UNCHANGED, REFUSED = "unchanged", "refused"
CHANGES = ("created", "updated", UNCHANGED, REFUSED)

_GROUP, _GROUP_S = 32, 0.75
"""Pictures that are written at once, and how long one may wait for the others."""
_FIRST_S = 0.3
"""The same of the first ones: whoever began the import wants to see that it goes."""


class _Picture(NamedTuple):
    """A picture on its way."""

    item: Item
    photo: Photo
    pixels: Pixels
    error: InputError | None = None
    """Why there is nothing to look at."""
    faces: Sequence[Observation] = ()


_NO_PIXELS = np.empty((0, 0, 3), np.uint8)


@dataclass(slots=True)
class _Group:
    """Pictures that were looked at, in order, until they are written."""

    patience_s: float = _GROUP_S
    began_s: float = 0.0
    found: list[tuple[Item, Faces | InputError]] = field(default_factory=list)

    def add(self, item: Item, outcome: Faces | InputError) -> None:
        self.began_s = self.began_s if self.found else time.monotonic()
        self.found.append((item, outcome))

    @property
    def due(self) -> bool:
        return len(self.found) >= _GROUP or time.monotonic() - self.began_s >= self.patience_s


class Imports:
    """The runner of imports. Its arguments are `staged`, an archive, and `force`; or its secret is a `Source`.

    Each picture is enrolled for good or refused when its line is in the report; interrupted, it goes on behind the
    last line. The result counts pictures by `CHANGES`. Raises BadArchive, StorageError.
    """

    def __init__(
        self,
        gallery: Gallery,
        staging: Staging,
        analyse: Callable[[Pixels], list[Observation]],
        changed: Callable[[], None],
    ) -> None:
        self._gallery = gallery
        self._staging = staging
        self._analyse = analyse
        self._changed = changed

    def __call__(self, progress: Progress, arguments: dict[str, Any], secret: object) -> dict[str, Any]:
        """See `daemon.jobs.Runner`."""
        opened = ZipSource(self._staging.path(arguments["staged"])) if secret is None else nullcontext(secret)
        with opened as source:
            return self._import(progress, source, force=arguments["force"])  # type: ignore[arg-type]

    def _import(self, progress: Progress, source: Source, *, force: bool) -> dict[str, Any]:
        counts = Counter(progress.so_far or dict.fromkeys(CHANGES, 0))
        total, group = len(source), _Group(_FIRST_S)
        progress.advance(progress.line_count, total)
        items = islice(source, progress.line_count, None)
        looked_at = made_ahead(partial(self._looked_at, progress), made_ahead(_open, items))
        # The disk is waited for by a thread of its own, so that the models need not.
        with ThreadPoolExecutor(1, "import") as pool, closing(looked_at) as pictures:
            written = pool.submit(lambda: None)
            for picture in pictures:
                progress.check()
                group.add(picture.item, self._outcome(progress, picture, force=force))
                if group.due:
                    written.result()
                    written = pool.submit(self._write, progress, group, counts, total)
                    group = _Group()
            written.result()
        self._write(progress, group, counts, total)
        return dict(counts)

    def _looked_at(self, progress: Progress, picture: _Picture) -> _Picture:
        if picture.error:
            return picture
        return picture._replace(faces=look(self._analyse, picture.pixels, progress))

    def _outcome(self, progress: Progress, picture: _Picture, *, force: bool) -> Faces | InputError:
        """What of a picture is to be enrolled, or why nothing is."""
        item, photo, pixels, error, faces = picture
        if error:
            return error
        try:
            face = only_face(photo, pixels, faces)
            if not force:
                refuse_poor([face], [photo.name])
        except InputError as refusal:
            return refusal
        kept = [keepsake(pixels, face.detection)] if self._gallery.keeps_pictures else []
        request = RequestKey(f"job/{progress.job.id}/{item.path}", progress.job.id)
        return Faces([face], "import", [photo.name], force, kept, request)

    def _write(self, progress: Progress, group: _Group, counts: Counter[str], total: int) -> None:
        arrivals = [(item.name, outcome) for item, outcome in group.found if isinstance(outcome, Faces)]
        enrolled = iter(self._gallery.enrol_batch(arrivals) if arrivals else ())
        records = [
            self._record(item, next(enrolled) if isinstance(outcome, Faces) else outcome)
            for item, outcome in group.found
        ]
        if arrivals:
            self._changed()
        counts.update(record["change"] for record in records)
        with progress.together():
            progress.so_far = dict(counts)
            for record in records:
                progress.line(record)
            progress.advance(progress.line_count, total)
        give_back_memory()

    def _record(self, item: Item, done: Enrolment | InputError) -> dict[str, Any]:
        """The line of a picture."""
        record = dict.fromkeys(("path", "name", "person_id", "change", "reason", "detail"))
        record |= {"path": item.path, "name": item.name}
        if isinstance(done, Enrolment):
            return {**record, "name": done.person.name, "person_id": done.person.id, "change": str(done.change)}
        try:
            person = self._gallery.find(item.name)
            record |= {"name": person.name, "person_id": person.id}
        except (NoSuchPerson, BadName):
            pass
        if isinstance(done, DuplicatePhoto):
            return {**record, "change": UNCHANGED}
        return {**record, "change": REFUSED, "reason": done.slug, "detail": str(done)}


def _open(item: Item) -> _Picture:
    try:
        if not item.name:
            raise BadName(f"{item.path} lies in no folder of a person: put it into one with the person's name.")
        photo = item.read()
        return _Picture(item, photo, reduced(decode(photo)))
    except InputError as error:
        return _Picture(item, Photo(item.path, b""), _NO_PIXELS, error)
