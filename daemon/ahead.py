# SPDX-License-Identifier: Apache-2.0
"""Work of two kinds on many things, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable
    from concurrent.futures import Future

T = TypeVar("T")
R = TypeVar("R")


def made_ahead(make: Callable[[T], R], things: Iterable[T]) -> Generator[R]:
    """What `make` gives for each, in their order; while one is in use, the next is made in a thread.

    Raises what `make` raises, in its turn. Whoever stops early waits for nothing.
    """
    remaining = iter(things)
    for first in remaining:  # often the only one; the thread would wait for it, too
        yield make(first)
        break
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

    pool = ThreadPoolExecutor(1)
    try:
        coming: Future[R] | None = None
        for thing in remaining:
            made, coming = coming, pool.submit(make, thing)
            if made:
                yield made.result()
        if coming:
            yield coming.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
