# SPDX-License-Identifier: Apache-2.0
"""How much a page makes the browser load."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

PICTURES = {"image/jpeg"}
"""The live picture and faces."""


class Scales:
    """Counts what a page loads from now on, as it went over the line."""

    def __init__(self, page: Page) -> None:
        self.bytes: dict[str, int] = {}
        """By address, headers and all; without pictures."""
        self._known: dict[str, tuple[str, str]] = {}
        wire = page.context.new_cdp_session(page)
        wire.on("Network.responseReceived", self._began)
        wire.on("Network.loadingFinished", self._ended)
        wire.send("Network.enable")
        wire.send("Network.setCacheDisabled", {"cacheDisabled": True})

    @property
    def total(self) -> int:
        return sum(self.bytes.values())

    def _began(self, event: dict[str, Any]) -> None:
        self._known[event["requestId"]] = (event["response"]["url"], event["response"]["mimeType"])

    def _ended(self, event: dict[str, Any]) -> None:
        url, kind = self._known.get(event["requestId"], ("", ""))
        if url and kind not in PICTURES:
            self.bytes[url] = max(int(event["encodedDataLength"]), self.bytes.get(url, 0))
