# SPDX-License-Identifier: Apache-2.0
"""Models that others took the place of are let go at once, not when they are changed the next time."""

import gc
import weakref

from support_broker import wait_until
from support_workers import running

from daemon.clock import SystemClock
from daemon.pipeline import Result
from daemon.types import InView
from daemon.workers import Inbox, InferenceWorker


class Models:
    """Stands for a chain."""


class Camera:
    """A pipeline that sees nobody."""

    def pause(self, *_, **__):
        return Result(view=InView())

    finish = pause


def test_the_models_before_are_let_go():
    loaded = [Models()]
    before = weakref.ref(loaded[0])
    turns = []
    worker = InferenceWorker(
        Inbox(),
        SystemClock(),
        lambda: (loaded.pop(), [Camera()]),
        lambda *_: turns.append(1),
        lambda _: lambda: None,
    )
    with running(worker):
        wait_until(lambda: turns, "the first turn")
        assert before() is not None
        gc.disable()  # what is held by nobody goes without it
        try:
            worker.change(lambda *_: Models())
            wait_until(lambda: before() is None, "the first models to be let go", 5)
        finally:
            gc.enable()
