# SPDX-License-Identifier: Apache-2.0
"""The faces of past visits."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from daemon.history import COLUMNS, sighting_of
from daemon.types import Moment, Outcome, VisitFace
from daemon.vision import encode_jpeg

if TYPE_CHECKING:
    from collections.abc import Iterable

    from daemon.storage import Database, Transaction
    from daemon.types import Sighting

KEPT_KNOWN = 2000
"""Visits of people who are enrolled whose faces are kept at most, some 8 MB."""

_JPEG = 80
"""Quality of a crop: 2.8 kB of a typical one."""

_LARGEST = 127
"""The largest number of a vector, in a byte."""


class Faces:
    """The table `face` of events.db: a row for a visit whose face is kept.

    Vectors are kept with a byte a number, which changes similarities by some 0.001: a visit writes less to the card
    so. Of each unknown visitor a crop is kept too. Every method raises StorageError.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, transaction: Transaction, sighting: Sighting, max_unknowns: int) -> None:
        """Keep the face of a visit that is kept, if it has one; the oldest of too many go."""
        if (face := sighting.face) is None:
            return
        unknown = sighting.outcome is Outcome.UNKNOWN
        crop = encode_jpeg(face.crop, _JPEG) if unknown and face.crop is not None else None
        # The oldest go first, so that the new one takes their pages.
        transaction.execute(
            f"DELETE FROM face WHERE visit_id IN ({_OF_OUTCOME} ORDER BY visit_id DESC LIMIT -1 OFFSET ?)",  # noqa: S608
            (unknown, (max_unknowns if unknown else KEPT_KNOWN) - 1),
        )
        transaction.execute(
            "INSERT INTO face (visit_id, model_id, count, moments, crop) "
            "SELECT id, ?, ?, ?, ? FROM visit WHERE sighting_id = ?",
            (face.model_id, len(face.moments), _packed(face.moments), crop, sighting.sighting_id),
        )

    def recent(self, limit: int, outcome: Outcome | None = None) -> list[Sighting]:
        """The last `limit` visits, newest first, whose faces are kept, with these; without crops."""
        rows = self._database.query(
            f"SELECT {COLUMNS}, model_id, count, moments FROM visit JOIN face ON visit_id = id "  # noqa: S608
            "WHERE (?1 IS NULL OR outcome = ?1) ORDER BY id DESC LIMIT ?2",
            (outcome.value if outcome else None, limit),
        )
        visits = (_with_face(sighting_of(row[:-3]), *row[-3:]) for row in rows)
        return [visit for visit in visits if visit.face]

    def ids(self, limit: int, outcome: Outcome) -> tuple[str, ...]:
        """The `sighting_id` of each visit that `recent` would give."""
        rows = self._database.query(
            "SELECT sighting_id FROM visit JOIN face ON visit_id = id WHERE outcome = ? ORDER BY id DESC LIMIT ?",
            (outcome.value, limit),
        )
        return tuple(sighting_id for (sighting_id,) in rows)

    def find(self, sighting_id: str) -> VisitFace | None:
        """The face of a visit, without the crop; None if it is not kept."""
        rows = self._database.query(
            "SELECT model_id, count, moments FROM face JOIN visit ON visit_id = id WHERE sighting_id = ?",
            (sighting_id,),
        )
        return _face(*rows[0]) if rows else None

    def crop(self, sighting_id: str) -> bytes | None:
        """The best crop of a visit, as JPEG; None if it is not kept."""
        rows = self._database.query(
            "SELECT crop FROM face JOIN visit ON visit_id = id WHERE sighting_id = ?", (sighting_id,)
        )
        return rows[0][0] if rows else None

    def pictured(self) -> frozenset[str]:
        """The `sighting_id` of each visit of which a crop is kept."""
        rows = self._database.query("SELECT sighting_id FROM face JOIN visit ON visit_id = id WHERE crop IS NOT NULL")
        return frozenset(sighting_id for (sighting_id,) in rows)

    def drop_crop(self, transaction: Transaction, sighting_id: str) -> None:
        """Delete the crop of a visit that is no longer an unknown visitor's."""
        transaction.execute(f"UPDATE face SET crop = NULL WHERE visit_id = {_ID_OF}", (sighting_id,))  # noqa: S608

    def delete(self, transaction: Transaction, sighting_ids: Iterable[str]) -> None:
        """Delete the faces of these visits."""
        for sighting_id in sighting_ids:
            transaction.execute(f"DELETE FROM face WHERE visit_id = {_ID_OF}", (sighting_id,))  # noqa: S608

    def prune(self, transaction: Transaction, visit_id: int) -> int:
        """Delete the faces of the visits up to this row; gives how many there were."""
        return transaction.execute("DELETE FROM face WHERE visit_id <= ?", (visit_id,))

    def clear(self, transaction: Transaction) -> int:
        """Delete all of them; gives how many there were."""
        return transaction.execute("DELETE FROM face")


_ID_OF = "(SELECT id FROM visit WHERE sighting_id = ?)"
_OF_OUTCOME = "SELECT visit_id FROM face JOIN visit ON visit_id = id WHERE (outcome = 'unknown') = ?"


def _packed(moments: tuple[Moment, ...]) -> bytes:
    rows = np.zeros(len(moments), _layout(len(moments[0].vector)))
    for row, moment in zip(rows, moments, strict=True):
        # Of a unit vector the direction is enough.
        scaled = moment.vector * (_LARGEST / np.abs(moment.vector).max())
        row["after_s"], row["quality"], row["vector"] = moment.after_s, moment.quality, np.rint(scaled)
    return rows.tobytes()


def _layout(width: int) -> np.dtype[np.void]:
    return np.dtype([("after_s", "<f4"), ("quality", "<f4"), ("vector", "i1", (width,))])


def _face(model_id: str, count: int, packed: bytes) -> VisitFace | None:
    """None for one that the disk has changed so that it is none: nothing depends on it."""
    width = len(packed) // max(count, 1) - _layout(0).itemsize
    if width <= 0 or len(packed) != count * _layout(width).itemsize:
        return None
    rows = np.frombuffer(packed, _layout(width))
    vectors = rows["vector"].astype(np.float32)
    lengths = np.linalg.norm(vectors, axis=1)
    if not (np.isfinite(rows["after_s"]).all() and np.isfinite(rows["quality"]).all() and lengths.all()):
        return None
    vectors /= lengths[:, None]
    parts = zip(rows["after_s"].tolist(), rows["quality"].tolist(), vectors, strict=True)
    return VisitFace(model_id, tuple(Moment(*part) for part in parts), None)


def _with_face(sighting: Sighting, model_id: str, count: int, packed: bytes) -> Sighting:
    return replace(sighting, face=_face(model_id, count, packed))
