# SPDX-License-Identifier: Apache-2.0
"""What a browser complains of: nothing may be left of it when a test is over."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ConsoleMessage, Request

IN_THE_WAY = "net::ERR_ABORTED"
"""A request that another page, or a newer one, made needless."""


class Complaints:
    """Of all pages of all contexts that are `watch`ed."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self._forgiven: list[str] = []

    def watch(self, context: BrowserContext) -> None:
        """Listen to its console, its scripts, its requests and its dialogs."""
        context.on("console", self._said)
        context.on("weberror", lambda error: self.heard.append(f"script: {error.error}"))
        context.on("requestfailed", self._failed)
        context.on("dialog", self._asked)

    def forgive(self, pattern: str) -> None:
        """A test that does wrong on purpose, such as sending a wrong password, says what it expects to be told."""
        self._forgiven.append(pattern)

    def left(self) -> list[str]:
        """What nobody forgave."""
        return [line for line in self.heard if not any(re.search(pattern, line) for pattern in self._forgiven)]

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning", "assert"}:
            self.heard.append(f"{message.type}: {message.text} ({message.location['url']})")

    def _failed(self, request: Request) -> None:
        if request.failure != IN_THE_WAY:
            self.heard.append(f"request: {request.method} {request.url}: {request.failure}")

    def _asked(self, dialog: Any) -> None:
        self.heard.append(f"dialog: {dialog.message}")
        dialog.dismiss()
