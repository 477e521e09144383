# SPDX-License-Identifier: Apache-2.0
"""`whod doctor`: is everything as it should be, and what to do where it is not."""

from __future__ import annotations

import dataclasses
import functools
import json
import sys
from typing import TYPE_CHECKING, Any

import click

from daemon.cli.checks import CHECKS
from daemon.cli.findings import Finding, Level, examined
from daemon.cli.speed import fix
from daemon.config import without_password
from daemon.errors import WhodError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from daemon.cli.context import Context

_MARKS = {Level.OK: "ok  ", Level.NOTE: "note", Level.BAD: "BAD "}


@click.command()
@click.option("--json", "as_json", is_flag=True)
@click.option("--fix", "want_fix", is_flag=True, help="Set the precision with which this machine is faster.")
@click.option("--settings", "show_settings", is_flag=True, help="Also list each setting and where it comes from.")
@click.pass_obj
def doctor(context: Context, *, as_json: bool, want_fix: bool, show_settings: bool) -> None:
    """Check models, camera, devices, state folder, disk, broker, clock, heat; exit 1 if something is wrong."""
    findings = []
    for name, check in CHECKS.items():
        finding = Finding(name, *examined(functools.partial(check, context)))
        findings.append(finding)
        if not as_json:
            click.echo(f"{_MARKS[finding.level]}  {finding.name:<13} {finding.detail}")
    fixed: dict[str, str] = {}
    problem: WhodError | None = None
    if want_fix:
        try:
            fixed = fix(context.settings, context.config)
        except WhodError as error:
            problem = error  # told after what was found
    settings = list(_settings(context)) if show_settings else []
    if as_json:
        report = {
            "findings": [dataclasses.asdict(finding) for finding in findings],
            "fixed": fixed,
            "settings": settings,
        }
        click.echo(json.dumps(report, ensure_ascii=False, indent=1))
    else:
        if want_fix and not problem:
            click.echo(_told(fixed, context))
        for line in settings:
            value = json.dumps(line["value"], ensure_ascii=False)
            click.echo(f"{line['setting']} = {value}  ({line['from']})")
    if problem:
        raise problem
    if any(finding.level is Level.BAD for finding in findings):
        sys.exit(1)


def _told(fixed: dict[str, str], context: Context) -> str:
    if not fixed:
        return "Nothing to fix."
    done = " and ".join(f'{setting} = "{value}"' for setting, value in fixed.items())
    return f"Set {done} in {context.config}; restart the daemon: sudo systemctl restart whod"


def _settings(context: Context) -> Iterator[dict[str, Any]]:
    for section, values in context.settings.by_section().items():
        for key, value in values.items():
            origin = context.loaded.origin.get(f"{section}.{key}", "default")
            shown = without_password(value) if isinstance(value, str) else value
            yield {"setting": f"{section}.{key}", "value": shown, "from": origin}
