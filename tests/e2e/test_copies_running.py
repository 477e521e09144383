# SPDX-License-Identifier: Apache-2.0
"""A daemon that runs deletes what databases were before an upgrade once that is old, and only that."""

import os
import time

import pytest
from support_broker import wait_until
from support_daemon import play

WEEK_S = 7 * 86400


@pytest.mark.slow
def test_a_copy_from_before_an_upgrade_goes_without_a_restart(daemon, tmp_path):
    daemon.state.mkdir(mode=0o700)
    for name, age_s in (("gallery.db.schema-1", WEEK_S + 60), ("events.db.schema-1", WEEK_S - 3600)):
        copy = daemon.state / name
        copy.write_bytes(b"people")
        os.utime(copy, (0, time.time() - age_s))
    daemon.start(play(tmp_path / "day", (None, 2)))
    wait_until(lambda: not (daemon.state / "gallery.db.schema-1").exists(), "the old copy to go", 60)
    assert (daemon.state / "events.db.schema-1").exists()
