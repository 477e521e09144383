# SPDX-License-Identifier: Apache-2.0
"""The newest messages of the log, in memory."""

from __future__ import annotations

import logging

import pytest

from daemon.clock import FakeClock
from daemon.logbook import KEPT, Logbook
from daemon.service import Logs


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def book(clock):
    """On the root logger, whose level is as before in the end."""
    root = logging.getLogger()
    level, book = root.level, Logbook(clock)
    root.addHandler(book)
    yield book
    root.removeHandler(book)
    root.setLevel(level)


def test_the_newest_are_kept_and_counted(book):
    book.set_level("info")
    for number in range(KEPT + 5):
        logging.getLogger("daemon.mqtt.link").info("message %d", number)
    records = book.records()
    assert len(records) == KEPT
    assert (records[0].seq, records[0].message) == (6, "message 5")
    assert (records[-1].seq, records[-1].part, records[-1].level) == (KEPT + 5, "broker", "info")


def test_a_traceback_comes_along(book):
    try:
        {}["gone"]
    except KeyError:
        logging.getLogger("daemon.house").exception("It failed")
    assert "It failed\nTraceback" in book.records()[-1].message


def test_everything_is_logged_for_a_while_and_then_as_before(book, clock):
    log = logging.getLogger("daemon.camera.factory")
    book.set_level("warning")
    log.debug("before")
    book.detail(600)
    log.debug("meanwhile")
    clock.advance(599)
    assert book.detailed_s() == pytest.approx(1)
    log.debug("still")
    clock.advance(2)
    log.warning("the first one after")
    log.debug("after")
    assert [record.message for record in book.records()] == ["meanwhile", "still", "the first one after"]
    assert book.detailed_s() is None


def test_details_that_end_in_another_thread_end_no_message(book, clock):
    book.detail(10)
    real = clock.monotonic

    def ended_meanwhile():
        book._detailed_until_s = None
        return real()

    clock.monotonic = ended_meanwhile
    book.emit(logging.LogRecord("whod", logging.INFO, "", 0, "told", (), None))
    assert [record.message for record in book.records()] == ["told"]


def test_another_level_waits_for_the_details_to_end(book, clock):
    book.detail(600)
    book.set_level("error")
    logging.getLogger("daemon").debug("told")
    book.detail(0)
    logging.getLogger("daemon").warning("not told")
    assert [record.message for record in book.records()] == ["told"]


def test_by_level_text_and_place(book):
    book.set_level("debug")
    for level, text in ((10, "a look"), (20, "Camera open"), (30, "camera gone"), (50, "the end")):
        logging.getLogger("daemon.workers.capture").log(level, text)
    logs = Logs(book)
    assert [r.message for r in logs.recent(level="warning")] == ["camera gone", "the end"]
    assert [r.message for r in logs.recent(text="CAMERA")] == ["Camera open", "camera gone"]
    assert [r.seq for r in logs.recent(after=2)] == [3, 4]
    assert [r.seq for r in logs.recent(2)] == [3, 4]


def test_who_asks_for_what_came_after_an_earlier_run_gets_all(book):
    book.emit(logging.LogRecord("whod", logging.INFO, "", 0, "started", (), None))
    assert [record.message for record in Logs(book).recent(after=500)] == ["started"]
    assert Logs(book).recent(after=1) == []
