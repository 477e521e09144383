# SPDX-License-Identifier: Apache-2.0
"""Wrong input: what was given cannot be taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daemon.errors.root import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping


class PhotoError(InputError):
    """The bytes are not a picture that whod takes (no JPEG, PNG or WebP; damaged; cut off)."""

    http_status = 415


class PhotoTooLarge(PhotoError):
    """The picture has more bytes or pixels than whod takes."""

    http_status = 413


class PoorPhoto(PhotoError):
    """The face in a picture to enrol cannot be seen well enough to recognise anybody by it."""

    http_status = 422


class FaceCountError(InputError):
    """A picture to enrol must hold exactly one face; ``count`` were found."""

    http_status = 422

    def __init__(self, message: str, count: int) -> None:
        super().__init__(message)
        self.count = count


class BadName(InputError):
    """Empty, too long, or with characters that no name has."""


class LookAlikeName(InputError):
    """The name looks like one that is there, but has letters of another alphabet."""

    http_status = 409


class NameTaken(InputError):
    """The name belongs to another person, or to another group."""

    http_status = 409


class SamePerson(InputError):
    """Two people were asked for, and both are one."""

    http_status = 409


class Changed(InputError):
    """What the caller looked at was changed since, such as a person by somebody else; nothing was done."""

    http_status = 412


class KeyReused(InputError):
    """The key of a request was that of another one before; nothing was done."""

    http_status = 422


class BadArchive(InputError):
    """An archive is not what an ordinary packer makes, or holds more than is taken; nothing of it was used."""

    http_status = 422


class JobCancelled(InputError):
    """A job was cancelled before it was done."""

    http_status = 409


class BadEmbedding(InputError):
    """Numbers that are no embedding: too many or too few, not finite, not of unit length."""


class BadTrial(InputError):
    """A setting that cannot be tried on past visits, or not with this value."""


class BadSetting(InputError):
    """Settings that cannot be changed, or not to these values: by name a sentence each, in ``wrong``."""

    http_status = 422

    def __init__(self, wrong: Mapping[str, str]) -> None:
        super().__init__(" ".join(wrong.values()))
        self.wrong = dict(wrong)


class DuplicatePhoto(InputError):
    """A picture to enrol is nearly the same as one that whod has of this person, or as another one of the call."""

    http_status = 409


class OtherPerson(InputError):
    """A face to enrol is more like another person than like the one who was named.

    ``sample`` is the id of a person and of the one of their samples that says so, where it is a single one.
    """

    http_status = 409

    def __init__(self, message: str, sample: tuple[str, str] | None = None) -> None:
        super().__init__(message)
        self.sample = sample


class FacesDisagree(InputError):
    """A face to enrol is like no other face of its person."""

    http_status = 409


class DoorBusy(InputError):
    """Somebody else is being enrolled at the camera just now."""

    http_status = 409


class LastSample(InputError):
    """A person must keep a sample that is searched."""

    http_status = 409


class BadBackup(InputError):
    """The file is no backup, is damaged, or holds what cannot be right; nothing was restored."""

    http_status = 422


class BadPassphrase(InputError):
    """The backup has a passphrase, and none or another was given."""

    http_status = 422


class ModelMismatch(InputError, TypeError):
    """Two embeddings of different models cannot be compared."""

    http_status = 409
