# SPDX-License-Identifier: Apache-2.0
"""The daemon with the defaults of a small machine."""

from pathlib import Path

from support_broker import wait_until
from support_daemon import EILEEN, play


def loaded(daemon, library):
    return library in Path(f"/proc/{daemon.process.pid}/maps").read_text()


def test_the_page_is_loaded_when_somebody_asks_and_people_are_told_before(daemon, tmp_path):
    daemon.whod("enrol", "Eileen", EILEEN)
    daemon.start("machine.profile=small", play(tmp_path / "door", (None, 5), (EILEEN, 20), (None, 5)))
    wait_until(lambda: " identified " in daemon.log.read_text(), "the visitor")
    assert not loaded(daemon, "_pydantic_core")
    assert "Eileen" in daemon.whod("people").stdout
    assert loaded(daemon, "_pydantic_core")
    assert daemon.get("/health")[0] == 200
    assert daemon.end() == 0


def test_nobody_asked_and_it_ends(daemon):
    daemon.start("machine.profile=small", "camera.source=demo")
    assert daemon.end() == 0
