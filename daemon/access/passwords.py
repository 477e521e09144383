# SPDX-License-Identifier: Apache-2.0
"""Passwords: which may be chosen, and how they are kept.

A password is brought to Unicode's NFKC first: keyboards differ in how they write an "é" or a wide letter, and the
same keys must open the same door.
"""

from __future__ import annotations

import contextlib
import threading
import unicodedata
from typing import TYPE_CHECKING

from daemon.access.common import is_easy
from daemon.errors import BadPassword, TooManyGuesses
from daemon.machine import map_large_blocks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from argon2 import PasswordHasher

SHORTEST = 12
"""Characters."""
LONGEST_BYTES = 1024
"""In UTF-8; nobody types more, and hashing more would be work for nothing."""

MEMORY_KIB = 19 * 1024
PASSES = 2
LANES = 1
"""Argon2id as OWASP's cheat sheet has it: a Pi has the memory, and whoever steals the hash needs it too."""

_PATIENCE_S = 5.0
"""How long a password waits for its turn; the limits on guesses make that rare."""


def check(password: str, words: Iterable[str] = ()) -> None:
    """Whether it may be chosen; `words` are of this device. Raises BadPassword."""
    text = _normal(password)
    if len(text) < SHORTEST:
        raise BadPassword(
            f"The password has {len(text)} characters and needs at least {SHORTEST}: "
            "three or four words that do not belong together are easy to remember."
        )
    if len(password.encode("utf-8", "replace")) > LONGEST_BYTES:
        raise BadPassword(f"The password is too long: take at most {LONGEST_BYTES} bytes.")
    if is_easy(text, words):
        raise BadPassword(
            "This password is among the first that are guessed: it is made of common words, years, repetitions or "
            "keys in a row. Three or four words that do not belong together are better."
        )


class Hasher:
    """Argon2id, one at a time: the memory of two is more than a small Pi should give to whoever knocks."""

    def __init__(self) -> None:
        self._turn = threading.Lock()

    def hash(self, password: str) -> str:
        """With its parameters and a salt, as it is kept. Raises TooManyGuesses."""
        with self._alone() as argon:
            return argon.hash(_normal(password))

    def is_right(self, password: str, hashed: str | None) -> bool:
        """Whether it is the one that was hashed. Takes the same time if there is none. Raises TooManyGuesses."""
        from argon2.exceptions import VerifyMismatchError  # noqa: PLC0415

        with self._alone() as argon:
            try:
                argon.verify(hashed or _NONE, _normal(password))
            except VerifyMismatchError:
                return False
        return hashed is not None

    @contextlib.contextmanager
    def _alone(self) -> Iterator[PasswordHasher]:
        from argon2 import PasswordHasher, Type  # noqa: PLC0415  loads a library of C that few commands need
        from argon2.exceptions import HashingError, VerificationError  # noqa: PLC0415

        if not self._turn.acquire(timeout=_PATIENCE_S):
            raise TooManyGuesses("Too many passwords are being checked: try again in a few seconds.", retry_s=5)
        try:
            map_large_blocks()
            yield PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES, type=Type.ID)
        except (HashingError, VerificationError) as error:
            # What is kept was looked at when it was read, and what was typed may be anything: this leaves the memory.
            raise TooManyGuesses(
                "There is too little memory to look at a password: try again in a few seconds.", retry_s=5
            ) from error
        finally:
            self._turn.release()


_NONE = f"$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${'A' * 22}${'A' * 43}"
"""Nobody's: looked at while there is no password."""


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)
