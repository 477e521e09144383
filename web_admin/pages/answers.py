# SPDX-License-Identifier: Apache-2.0
"""What becomes of each picture that somebody sends to enrol a person, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from daemon.errors import BadName, InputError, LookAlikeName, NoSuchRegion
from daemon.types import SampleKind
from web_admin.context import service
from web_admin.pages.problems import sentence
from web_admin.texts import t

if TYPE_CHECKING:
    from daemon.types import Person, Photo, Region, RequestKey


@dataclass(frozen=True, slots=True)
class Answer:
    """Of one picture."""

    title: str
    """What the picture is called."""
    state: str
    """`taken`, `refused`, or `choose`: there are several faces."""
    said: str = ""
    """Why it was refused."""
    person: Person | None = None
    """Whose it is now, if it was taken."""
    quality: float | None = None
    region: str = ""
    """What a refused face is taken by all the same; empty if it cannot be."""
    regions: tuple[Region, ...] = ()
    """To choose from, from left to right."""
    size: tuple[int, int] = (1, 1)
    """Width and height of the picture, in whose pixels the regions are."""


def of_photo(photo: Photo, name: str, request: RequestKey | None) -> Answer:
    """Enrol the face of a picture, if it has one. Raises BadName and LookAlikeName: so would each other picture."""
    (looked,) = service().photos.detect([photo])
    if looked.error:
        return Answer(photo.name, "refused", sentence(looked.error))
    if not looked.faces:
        return Answer(photo.name, "refused", t("enrol.no_face"))
    if len(looked.faces) > 1:
        regions = tuple(sorted(looked.faces, key=lambda region: region.detection.box.x))
        return Answer(photo.name, "choose", regions=regions, size=(looked.width or 1, looked.height or 1))
    (region,) = looked.faces
    if region.flaw:
        return Answer(photo.name, "refused", t(f"enrol.flaw.{region.flaw}"), quality=region.quality, region=region.id)
    return of_region(region.id, photo.name, name, quality=region.quality, request=request)


def of_region(
    region_id: str,
    title: str,
    name: str,
    *,
    force: bool = False,
    quality: float | None = None,
    request: RequestKey | None = None,
) -> Answer:
    """Enrol a face that was found. Raises as `of_photo`."""
    try:
        done = service().photos.label(region_id, name, SampleKind.POSITIVE, force=force, request=request)
    except (BadName, LookAlikeName):
        raise
    except InputError as error:
        again = "" if isinstance(error, NoSuchRegion) or force else region_id
        return Answer(title, "refused", sentence(error), quality=quality, region=again)
    return Answer(title, "taken", person=done.person, quality=quality)
