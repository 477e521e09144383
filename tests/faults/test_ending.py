# SPDX-License-Identifier: Apache-2.0
"""SIGTERM while there is much to do. How long it takes: tests/bench/faults.py."""

from support_broker import free_port
from support_ending import CLIENTS, busy, end, enrolled


def test_it_ends_in_good_order_and_keeps_what_it_acknowledged(daemon, tmp_path):
    code, _, acknowledged = end(daemon, busy(daemon, tmp_path, free_port()))
    assert code == 0
    assert daemon.heard("STOPPING=1")
    there = enrolled(daemon, tmp_path)
    assert acknowledged <= there
    assert len(there - acknowledged) <= CLIENTS  # of each at most the one that was not answered any more
    assert daemon.end() == 0
