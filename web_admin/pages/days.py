# SPDX-License-Identifier: Apache-2.0
"""Days as the reader's clock has them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from daemon.types import Sighting


class Day(NamedTuple):
    """A day and what began on it."""

    date: date
    is_today: bool
    visits: list[Sighting]


def zone_of(name: str) -> tzinfo | None:
    """The time zone of a name such as ``Europe/Berlin``; None, which is this machine's, for any other."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def bounds(first: date | None, last: date | None, zone: tzinfo | None) -> tuple[datetime | None, datetime | None]:
    """When the first of some days begins, and when the last one ends; None for the one that is not given."""
    return _begin(first, zone), _begin(last + timedelta(days=1) if last else None, zone)


def offset_minutes() -> int:
    """How far this machine's clock is ahead of UTC now."""
    offset = datetime.now(UTC).astimezone().utcoffset()
    return int(offset.total_seconds() // 60) if offset else 0


def by_day(visits: Iterable[Sighting], zone: tzinfo | None) -> list[Day]:
    """Visits in the order in which they come, by the day on which they began."""
    today = datetime.now(UTC).astimezone(zone).date()
    days = groupby(visits, lambda visit: visit.started_at.astimezone(zone).date())
    return [Day(day, day == today, list(those)) for day, those in days]


def _begin(day: date | None, zone: tzinfo | None) -> datetime | None:
    if day is None:
        return None
    return datetime.combine(day, time(), zone) if zone else datetime.combine(day, time()).astimezone()
