# SPDX-License-Identifier: Apache-2.0
"""Enrols who stands at the camera now, at one word and without a look at a screen: so nothing may be unclear."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daemon.errors import CameraError, DoorBusy, FaceCountError, FacesDisagree, PoorPhoto
from daemon.vision import keepsake, objection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from daemon.clock import Clock
    from daemon.errors import WhodError
    from daemon.gallery import Gallery
    from daemon.types import Enrolment, Frame, Observation, Pixels

_SOURCE = "door"
_TITLE = "the camera's picture"
_FRESH_S = 2.0
"""How old the newest picture may be."""
_LONGEST_S, _TURN_S = 4.0, 0.1
_SAME_FACE = 0.4
"""Cosine of two looks at one face, at least; as for a face that is followed (`daemon.tracking`)."""


class InViewEnrolment:
    """Looks at the newest pictures for some seconds, until two of them show one and the same face well.

    `newest` gives the newest picture, `busy` says whether somebody is being enrolled on the page, and `sleep` lets
    time go by; for `analyse` and `changed` see `daemon.service.People`.
    """

    def __init__(
        self,
        gallery: Gallery,
        analyse: Callable[[Pixels], list[Observation]],
        *,
        changed: Callable[[], None],
        newest: Callable[[], Frame | None],
        busy: Callable[[], bool],
        clock: Clock,
        sleep: Callable[[float], object],
    ) -> None:
        self._gallery = gallery
        self._analyse = analyse
        self._changed = changed
        self._newest = newest
        self._busy = busy
        self._clock = clock
        self._sleep = sleep

    def enrol(self, name: str) -> Enrolment:
        """Add a sample to the person of this name, who is created if there is none; takes some seconds at most.

        Raises BadName and LookAlikeName; DoorBusy; CameraError without a picture; FaceCountError, PoorPhoto and
        FacesDisagree where it is not one face, seen well; what `Gallery.enrol` raises; WorldError, StorageError.
        """
        self._gallery.check_name(name)
        if self._busy():
            raise DoorBusy("Somebody is being enrolled on the page just now: wait until that has ended.")
        face, pixels = self._face()
        kept = [keepsake(pixels, face.detection)] if self._gallery.keeps_pictures else []
        enrolment = self._gallery.enrol(name, [face], _SOURCE, titles=[_TITLE], pictures=kept)
        self._changed()
        return enrolment

    def _face(self) -> tuple[Observation, Pixels]:
        """The one face, and its picture."""
        before: Observation | None = None
        why: WhodError = CameraError("The camera gives no picture just now: see whether it works.")
        for pixels in self._pictures():
            faces = self._analyse(pixels)
            if len(faces) > 1:
                raise FaceCountError(f"{len(faces)} faces are in view: let one person alone stand there.", len(faces))
            if unclear := _objection(faces):
                why = unclear
            elif before is None:
                before, why = faces[0], PoorPhoto("The face was seen for a moment only: hold still, and try again.")
            elif float(before.embedding.vector @ faces[0].embedding.vector) >= _SAME_FACE:
                return faces[0], pixels
            else:
                raise FacesDisagree("The face changed while it was looked at: let one person alone stand there.")
        raise why

    def _pictures(self) -> Iterator[Pixels]:
        """The newest for some seconds, each once."""
        seq, until_s = -1, self._clock.monotonic() + _LONGEST_S
        while (now_s := self._clock.monotonic()) < until_s:
            frame = self._newest()
            if frame and frame.seq != seq and now_s - frame.captured_monotonic_s <= _FRESH_S:
                seq = frame.seq
                yield frame.pixels
            else:
                self._sleep(_TURN_S)


def _objection(faces: list[Observation]) -> WhodError | None:
    """Why the one face of a picture, if it is there, cannot be enrolled."""
    if not faces:
        return FaceCountError("There is no face in view: look into the camera, from the front.", 0)
    words = objection(faces[0])
    return PoorPhoto(f"In {_TITLE} {words}.") if words else None
