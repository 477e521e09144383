# SPDX-License-Identifier: Apache-2.0
"""A face of a picture, by where it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daemon.errors import FaceCountError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from daemon.service import PeopleApi
    from daemon.types import Box, Photo, Region


def several(api: PeopleApi, photos: Iterable[Photo], error: FaceCountError) -> FaceCountError:
    """What to say of the first photo with several faces, in pixels of the file, which may have been sent smaller."""
    if error.count > 1:
        for photo in photos:
            (found,) = api.photos.detect([photo])
            if (count := len(found.faces)) > 1:
                where = f"{count} faces were found in {photo.name}, at {_places(_boxes(found.faces, photo))}"
                return FaceCountError(f"{where}: cut out the one that is meant, or point at it with --at X Y.", count)
    return error


def region_at(api: PeopleApi, photo: Photo, at: tuple[int, int]) -> Region:
    """The face of a photo whose box holds this place of the original. Raises FaceCountError if none does."""
    (found,) = api.photos.detect([photo])
    if found.error:
        raise found.error
    boxes = _boxes(found.faces, photo)
    nearest = min(zip(boxes, found.faces, strict=True), key=lambda one: _away(one[0], at), default=None)
    if nearest is None or not _holds(nearest[0], at):
        where = f"its faces are at {_places(boxes)}" if boxes else "none was found in it"
        raise FaceCountError(f"No face of {photo.name} is at ({at[0]}, {at[1]}): {where}.", len(boxes))
    return nearest[1]


def _boxes(faces: Iterable[Region], photo: Photo) -> list[Box]:
    return [face.detection.scaled(photo.scale).box for face in faces]


def _places(boxes: Iterable[Box]) -> str:
    return ", ".join(f"({x:.0f}, {y:.0f})" for x, y in (box.centre for box in boxes))


def _away(box: Box, at: tuple[int, int]) -> float:
    (x, y), (at_x, at_y) = box.centre, at
    return (x - at_x) ** 2 + (y - at_y) ** 2


def _holds(box: Box, at: tuple[int, int]) -> bool:
    return 0 <= at[0] - box.x <= box.w and 0 <= at[1] - box.y <= box.h
