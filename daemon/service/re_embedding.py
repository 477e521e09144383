# SPDX-License-Identifier: Apache-2.0
"""Embeds the pictures that are kept with samples anew, after another model has come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from daemon.errors import InputError
from daemon.service.patience import look
from daemon.service.samples import only_face
from daemon.types import Photo
from daemon.vision import decode

if TYPE_CHECKING:
    from collections.abc import Callable

    from daemon.gallery import Foreign, Gallery
    from daemon.jobs import Progress
    from daemon.types import Observation, Pixels

_GROUP = 32
"""Samples that are written at once."""


class ReEmbedding:
    """The runner of re-embeddings; it takes no arguments.

    Samples of another model that have no picture, or one in which not exactly one face is found, stay as they are,
    unsearched. A line for each person who has then no sample to be searched: they must be enrolled again.
    Raises StorageError, ModelMismatch.
    """

    def __init__(
        self, gallery: Gallery, analyse: Callable[[Pixels], list[Observation]], changed: Callable[[], None]
    ) -> None:
        self._gallery = gallery
        self._analyse = analyse
        self._changed = changed

    def __call__(self, progress: Progress, _: dict[str, Any], __: object) -> dict[str, Any]:
        """See `daemon.jobs.Runner`. Interrupted, it goes on with the samples that are left."""
        foreign = self._gallery.foreign()
        pictured = [each for each in foreign if each.has_picture]
        done, no_face = 0, 0
        for start in range(0, len(pictured), _GROUP):
            found: dict[str, Observation] = {}
            for number, each in enumerate(pictured[start : start + _GROUP], start):
                progress.check()
                progress.advance(number, len(pictured))
                if face := self._face(each, progress):
                    found[each.sample_id] = face
                else:
                    no_face += 1
            done += self._gallery.embed_anew(found)
            self._changed()
        progress.advance(len(pictured), len(pictured))
        without = len(foreign) - len(pictured)
        again = self._to_enrol_again(progress)
        return {
            "model_id": self._gallery.model_id,
            "re_embedded": done,
            "no_face": no_face,
            "without_picture": without,
            "left": len(self._gallery.foreign()),
            "enrol_again": again,
        }

    def _face(self, sample: Foreign, progress: Progress) -> Observation | None:
        """The one face in the picture that is kept with a sample; None if there is not one, or the sample is gone."""
        try:
            photo = Photo("the picture", self._gallery.picture(sample.person_id, sample.sample_id))
            pixels = decode(photo)
            return only_face(photo, pixels, look(self._analyse, pixels, progress))
        except InputError:
            return None

    def _to_enrol_again(self, progress: Progress) -> int:
        """Tell who has samples, but none that can be searched; gives how many that are."""
        searched = self._gallery.searched_people()
        waiting = {each.person_id for each in self._gallery.foreign() if each.is_searched} - searched
        for person in filter(None, map(self._gallery.person, sorted(waiting))):
            progress.line({"person_id": person.id, "name": person.name, "reason": "enrol-again"})
        return len(waiting)
