# SPDX-License-Identifier: Apache-2.0
"""A gallery in a file, and a door with a camera."""

import contextlib
from dataclasses import replace

import pytest
import support_gallery
from support_script import ALICE, BOB, Door
from support_visited import House
from support_workers import running

from daemon.access import ADMIN_DB, Access, passwords
from daemon.clock import FakeClock
from daemon.gallery import Gallery


@pytest.fixture
def path(tmp_path):
    return tmp_path / "gallery.db"


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def gallery_settings():
    return support_gallery.SETTINGS


@pytest.fixture
def open_gallery(path, clock, gallery_settings):
    """Opens the gallery in `path`, as often as wanted."""
    with contextlib.ExitStack() as stack:

        def opener(model_id=support_gallery.MODEL, **changes):
            gallery = Gallery.open(path, model_id, replace(gallery_settings, **changes), clock)
            stack.callback(gallery.close)
            return gallery

        yield opener


@pytest.fixture
def gallery(open_gallery):
    return open_gallery()


@pytest.fixture
def door(tmp_path):
    door = Door(tmp_path)
    yield door
    door.gallery.close()


@pytest.fixture
def house(tmp_path):
    with contextlib.closing(House(tmp_path)) as house:
        yield house


@pytest.fixture
def in_thread():
    """Runs a worker until the test ends; gives its pulse and its thread."""
    with contextlib.ExitStack() as stack:
        yield lambda worker: stack.enter_context(running(worker))


@pytest.fixture
def alice(door):
    return door.enrol("Alice", ALICE)


@pytest.fixture
def bob(door):
    return door.enrol("Bob", BOB)


@pytest.fixture
def open_(tmp_path, clock):
    """Opens admin.db once more, as a daemon does that begins."""
    with contextlib.ExitStack() as stack:
        yield lambda: stack.enter_context(contextlib.closing(Access(tmp_path / ADMIN_DB, clock, ("villa-door",))))


@pytest.fixture
def access(open_):
    return open_()


@pytest.fixture
def owner(access):
    return access.owner


@pytest.fixture
def cheap(monkeypatch):
    """Where many passwords are looked at."""
    monkeypatch.setattr(passwords, "MEMORY_KIB", 64)
    monkeypatch.setattr(passwords, "PASSES", 1)
