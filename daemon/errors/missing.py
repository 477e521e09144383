# SPDX-License-Identifier: Apache-2.0
"""Wrong input: what was asked for is not there."""

from __future__ import annotations

from daemon.errors.root import InputError


class NoSuchPerson(InputError, LookupError):
    """No person of this name or id is enrolled."""

    http_status = 404


class NoSuchSample(InputError, LookupError):
    """The person has no sample of this id."""

    http_status = 404


class NoPictureKept(InputError, LookupError):
    """No picture is kept with this sample."""

    http_status = 404


class NoSuchGroup(InputError, LookupError):
    """There is no group of this name or id."""

    http_status = 404


class NoSuchUndo(InputError, LookupError):
    """Nothing of this id can be undone: it never could, or was undone, or it is too late."""

    http_status = 404


class NoSuchCamera(InputError, LookupError):
    """There is no camera of this name."""

    http_status = 404


class NoSuchVisit(InputError, LookupError):
    """No visit, no decision, no unknown visitor of this id is kept."""

    http_status = 404


class NoSuchJob(InputError, LookupError):
    """No job of this id is kept."""

    http_status = 404


class NoFaceKept(InputError, LookupError):
    """Nothing is kept of the face of this visit."""

    http_status = 409


class NoSuchRegion(InputError, LookupError):
    """No face of this id was found in a picture lately."""

    http_status = 404


class NoSuchDoorSession(InputError, LookupError):
    """The enrolment at the camera has ended, or never was."""

    http_status = 404


class NoSuchShot(InputError, LookupError):
    """This picture was not taken at the camera, or is not kept any more."""

    http_status = 404


class NoSuchToken(InputError, LookupError):
    """There is no token of this id."""

    http_status = 404


class NoSuchSession(InputError, LookupError):
    """There is no session of this id, or it has ended."""

    http_status = 404


class NoSuchBackup(InputError, LookupError):
    """No snapshot of this name is kept."""

    http_status = 404


class NoSuchPath(InputError, FileNotFoundError):
    """A file or folder that was named is not there."""
