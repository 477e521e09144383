# SPDX-License-Identifier: Apache-2.0
"""What a restore changes, for people to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from daemon.cli.files import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from daemon.types import PersonDifference, RestoreReport

_MARKS = {"added": "+", "changed": "~", "removed": "-"}


def tell(report: RestoreReport) -> None:
    """Print a report."""
    for line in lines(report):
        click.echo(one_line(line))


def lines(report: RestoreReport) -> Iterator[str]:
    """A report, line by line."""
    yield (
        f"Backup of {report.made_at or 'an unknown time'}, whod {report.app_version or 'unknown'}: "
        f"{report.people} people, {report.samples} samples, {report.pictures} pictures, {report.groups} groups"
    )
    for problem in report.problems:
        yield f"! {problem}"
    if report.problems:
        return
    for difference in report.differences:
        yield f"{_MARKS[difference.change]} {difference.name}: {_what(difference)}"
    told = len(report.differences)
    if (more := report.added + report.changed + report.removed - told) > 0:
        yield f"… and {more} more"
    yield (
        f"{report.added} people added, {report.changed} changed, {report.removed} removed, {report.same} as they are"
    )
    for mark, names in (("+", report.groups_added), ("-", report.groups_removed)):
        yield from (f"{mark} group {name}" for name in names)
    yield from report.notes
    if report.settings:
        yield "Settings that are others here; they are not restored, since the settings file is yours:"
    for setting in report.settings:
        yield f"  {setting.name} = {setting.here!r} here, {setting.there!r} in the backup"


def _what(difference: PersonDifference) -> str:
    parts = []
    if difference.was is not None:
        parts.append(f"was {difference.was}")
    if difference.samples_added:
        parts.append(f"+{difference.samples_added} samples")
    if difference.samples_removed:
        parts.append(f"-{difference.samples_removed} samples")
    parts += [f"into {name}" for name in difference.groups_added]
    parts += [f"out of {name}" for name in difference.groups_removed]
    if difference.familiar is not None:
        parts.append("familiar" if difference.familiar else "a resident")
    return ", ".join(parts) or "samples are set aside, or searched again"
