# SPDX-License-Identifier: Apache-2.0
"""What tests of several folders need."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from support_broker import MOSQUITTO, Broker
from support_chromium import CHROMIUM, launched

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser
    from support_daemon import Daemon

# No test is about time: a busy machine may take as long as it likes for an example.
settings.register_profile("whod", deadline=None)
settings.load_profile("whod")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The one browser of a run: Playwright's event loop stays in the thread, and takes no second beside it."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed: apt install chromium")
    with launched() as browser:
        yield browser


@pytest.fixture
def stopped_broker(tmp_path: Path) -> Iterator[Broker]:
    """A broker that is yet to be started."""
    if MOSQUITTO is None:
        pytest.skip("mosquitto is not installed: apt install mosquitto")
    folder = tmp_path / "mosquitto"
    folder.mkdir()
    with contextlib.closing(Broker(folder)) as broker:
        yield broker


@pytest.fixture
def broker(stopped_broker: Broker) -> Broker:
    """A broker that anybody may use."""
    stopped_broker.start()
    return stopped_broker


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    """A daemon that is yet to be started."""
    from support_daemon import Daemon  # noqa: PLC0415 - not every machine that runs some of the tests has all it needs

    with contextlib.closing(Daemon(tmp_path)) as daemon:
        yield daemon
