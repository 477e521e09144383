# SPDX-License-Identifier: Apache-2.0
"""What is left for the publisher, from many threads."""

from __future__ import annotations

import threading
import time

from support_door import a_decision

from daemon.mqtt.mailbox import DECISIONS, Decision, Mailbox


def leave(mailbox, number):
    with mailbox.leave() as mail:
        mail.decisions.append(Decision(a_decision(event_id=str(number)), b""))
        mail.status = str(number).encode()


def test_of_decisions_the_newest_are_kept_of_values_the_last():
    mailbox = Mailbox()
    for number in range(DECISIONS + 5):
        leave(mailbox, number)
    mail = mailbox.collect(0)
    assert [int(each.event.event_id) for each in mail.decisions] == list(range(5, DECISIONS + 5))
    assert mail.status == str(DECISIONS + 4).encode()


def test_what_was_collected_is_gone():
    mailbox = Mailbox()
    leave(mailbox, 1)
    mailbox.collect(0)
    mail = mailbox.collect(0)
    assert not mail.decisions
    assert mail.status is mail.view is None


def test_who_waits_is_woken():
    mailbox = Mailbox()
    threading.Timer(0.05, leave, (mailbox, 1)).start()
    started = time.monotonic()
    assert mailbox.collect(30).status == b"1"
    assert time.monotonic() - started < 10


def test_nothing_is_lost_between_threads():
    mailbox = Mailbox()
    writers = [threading.Thread(target=leave_notices, args=(mailbox, who)) for who in range(4)]
    for writer in writers:
        writer.start()
    notices = []
    while any(writer.is_alive() for writer in writers):
        notices += mailbox.collect(0.01).notices
    notices += mailbox.collect(0).notices
    for who in range(4):
        assert [number for writer, number in notices if writer == who] == list(range(500))


def leave_notices(mailbox, who):
    for number in range(500):
        with mailbox.leave() as mail:
            mail.notices.append((who, number))
