# SPDX-License-Identifier: Apache-2.0
"""What a deleted sample and a merge were, as they are kept to be undone."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from daemon.gallery.stored import Sample, StoredPerson

if TYPE_CHECKING:
    from collections.abc import Mapping

    from daemon.gallery.writer import Writer


@dataclass(frozen=True, slots=True)
class Traces:
    """What events.db holds of a person who was merged."""

    visits: tuple[str, ...] = ()
    """`sighting_id` of each."""
    decisions: tuple[str, ...] = ()
    """`event_id` of each."""


@dataclass(frozen=True, slots=True)
class Deleted:
    """Samples that a change has deleted, in their order, with their pictures."""

    samples: tuple[Sample, ...]
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    """JPEGs by the ids of the samples."""

    @classmethod
    def by(cls, writer: Writer, samples: list[Sample]) -> Deleted:
        """Delete these."""
        found = {sample.id: writer.picture(sample.id) for sample in samples}
        for sample in samples:
            writer.delete_sample(sample.id)
        return cls(tuple(samples), {sample_id: jpeg for sample_id, jpeg in found.items() if jpeg})

    def as_json(self) -> dict[str, Any]:
        """As it is kept."""
        return {
            "samples": [{**asdict(sample), "vector": _text(sample.vector)} for sample in self.samples],
            "pictures": {sample_id: _text(jpeg) for sample_id, jpeg in self.pictures.items()},
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Deleted:
        """The opposite of `as_json`."""
        samples = (Sample(**{**fields, "vector": base64.b64decode(fields["vector"])}) for fields in record["samples"])
        pictures = {sample_id: base64.b64decode(text) for sample_id, text in record["pictures"].items()}
        return cls(tuple(samples), pictures)


@dataclass(frozen=True, slots=True)
class Merged:
    """A merge."""

    person: StoredPerson
    """Who is gone."""
    moved: tuple[str, ...]
    """The ids of the samples that went over."""
    groups: tuple[str, ...]
    """The ids of the groups of who is gone."""
    joined: tuple[str, ...]
    """Those of them that were new to the other."""
    undos: tuple[str, ...]
    requests: tuple[str, ...]
    aliases: tuple[str, ...]
    """What else went over: ids of what could be undone, keys of requests, ids of people who were merged before."""
    deleted: Deleted
    """Counter-examples of either that were the other."""
    traces: Traces

    def as_json(self) -> dict[str, Any]:
        """As it is kept."""
        return {
            "person": asdict(self.person),
            "moved": self.moved,
            "groups": self.groups,
            "joined": self.joined,
            "undos": self.undos,
            "requests": self.requests,
            "aliases": self.aliases,
            "deleted": self.deleted.as_json(),
            "visits": self.traces.visits,
            "decisions": self.traces.decisions,
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Merged:
        """The opposite of `as_json`."""
        return cls(
            person=StoredPerson(**record["person"]),
            moved=tuple(record["moved"]),
            groups=tuple(record["groups"]),
            joined=tuple(record["joined"]),
            undos=tuple(record["undos"]),
            requests=tuple(record["requests"]),
            aliases=tuple(record["aliases"]),
            deleted=Deleted.from_json(record["deleted"]),
            traces=Traces(tuple(record["visits"]), tuple(record["decisions"])),
        )


def pack(what: Deleted | Merged) -> bytes:
    """For `StoredUndo.record`."""
    return json.dumps(what.as_json(), ensure_ascii=False).encode()


def unpack(record: bytes) -> dict[str, Any]:
    """What `Deleted.from_json` or `Merged.from_json` takes."""
    found: dict[str, Any] = json.loads(record)
    return found


def without_pictures(record: bytes) -> bytes:
    """The same, with no picture in it."""
    found = unpack(record)
    found.get("deleted", found)["pictures"] = {}
    return json.dumps(found, ensure_ascii=False).encode()


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
