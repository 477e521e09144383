# SPDX-License-Identifier: Apache-2.0
"""Numbers, times and sizes in the manner of the reader's language; times are in this machine's time zone.

The browser writes times anew in its own time zone, with `Intl`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from web_admin.texts.catalogue import Plural, find
from web_admin.texts.language import language

if TYPE_CHECKING:
    from datetime import date

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_STEP = 1000
"""From one unit of size to the next."""


def number(value: float, digits: int = 0) -> str:
    """`12,345`, `0.71`: with so many digits after the point."""
    plain = f"{value:,.{digits}f}"
    return plain.translate({ord(","): _said("group"), ord("."): _said("decimal")})


def percent(part: float, digits: int = 0) -> str:
    """`0.42` as `42 %`."""
    return _said("percent").format(number=number(100 * part, digits))


def size(count: int) -> str:
    """Bytes: `820 kB`, `12.3 MB`."""
    value, unit = float(count), 0
    names = _said("sizes").split()
    while value >= _STEP - 0.5 and unit < len(names) - 1:
        value, unit = value / _STEP, unit + 1
    return f"{number(value, 0 if unit < 2 or value >= 100 else 1)}\N{NO-BREAK SPACE}{names[unit]}"  # noqa: PLR2004


def clock(moment: datetime) -> str:
    """The time of day."""
    return _said("clock").format(clock=f"{moment.astimezone():%H:%M}")


def day(moment: date | datetime) -> str:
    """The day, with its year where it is not this one."""
    local = moment.astimezone() if isinstance(moment, datetime) else moment
    key = "day" if local.year == datetime.now(UTC).astimezone().year else "day_year"
    return _said(key).format(
        weekday=_said("weekdays").split()[local.weekday()],
        day=local.day,
        month=_said("months").split()[local.month - 1],
        year=local.year,
    )


def time(moment: datetime) -> str:
    """Day and time of day."""
    return _said("time").format(day=day(moment), clock=clock(moment))


def ago(moment: datetime) -> str:
    """How long ago: `just now`, `3 minutes ago`; after a week the day."""
    seconds = (datetime.now(UTC) - moment).total_seconds()
    if seconds < _MINUTE:
        return _said("now")
    if seconds < _HOUR:
        return _count("minutes_ago", int(seconds // _MINUTE))
    if seconds < _DAY:
        return _count("hours_ago", int(seconds // _HOUR))
    days = (datetime.now(UTC).astimezone().date() - moment.astimezone().date()).days
    return _count("days_ago", days) if days <= 7 else day(moment)  # noqa: PLR2004


def span(length: float | timedelta) -> str:
    """How long something took, of seconds or a timedelta: `8 s`, `2 min 5 s`, `1 h 20 min`. Never below nothing."""
    whole = max(round(length.total_seconds() if isinstance(length, timedelta) else length), 0)
    minutes, seconds = divmod(whole, _MINUTE)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "hours"), (minutes, "minutes")) if hours else ((minutes, "minutes"), (seconds, "seconds"))
    said = [_said(unit).format(n=number(value)) for value, unit in parts if value]
    return "\N{NO-BREAK SPACE}".join(said) or _said("seconds").format(n=0)


def _count(key: str, n: int) -> str:
    text = find(language(), f"formats.{key}")
    assert isinstance(text, Plural)  # noqa: S101 (the catalogue's own, which a test reads)
    return (text.one if n == 1 else text.other).format(n=n)


def _said(key: str) -> str:
    return str(find(language(), f"formats.{key}"))
