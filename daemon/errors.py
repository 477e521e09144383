# SPDX-License-Identifier: Apache-2.0
"""Every error that whod raises on purpose.

Each leaf also inherits the builtin it resembles, so that callers who know only Python still catch it::

    WhodError
    ├── InputError (ValueError)              wrong input: a sentence a person can act on; exit 2, HTTP 4xx
    │   ├── PhotoError                       the bytes are no picture that whod takes
    │   │   ├── PhotoTooLarge                too many bytes or pixels
    │   │   └── PoorPhoto                    the face in it is too blurred, dark, small, … to enrol
    │   ├── FaceCountError                   a picture to enrol has not exactly one face
    │   ├── BadName                          a name that cannot be a person's
    │   ├── NameTaken                        the name is another person's
    │   ├── SamePerson                       a person cannot be merged into itself
    │   ├── NoSuchPerson (LookupError)
    │   ├── NoSuchSample (LookupError)
    │   ├── NoSuchVisit (LookupError)        no visit, decision or unknown visitor of this id is kept
    │   ├── NoFaceKept (LookupError)         nothing of the face of a visit is kept
    │   ├── BadTrial                         a setting cannot be tried on past visits
    │   ├── DuplicatePhoto                   whod has this picture of the person already
    │   ├── OtherPerson                      a face to enrol is more like another person
    │   ├── FacesDisagree                    faces to enrol as one person are not alike
    │   ├── LastSample                       the last sample that is searched cannot be taken from a person
    │   ├── NoSuchPath (FileNotFoundError)
    │   └── ModelMismatch (TypeError)        embeddings of two models were compared
    ├── WorldError (OSError)                 the world failed; retried by a worker; exit 1, HTTP 503
    │   ├── CameraError                      cannot be opened, gives no frames, went away
    │   ├── BrokerError (ConnectionError)
    │   ├── StorageError                     locked, full, read-only
    │   │   └── StorageCorrupt
    │   ├── StateFolderBusy                  another whod owns the state folder
    │   ├── OwnerUnreachable                 the owner of the state folder does not answer
    │   ├── OwnerFault                       it answered, with a fault of its own
    │   ├── ListenError                      an address or socket cannot be listened at
    │   └── ModelRefused                     a model file is missing, broken or not the one in the manifest
    └── ConfigError (ValueError)             all that is wrong with the settings, at once; exit 78

Anything else that is raised is a bug.
"""

from __future__ import annotations

import re
from typing import ClassVar


class WhodError(Exception):
    """The root. ``str(error)`` is one sentence for a person: what is wrong and what to do."""

    exit_code: ClassVar[int] = 1
    http_status: ClassVar[int] = 500
    slug: ClassVar[str] = "whod-error"
    """Stable name of the kind of error, for machines: ``PhotoTooLarge`` is ``photo-too-large``."""

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        cls.slug = re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()


class InputError(WhodError, ValueError):
    """What was given is wrong; giving something else helps, trying again does not."""

    exit_code = 2
    http_status = 400


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


class NameTaken(InputError):
    """The name belongs to another person."""

    http_status = 409


class SamePerson(InputError):
    """Two people were asked for, and both are one."""

    http_status = 409


class NoSuchPerson(InputError, LookupError):
    """No person of this name or id is enrolled."""

    http_status = 404


class NoSuchSample(InputError, LookupError):
    """The person has no sample of this id."""

    http_status = 404


class NoSuchVisit(InputError, LookupError):
    """No visit, no decision, no unknown visitor of this id is kept."""

    http_status = 404


class NoFaceKept(InputError, LookupError):
    """Nothing is kept of the face of this visit."""

    http_status = 409


class BadTrial(InputError):
    """A setting that cannot be tried on past visits, or not with this value."""


class DuplicatePhoto(InputError):
    """A picture to enrol is nearly the same as one that whod has of this person, or as another one of the call."""

    http_status = 409


class OtherPerson(InputError):
    """A face to enrol is more like another person than like the one who was named."""

    http_status = 409


class FacesDisagree(InputError):
    """A face to enrol is like no other face of its person."""

    http_status = 409


class LastSample(InputError):
    """A person must keep a sample that is searched."""

    http_status = 409


class NoSuchPath(InputError, FileNotFoundError):
    """A file or folder that was named is not there."""


class ModelMismatch(InputError, TypeError):
    """Two embeddings of different models cannot be compared."""

    http_status = 409


class WorldError(WhodError, OSError):
    """Something outside of whod failed; it may work again later."""

    http_status = 503


class CameraError(WorldError):
    """The camera cannot be opened, gives no frames, or went away."""


class BrokerError(WorldError, ConnectionError):
    """The MQTT broker cannot be reached or refuses us."""


class StorageError(WorldError):
    """A database is locked, full or cannot be written."""


class StorageCorrupt(StorageError):
    """A database file is damaged."""


class StateFolderBusy(WorldError):
    """Another whod owns the state folder."""


class OwnerUnreachable(WorldError):
    """The daemon that owns the state folder does not answer on its socket."""


class OwnerFault(WorldError):
    """The daemon that owns the state folder answered with a fault of its own; its log has the details."""


class ListenError(WorldError):
    """An address or a socket cannot be listened at: taken, not allowed, not of this machine."""


class ModelRefused(WorldError):
    """A model file is missing, broken, or not the one that the manifest describes."""


class ConfigError(WhodError, ValueError):
    """Everything that is wrong with the settings, one sentence each, in ``problems``."""

    exit_code = 78

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
