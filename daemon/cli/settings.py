# SPDX-License-Identifier: Apache-2.0
"""Commands about the settings that are made on the page or here; the settings file stays as it is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from daemon.config import parsed_value

if TYPE_CHECKING:
    from daemon.cli.context import Context
    from daemon.types import Setting, SettingsChange

_FROM = {
    "default": "default",
    "file": "settings file",
    "page": "set here or on the page",
    "pinned": "--set",
}


@click.group(subcommand_metavar="COMMAND…")
def settings() -> None:
    """Settings: list, change while whod runs, take back. They are kept in the state folder, over the file's."""


@settings.command("list")
@click.option("--json", "as_json", is_flag=True)
@click.option("--changed", is_flag=True, help="Only those that are not the defaults.")
@click.pass_obj
def list_(context: Context, *, as_json: bool, changed: bool) -> None:
    """Each setting with its value, and where that comes from."""
    with context.settings_api() as api:
        view = api.view()
    for note in view.notes:
        click.echo(f"whod: {note}", err=True)
    shown = [setting for setting in view.settings if not changed or setting.origin != "default"]
    if as_json:
        click.echo(json.dumps([setting.as_json() for setting in shown], ensure_ascii=False, indent=1))
        return
    for setting in shown:
        click.echo(_line(setting))


@settings.command("set")
@click.argument("assignments", metavar="KEY=VALUE…", nargs=-1, required=True)
@click.pass_obj
def set_(context: Context, assignments: tuple[str, ...]) -> None:
    """Change settings, all of them or none, such as gallery.threshold=0.6. A list is written as ["A", "B"]."""
    values: dict[str, object] = {}
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not equals:
            raise click.UsageError(f"Write KEY=VALUE, for example gallery.threshold=0.6, not {assignment!r}.")
        values[name.strip()] = parsed_value(name.strip(), text)
    with context.settings_api() as api:
        _tell(api.change(values))


@settings.command()
@click.argument("names", metavar="KEY…", nargs=-1, required=True)
@click.pass_obj
def reset(context: Context, names: tuple[str, ...]) -> None:
    """Take back what was set here or on the page: as in the settings file again, or the default."""
    with context.settings_api() as api:
        _tell(api.reset(names))


@settings.command()
@click.pass_obj
def undo(context: Context) -> None:
    """Take back the last change."""
    with context.settings_api() as api:
        _tell(api.undo())


def _tell(change: SettingsChange) -> None:
    if not change.names:
        click.echo("Nothing was different.")
        return
    click.echo(f"Changed: {', '.join(change.names)}")
    if change.at_start:
        click.echo(f"At the next start of whod: {', '.join(change.at_start)} (sudo systemctl restart whod)", err=True)


def _line(setting: Setting) -> str:
    value = json.dumps(setting.as_json()["value"], ensure_ascii=False)
    return f"{setting.name} = {value}  ({_FROM[setting.origin]})"
