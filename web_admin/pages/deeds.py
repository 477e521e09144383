# SPDX-License-Identifier: Apache-2.0
"""The record of what was changed, in words. It holds ids alone; names are those of today."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from web_admin.texts import t, t_or

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from daemon.service import Service
    from daemon.types import Deed

_TOKEN_ID = 8
"""Signs; a session's id has twice as many."""


@dataclass(frozen=True, slots=True)
class Line:
    """A deed as it is read."""

    at: datetime
    who: str
    action: str
    target: str
    """Whom it was done to, where there is a name for that; else ids; may be empty."""


def told(service: Service, limit: int) -> list[Line]:
    """The newest first."""
    deeds = service.access.deeds(limit)
    who = {token.id: token.name for token in service.access.all()}
    who |= {session.id: session.device or t("access.unknown_browser") for session in service.owner.sessions()}
    people = {person.id: person.name for person in service.people()} if any(deed.target for deed in deeds) else {}
    return [_line(deed, who, people) for deed in deeds]


def _line(deed: Deed, who: Mapping[str, str], people: Mapping[str, str]) -> Line:
    parts = [people.get(part) or _short(part) for part in deed.target.split("/") if part and part != deed.who]
    action = t_or(f"access.actions.{deed.action}", deed.action.replace("_", " "))
    return Line(deed.at, who.get(deed.who) or _somebody(deed.who), action, ", ".join(parts))


def _somebody(who: str) -> str:
    """Who is no token or session that is known now."""
    if len(who) >= _TOKEN_ID:
        return t("access.old_token") if len(who) == _TOKEN_ID else t("access.old_session")
    return t_or(f"access.who.{who}", who)


def _short(part: str) -> str:
    """The first block of a UUID tells apart as much as anybody reads."""
    return part.partition("-")[0] if part.count("-") == 4 else part  # noqa: PLR2004
