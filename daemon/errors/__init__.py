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
    │   ├── LookAlikeName                    the name looks like one that is there, in letters of another alphabet
    │   ├── NameTaken                        the name is another person's, or group's
    │   ├── SamePerson                       a person cannot be merged into itself
    │   ├── NoSuchPerson (LookupError)
    │   ├── NoSuchSample (LookupError)
    │   ├── NoPictureKept (LookupError)      no picture is kept with a sample
    │   ├── NoSuchGroup (LookupError)
    │   ├── NoSuchUndo (LookupError)         nothing of this id can be undone (any more)
    │   ├── Changed                          what the caller looked at was changed since
    │   ├── KeyReused                        the key of a request is that of another one
    │   ├── NoSuchVisit (LookupError)        no visit, decision or unknown visitor of this id is kept
    │   ├── NoSuchCamera (LookupError)       there is no camera of this name
    │   ├── NoSuchJob (LookupError)          no job of this id is kept
    │   ├── BadArchive                       a zip is no zip, is hostile, or holds too much
    │   ├── JobCancelled                     a job that somebody waits for was cancelled
    │   ├── NoFaceKept (LookupError)         nothing of the face of a visit is kept
    │   ├── NoSuchRegion (LookupError)       no face of this id was found in a picture lately
    │   ├── BadEmbedding                     numbers that are no embedding
    │   ├── BadTrial                         a setting cannot be tried on past visits
    │   ├── BadSetting                       settings that cannot be changed, or not to these values
    │   ├── DuplicatePhoto                   whod has this picture of the person already
    │   ├── OtherPerson                      a face to enrol is more like another person
    │   ├── FacesDisagree                    faces to enrol as one person are not alike
    │   ├── DoorBusy                         somebody else is being enrolled at the camera
    │   ├── NoSuchDoorSession (LookupError)  an enrolment at the camera has ended
    │   ├── NoSuchShot (LookupError)         a picture of it was not taken
    │   ├── NoSuchToken (LookupError)
    │   ├── NoSuchSession (LookupError)
    │   ├── BadPassword                      a new password is too short, too long, or one that is guessed first
    │   ├── WrongPassword
    │   ├── WrongCode                        a one-time code is wrong, used or too old
    │   ├── TooManyGuesses                   passwords or codes were tried too often
    │   ├── ConfirmationNeeded               the password must be typed anew first
    │   ├── BadCommand                       what was asked over MQTT is not understood, or may not be asked
    │   ├── TooManyCommands                  more was asked over MQTT than is heeded
    │   ├── LastSample                       the last sample that is searched cannot be taken from a person
    │   ├── BadBackup                        a file to restore is no backup, is damaged, or holds what cannot be right
    │   ├── BadPassphrase                    a backup's passphrase is missing or wrong
    │   ├── NoSuchBackup (LookupError)
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

from daemon.errors.missing import (
    NoFaceKept,
    NoPictureKept,
    NoSuchBackup,
    NoSuchCamera,
    NoSuchDoorSession,
    NoSuchGroup,
    NoSuchJob,
    NoSuchPath,
    NoSuchPerson,
    NoSuchRegion,
    NoSuchSample,
    NoSuchSession,
    NoSuchShot,
    NoSuchToken,
    NoSuchUndo,
    NoSuchVisit,
)
from daemon.errors.refused import (
    BadCommand,
    BadPassword,
    ConfirmationNeeded,
    TooManyCommands,
    TooManyGuesses,
    WrongCode,
    WrongPassword,
)
from daemon.errors.root import (
    ConfigError,
    InputError,
    WhodError,
    WorldError,
)
from daemon.errors.world import (
    BrokerError,
    CameraError,
    ListenError,
    ModelRefused,
    OwnerFault,
    OwnerUnreachable,
    StateFolderBusy,
    StorageCorrupt,
    StorageError,
)
from daemon.errors.wrong import (
    BadArchive,
    BadBackup,
    BadEmbedding,
    BadName,
    BadPassphrase,
    BadSetting,
    BadTrial,
    Changed,
    DoorBusy,
    DuplicatePhoto,
    FaceCountError,
    FacesDisagree,
    JobCancelled,
    KeyReused,
    LastSample,
    LookAlikeName,
    ModelMismatch,
    NameTaken,
    OtherPerson,
    PhotoError,
    PhotoTooLarge,
    PoorPhoto,
    SamePerson,
)

__all__ = [
    "BadArchive",
    "BadBackup",
    "BadCommand",
    "BadEmbedding",
    "BadName",
    "BadPassphrase",
    "BadPassword",
    "BadSetting",
    "BadTrial",
    "BrokerError",
    "CameraError",
    "Changed",
    "ConfigError",
    "ConfirmationNeeded",
    "DoorBusy",
    "DuplicatePhoto",
    "FaceCountError",
    "FacesDisagree",
    "InputError",
    "JobCancelled",
    "KeyReused",
    "LastSample",
    "ListenError",
    "LookAlikeName",
    "ModelMismatch",
    "ModelRefused",
    "NameTaken",
    "NoFaceKept",
    "NoPictureKept",
    "NoSuchBackup",
    "NoSuchCamera",
    "NoSuchDoorSession",
    "NoSuchGroup",
    "NoSuchJob",
    "NoSuchPath",
    "NoSuchPerson",
    "NoSuchRegion",
    "NoSuchSample",
    "NoSuchSession",
    "NoSuchShot",
    "NoSuchToken",
    "NoSuchUndo",
    "NoSuchVisit",
    "OtherPerson",
    "OwnerFault",
    "OwnerUnreachable",
    "PhotoError",
    "PhotoTooLarge",
    "PoorPhoto",
    "SamePerson",
    "StateFolderBusy",
    "StorageCorrupt",
    "StorageError",
    "TooManyCommands",
    "TooManyGuesses",
    "WhodError",
    "WorldError",
    "WrongCode",
    "WrongPassword",
]
