# SPDX-License-Identifier: Apache-2.0
"""Prints each decision as one line for the person who watches."""

from __future__ import annotations

import contextlib
import queue
import threading
from typing import TYPE_CHECKING, Self

import click

from daemon.types import EventType

if TYPE_CHECKING:
    from daemon.types import DecisionEvent

_MAX_WAITING = 1000
_LAST_LINES_S = 0.5


class Narrator:
    """A context in which `hear` may be told of decisions by any thread; it never waits for the terminal.

    Names are printed: this is the terminal of the person who enrolled them. `hint` is printed once, when the first
    visitor of the demo is unknown.
    """

    def __init__(self, hint: str) -> None:
        self._hint = hint
        self._waiting: queue.Queue[DecisionEvent | None] = queue.Queue(_MAX_WAITING)
        self._thread = threading.Thread(target=self._print, name="narrator", daemon=True)

    def hear(self, event: DecisionEvent) -> None:
        """Tell of a decision."""
        self._put(event)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._put(None)
        self._thread.join(_LAST_LINES_S)

    def _put(self, item: DecisionEvent | None) -> None:
        try:
            self._waiting.put_nowait(item)
        except queue.Full:
            return  # nobody reads the terminal

    def _print(self) -> None:
        first = True
        with contextlib.suppress(OSError):  # the terminal is gone
            while (event := self._waiting.get()) is not None:
                click.echo(describe(event))
                if first and event.simulated and event.event_type is EventType.UNKNOWN:
                    click.echo(self._hint)
                first = False


def describe(event: DecisionEvent) -> str:
    """One line, in local time."""
    who = event.person.name if event.person else "unknown"
    words = {
        EventType.IDENTIFIED: f"{who}, similarity {event.similarity:.2f}",
        EventType.FAMILIAR: f"{who} (familiar), similarity {event.similarity:.2f}",
        EventType.UNKNOWN: "unknown",
        EventType.RETRACTED: f"taken back: {who}",
    }
    mark = "  (simulated)" if event.simulated else ""
    return f"{event.captured_at.astimezone():%H:%M:%S}  {words[event.event_type]}{mark}"
