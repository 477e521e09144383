# SPDX-License-Identifier: Apache-2.0
"""Which faces may become samples of a person, and which of too many samples stay. Pure.

What was measured for it stands in docs/figures.md, "Enrolment".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from daemon.errors import DuplicatePhoto, FacesDisagree, OtherPerson
from daemon.types import SampleKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from daemon.gallery.index import Matrix
    from daemon.types import Vector

COPY = 0.95
"""From this similarity on, two faces are of one picture, or of one moment: the second teaches nothing."""

KIN = 0.35
"""A face that is less similar than this to each other one of its person is probably somebody else's."""


@dataclass(frozen=True, slots=True)
class Held:
    """The samples of a person, of the model in use: searched or set aside."""

    person_id: str
    name: str
    positives: Matrix
    """(m, d)."""
    negatives: Matrix
    """(n, d)."""
    positive_ids: Sequence[str]
    negative_ids: Sequence[str]

    def of(self, kind: SampleKind) -> Matrix:
        """Those of one kind."""
        return self.positives if kind == SampleKind.POSITIVE else self.negatives


class Rival(NamedTuple):
    """Another person who is like a face."""

    name: str
    similarity: float
    """Cosine of the face and the mean of the samples."""


def refuse_contrary(kind: SampleKind, faces: Matrix, titles: Sequence[str], held: Held) -> None:
    """Raise OtherPerson for one of `faces` (n, d) that is held as the opposite of `kind`."""
    if kind == SampleKind.POSITIVE:
        opposite, ids, what = held.negatives, held.negative_ids, "counter-example"
        advice = "delete that one first if it was wrong, or force it, which does so."
    else:
        opposite, ids, what = held.positives, held.positive_ids, "sample"
        advice = "if it shows somebody else, delete that one instead."
    for face, title in zip(faces, titles, strict=True):
        if (place := _first_copy(face, opposite)) is not None:
            raise OtherPerson(
                f'{title} is nearly the same picture as the {what} {ids[place]} of "{held.name}": {advice}',
                sample=(held.person_id, ids[place]),
            )


def refuse_copies(kind: SampleKind, faces: Matrix, titles: Sequence[str], held: Held) -> None:
    """Raise DuplicatePhoto for one of `faces` (n, d) that is held as the same `kind`, or is there twice."""
    what = f'one that whod has of "{held.name}" already: leave it out, or force it.'
    if kind == SampleKind.NEGATIVE:
        what = f'a counter-example of "{held.name}" that whod has already: leave it out.'
    for place, (face, title) in enumerate(zip(faces, titles, strict=True)):
        if _first_copy(face, held.of(kind)) is not None:
            raise DuplicatePhoto(f"{title} is nearly the same picture as {what}")
        if (first := _first_copy(face, faces[:place])) is not None:
            raise DuplicatePhoto(f"{title} is nearly the same picture as {titles[first]}: leave one of them out.")


def without_copies(kind: SampleKind, faces: Matrix, held: Held) -> list[int]:
    """The places of `faces` (n, d) that are no copy of one of their kind that is held, nor of one before them."""
    kept: list[int] = []
    for place, face in enumerate(faces):
        if _first_copy(face, held.of(kind)) is None and _first_copy(face, faces[kept]) is None:
            kept.append(place)
    return kept


def copied(held: Matrix, faces: Matrix) -> list[int]:
    """The places in `held` (m, d) of what one of `faces` (n, d) is a copy of."""
    return [place for place, one in enumerate(held) if _first_copy(one, faces) is not None]


def _first_copy(face: Vector, others: Matrix) -> int | None:
    """Which of `others` (n, d) is of the same picture or moment, if one is."""
    (found,) = np.nonzero(others @ face >= COPY)
    return int(found[0]) if len(found) else None


def refuse_rivals(
    faces: Matrix, titles: Sequence[str], own: Matrix, rivals: Sequence[Rival | None], margin: float
) -> None:
    """Raise OtherPerson for one of `faces` (n, d) that is more like somebody else.

    Args:
        faces: to enrol.
        titles: what to call their pictures.
        own: the samples of the person that are searched, (m, d); of no rows for somebody new.
        rivals: of each face the other person who is nearest, if near enough to be named.
        margin: how much nearer they must be than the person is.
    """
    for face, title, rival in zip(faces, titles, rivals, strict=True):
        if rival is None or rival.similarity < _similarity(face, own) + margin:
            continue
        raise OtherPerson(
            f'The face in {title} is more like "{rival.name}" (similarity {rival.similarity:.2f}): '
            f'enrol it as "{rival.name}", merge the two if they are one person, or force it.'
        )


def refuse_mixture(faces: Matrix, titles: Sequence[str], held: Held) -> None:
    """Raise FacesDisagree if `faces` (n, d), with the samples that are held, cannot all be one person's.

    Two faces that are alike are one person's, and so is whoever is like one of them (single linkage): pictures of
    one person from the left and from the right need not be alike. What is held counts as one.
    """
    known = len(held.positives)
    everyone = np.concatenate([held.positives, faces])
    similarity = everyone @ everyone.T
    alike = similarity >= KIN
    alike[:known, :known] = True
    reached = alike[0 if known else int(np.argmax(similarity.sum(axis=1)))]
    while (further := alike[reached].any(axis=0)).sum() > reached.sum():
        reached = further
    odd = np.flatnonzero(~reached) - known
    if len(odd):
        others = f'what whod has of "{held.name}"' if known else "the others"
        raise FacesDisagree(
            f"The face in {titles[odd[0]]} is unlike {others}: leave it out if it is somebody else, or force it."
        )


def representatives(vectors: Matrix, count: int, pinned: Sequence[int] = ()) -> set[int]:
    """The places of the `count` rows of `vectors` (n, d) that stand best for all, among them those in `pinned`.

    Each row counts by its similarity to the nearest that is chosen, and the next is always the one that adds most:
    facility location, by the greedy algorithm (Nemhauser, Wolsey and Fisher, 1978).
    """
    alike = vectors @ vectors.T
    chosen = list(pinned)
    nearest = alike[chosen].max(axis=0, initial=-1)
    while len(chosen) < min(count, len(vectors)):
        stands_for = np.maximum(alike, nearest).sum(axis=1)
        stands_for[chosen] = -np.inf
        chosen.append(int(np.argmax(stands_for)))
        nearest = np.maximum(nearest, alike[chosen[-1]])
    return set(chosen)


def _similarity(face: Vector, own: Matrix) -> float:
    """To the mean of the samples, as in the index; -1 if there are none."""
    if not len(own):
        return -1.0
    total = own.sum(axis=0)
    return float(total @ face) / max(float(np.linalg.norm(total)), float(np.finfo(np.float32).tiny))
