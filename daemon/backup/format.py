# SPDX-License-Identifier: Apache-2.0
"""What stands in a backup: its members, and a line for each person, group and sample. docs/backup.md tells it."""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from daemon.clock import from_iso, iso
from daemon.errors import BadName
from daemon.gallery.names import normalise
from daemon.gallery.stored import Sample, StoredGroup, StoredPerson
from daemon.types import SampleKind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

FORMAT = 1
"""What is written; all from 1 on are read."""

MANIFEST = "manifest.json"
GROUPS, PEOPLE, SAMPLES, SETTINGS = "groups.jsonl", "people.jsonl", "samples.jsonl", "settings.json"
MEMBERS = (GROUPS, PEOPLE, SAMPLES, SETTINGS, MANIFEST)
"""In the order in which they are written: whoever is named stands before who names it, and the digests come last."""

MOST_BYTES = 1_000_000_000
"""Of all members together, unpacked."""
LONGEST_LINE = 1_000_000
"""In bytes."""
LARGEST_PICTURE = 700_000
"""In bytes: as base64 it fits into a line."""
_LONGEST_WORD = 100

_T = TypeVar("_T")
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_JPEG = b"\xff\xd8\xff"


class Wrong(ValueError):
    """Something in a backup cannot be right; the message is the end of a sentence."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How much a backup holds."""

    people: int
    groups: int
    samples: int
    pictures: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself."""

    format: int
    app_version: str
    model_id: str
    made_at: str
    counts: Counts
    sha256: dict[str, str]
    """Of each other member, in hexadecimal."""

    def as_bytes(self) -> bytes:
        """As it is written."""
        return _file({**asdict(self), "app": "whod"})

    @classmethod
    def of(cls, data: bytes) -> Manifest:
        """From what was written. Raises Wrong."""
        record = parsed(data)
        version = record.get("format")
        if record.get("app") != "whod" or not isinstance(version, int) or version < 1:
            raise Wrong("is not of a backup of whod")
        if version > FORMAT:
            raise Wrong(f"is of format {version}, and this whod reads up to {FORMAT}: update whod")
        _only(record, ("app", "format", "app_version", "model_id", "made_at", "counts", "sha256"))
        counts, digests = _typed(record, "counts", dict), _typed(record, "sha256", dict)
        _only(counts, Counts.__slots__)
        _only(digests, MEMBERS[:-1])
        if not all(isinstance(digest, str) and _SHA256.fullmatch(digest) for digest in digests.values()):
            raise Wrong("has a sha256 that is none")
        return cls(
            version,
            _word(record, "app_version"),
            _word(record, "model_id"),
            _time(record, "made_at"),
            Counts(**{name: _typed(counts, name, int) for name in Counts.__slots__}),
            digests,
        )


class PersonLine(NamedTuple):
    """A line of `PEOPLE`."""

    person: StoredPerson
    groups: Sequence[str]
    """Ids."""
    merged: Sequence[str] = ()
    """The ids of those who were merged into this person: a line has them only where there are any."""


def person_line(listed: PersonLine) -> bytes:
    """A person, as a line."""
    person = listed.person
    record = {
        "id": person.id,
        "name": person.name,
        "created_at": person.created_at,
        "updated_at": person.updated_at,
        "familiar": person.familiar,
        "groups": list(listed.groups),
    }
    return _line({**record, "merged": list(listed.merged)} if listed.merged else record)


def person_of(line: bytes) -> PersonLine:
    """The opposite. Raises Wrong."""
    record = {"merged": [], **parsed(line)}
    _only(record, ("id", "name", "created_at", "updated_at", "familiar", "groups", "merged"))
    name, key = _name(record)
    times = _time(record, "created_at"), _time(record, "updated_at")
    person = StoredPerson(_id(record, "id"), name, key, *times, _typed(record, "familiar", bool))
    return PersonLine(person, _ids(record, "groups"), _ids(record, "merged"))


def group_line(group: StoredGroup) -> bytes:
    """A line of `GROUPS`; who is in it stands with the people."""
    return _line({"id": group.id, "name": group.name, "created_at": group.created_at})


def group_of(line: bytes) -> StoredGroup:
    """The opposite. Raises Wrong."""
    record = parsed(line)
    _only(record, ("id", "name", "created_at"))
    return StoredGroup(_id(record, "id"), *_name(record), _time(record, "created_at"))


def sample_line(sample: Sample, picture: bytes | None) -> bytes:
    """A line of `SAMPLES`: a sample, and the picture that is kept with it."""
    return _line(
        {
            "id": sample.id,
            "person_id": sample.person_id,
            "kind": sample.kind,
            "model_id": sample.model_id,
            "quality": sample.quality,
            "source": sample.source,
            "created_at": sample.created_at,
            "set_aside_at": sample.set_aside_at,
            "vector": _base64(sample.vector),
            "picture": None if picture is None else _base64(picture),
        }
    )


def sample_of(line: bytes) -> tuple[Sample, bytes | None]:
    """The opposite. Raises Wrong."""
    record = parsed(line)
    _only(record, (*Sample.__slots__, "picture"))
    quality = record["quality"]
    if isinstance(quality, bool) or not isinstance(quality, int | float) or not 0 <= quality <= 1:
        raise Wrong("has a quality that is none (0 to 1)")
    if record["kind"] not in list(SampleKind):
        raise Wrong("has a kind that is none")
    aside = None if record["set_aside_at"] is None else _time(record, "set_aside_at")
    sample = Sample(
        _id(record, "id"),
        _id(record, "person_id"),
        record["kind"],
        _word(record, "model_id"),
        _bytes(record, "vector"),
        float(quality),
        _word(record, "source"),
        _time(record, "created_at"),
        aside,
    )
    _check_vector(sample)
    return sample, _picture(record)


def lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The lines in the pieces of a member, without their ends. Raises Wrong."""
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        yield from whole
        if len(rest) > LONGEST_LINE:
            raise Wrong("has a line that is too long")
    if rest:
        raise Wrong("is cut off in a line")


def parsed(data: bytes) -> dict[str, Any]:
    """A JSON object. Raises Wrong."""
    try:
        record = _DECODER.decode(data.decode())
    except (ValueError, RecursionError):
        raise Wrong("is not JSON") from None
    if not isinstance(record, dict):
        raise Wrong("is not a JSON object")
    return record


def settings_bytes(settings: dict[str, dict[str, Any]]) -> bytes:
    """`SETTINGS` as it is written."""
    return _file(settings)


def _no_number(text: str) -> float:
    raise ValueError(text)


_DECODER = json.JSONDecoder(parse_constant=_no_number)
_FILE = json.JSONEncoder(ensure_ascii=False, allow_nan=False, indent=1)
_LINE = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _line(record: dict[str, Any]) -> bytes:
    return _LINE.encode(record).encode() + b"\n"


def _file(record: dict[str, Any]) -> bytes:
    return _FILE.encode(record).encode() + b"\n"


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _only(record: dict[str, Any], names: Collection[str]) -> None:
    if missing := sorted(set(names) - set(record)):
        raise Wrong(f"has no {missing[0]}")
    if len(record) > len(names):
        raise Wrong("has a field that is not known")


def _typed(record: dict[str, Any], name: str, kind: type[_T]) -> _T:
    value = record.get(name)
    if type(value) is not kind:
        raise Wrong(f"has a {name} of another kind than it should")
    return value


def _id(record: dict[str, Any], name: str) -> str:
    value = _typed(record, name, str)
    if not _ID.fullmatch(value):
        raise Wrong(f"has an {name} that is none")
    return value


def _ids(record: dict[str, Any], name: str) -> list[str]:
    ids = _typed(record, name, list)
    if not all(isinstance(each, str) and _ID.fullmatch(each) for each in ids) or len(set(ids)) < len(ids):
        raise Wrong(f"has {name} that are no list of ids")
    return ids


def _word(record: dict[str, Any], name: str) -> str:
    value = _typed(record, name, str)
    if not 0 < len(value) <= _LONGEST_WORD or not value.isprintable():
        raise Wrong(f"has a {name} that is no word")
    return value


def _time(record: dict[str, Any], name: str) -> str:
    value = _typed(record, name, str)
    try:
        if iso(from_iso(value)) == value:
            return value
    except (ValueError, OverflowError):
        pass
    raise Wrong(f"has a {name} that is no time")


def _name(record: dict[str, Any]) -> tuple[str, str]:
    """A name as it is written, and its key."""
    try:
        name = normalise(_typed(record, "name", str))
    except BadName as error:
        raise Wrong(f"has a name that cannot be one ({str(error).rstrip('.')})") from None
    return name.display, name.key


def _bytes(record: dict[str, Any], name: str) -> bytes:
    text = _typed(record, name, str)
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Wrong(f"has a {name} that is not base64") from None
    if _base64(data) != text:
        raise Wrong(f"has a {name} that is not base64")
    return data


def _picture(record: dict[str, Any]) -> bytes | None:
    if record["picture"] is None:
        return None
    picture = _bytes(record, "picture")
    if not picture.startswith(_JPEG) or len(picture) > LARGEST_PICTURE:
        raise Wrong("has a picture that is no JPEG, or too large")
    return picture


def _check_vector(sample: Sample) -> None:
    if not sample.vector or len(sample.vector) % 4:
        raise Wrong("has a vector that is cut off")
    if not math.isfinite(float(np.frombuffer(sample.vector, "<f4").sum())):
        raise Wrong("has a vector with numbers that are none")
    if not sample.is_unit:
        raise Wrong("has a vector that is not of unit length")
