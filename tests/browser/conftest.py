# SPDX-License-Identifier: Apache-2.0
"""A browser, and households to look at with it."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect
from support_chromium import DESKTOP, PHONE
from support_household import Household, let_in, seeded
from support_watching import Complaints

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

HERE = Path(__file__).parent
_households = contextlib.ExitStack()
USUAL = {"locale": "en-GB", "timezone_id": "Europe/Berlin", "reduced_motion": "reduce"}
PATIENCE_MS = 30_000
"""A machine that does other things besides is slow, not wrong."""
expect.set_options(timeout=PATIENCE_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == HERE:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Household]:
    """A household to look at; tests do not change it."""
    home = _households.enter_context(contextlib.closing(Household(tmp_path_factory.mktemp("home"))))
    seeded(home)
    yield home
    _households.close()


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Household]:
    """A household of nobody: every list is empty, and the doorway too."""
    bare = _households.enter_context(contextlib.closing(Household(tmp_path_factory.mktemp("bare"))))
    bare.start()
    yield bare
    _households.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> Iterator[None]:
    """After the last test of this folder its daemons go: they look at faces all the time, beside what comes next."""
    try:
        yield
    finally:
        if nextitem is None or nextitem.path.parent != HERE:
            _households.close()


@pytest.fixture
def household(tmp_path: Path) -> Iterator[Household]:
    """One of a test's own, yet to be started."""
    with contextlib.closing(Household(tmp_path / "house")) as household:
        yield household


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    """The test fails if the browser complained of something."""
    complaints = Complaints()
    yield complaints
    assert not complaints.left(), "\n".join(complaints.left())


@pytest.fixture
def visit(browser: Browser, complaints: Complaints, household: Household) -> Iterator[Callable[..., Page]]:
    """Open a page in a browser of its own, by default as the owner who is logged in: `visit(home, "/people")`.

    It is closed before the household is.
    """
    with contextlib.ExitStack() as stack:

        def visit(house: Household, path: str = "/", *, owner: bool = True, **options: Any) -> Page:
            cookies = house.cookies if owner else None
            settings = {**PHONE, **USUAL, "storage_state": cookies, **options}
            context = browser.new_context(**settings)
            stack.callback(context.close)
            context.set_default_timeout(PATIENCE_MS)
            complaints.watch(context)
            page = context.new_page()
            page.goto(house.url + path)
            if owner:
                if house.cookies is None:
                    let_in(page, house)
                    page.goto(house.url + path)
                house.cookies = context.storage_state()
            return page

        yield visit


@pytest.fixture
def phone(visit: Callable[..., Page], household: Household) -> Page:
    """The owner's, at the door's page of the test's own household, which runs."""
    return visit(household)


@pytest.fixture
def desktop(visit: Callable[..., Page], household: Household) -> Page:
    """As `phone`, on a wide screen with a mouse."""
    return visit(household, **DESKTOP)
