# SPDX-License-Identifier: Apache-2.0
"""What happens now, for those who listen: the last records in memory, and a wait for the next.

Who tells never waits for who listens: a listener is a place in the order, and takes what is behind it when it comes
to it. One that is too slow finds a gap.
"""

from __future__ import annotations

import itertools
import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_KEPT = 500
"""Records that can be asked for again: some 300 kB."""


@dataclass(frozen=True, slots=True)
class Told:
    """A record and its place in the order."""

    seq: int
    record: Mapping[str, Any]


class Feed:
    """Decisions and visits as they come, as JSON objects with an `event_type`; safe from any thread.

    A place is ``<run>-<seq>``: those of another run of whod, and those that are not kept any more, are unknown.
    """

    def __init__(self, run: str, most: int) -> None:
        self._run = run.partition("-")[0]
        self._most = most
        self._told: deque[Told] = deque(maxlen=_KEPT)
        self._numbers = itertools.count(1)
        self._last = 0
        self._listeners = 0
        self._closed = False
        self._changed = threading.Condition()

    def tell(self, record: Mapping[str, Any]) -> None:
        """Add a record; on the frame path."""
        with self._changed:
            self._last = next(self._numbers)
            self._told.append(Told(self._last, record))
            self._changed.notify_all()

    def forget(self, person_id: str) -> int:
        """Take a person's id and name out of what is kept; gives 0, as no file is written anew."""
        nobody = {"person_id": None, "name": None}
        with self._changed:
            kept = [
                Told(told.seq, {**told.record, **nobody}) if told.record.get("person_id") == person_id else told
                for told in self._told
            ]
            self._told = deque(kept, _KEPT)
        return 0

    def forget_all(self) -> int:
        """Keep nothing of what was told; gives 0 as `forget`."""
        with self._changed:
            self._told.clear()
        return 0

    def listen(self, after: str | None = None) -> Listener | None:
        """A listener to what comes, or to what came after a place; None if there are too many already."""
        with self._changed:
            if self._listeners >= self._most:
                return None
            self._listeners += 1
            seq = None if after is None else self._seq(after)
            return Listener(self, self._last if after is None else seq)

    @property
    def listeners(self) -> int:
        """How many there are."""
        return self._listeners

    def place(self, told: Told) -> str:
        """Where a record stands, for `listen`."""
        return f"{self._run}-{told.seq}"

    def close(self) -> None:
        """Wake everybody who waits, for good."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _seq(self, place: str) -> int | None:
        run, _, number = place.rpartition("-")
        known = run == self._run and number.isascii() and number.isdigit() and len(number) < len(str(1 << 64))
        return int(number) if known and int(number) <= self._last else None


class Listener:
    """One who listens; `close` makes room for another."""

    def __init__(self, feed: Feed, seq: int | None) -> None:
        self._feed = feed
        self._seq = seq
        self._open = True

    def next(self, timeout_s: float) -> tuple[bool, list[Told]] | None:
        """What came since the last call, waiting for it up to `timeout_s`; None when the feed is closed.

        The first of the two says whether something before it was missed.
        """
        feed = self._feed
        with feed._changed:  # noqa: SLF001  the two are one
            if self._seq == feed._last and not feed._closed:  # noqa: SLF001
                feed._changed.wait(timeout_s)  # noqa: SLF001
            if feed._closed:  # noqa: SLF001
                return None
            found = [told for told in feed._told if self._seq is None or told.seq > self._seq]  # noqa: SLF001
            first = found[0].seq if found else feed._last + 1  # noqa: SLF001
            missed = self._seq is None or first != self._seq + 1
            self._seq = feed._last  # noqa: SLF001
            return missed, found

    def close(self) -> None:
        """Listen no more."""
        with self._feed._changed:  # noqa: SLF001
            if self._open:
                self._open = False
                self._feed._listeners -= 1  # noqa: SLF001
