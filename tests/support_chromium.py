# SPDX-License-Identifier: Apache-2.0
"""Debian's chromium, led by Playwright."""

from __future__ import annotations

import contextlib
import shutil
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

CHROMIUM = shutil.which("chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic"]
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}, "is_mobile": False, "has_touch": False}


@contextlib.contextmanager
def launched() -> Iterator[Browser]:
    """A browser with nobody's profile."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  # 165 MB, which tests without a page do without

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()
