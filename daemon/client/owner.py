# SPDX-License-Identifier: Apache-2.0
"""The owner's one-time codes of a whod that runs."""

from __future__ import annotations

from daemon.client.asking import Asking
from daemon.types import NewCode


class RemoteCodes(Asking):
    """`daemon.service.owner.CodesApi`, answered by the daemon; see `RemotePeople`."""

    def has_password(self) -> bool:
        """See `CodesApi.has_password`."""
        return self._ask("GET", "/owner", lambda answer: bool(answer["has_password"]))

    def new_code(self) -> NewCode:
        """See `CodesApi.new_code`."""
        return self._ask("POST", "/owner/code", NewCode.from_json)

    def reset_password(self) -> NewCode:
        """See `CodesApi.reset_password`."""
        return self._ask("POST", "/owner/reset", NewCode.from_json)
