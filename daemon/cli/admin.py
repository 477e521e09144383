# SPDX-License-Identifier: Apache-2.0
"""Commands for the owner who has no password, or not any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from daemon.cli.context import Context
    from daemon.types import NewCode


@click.group(subcommand_metavar="COMMAND…")
def admin() -> None:
    """Get into the page: a one-time code, another password."""


@admin.command()
@click.option("--first", is_flag=True, help="Only if no password is set yet; the address is told anyway.")
@click.pass_obj
def code(context: Context, *, first: bool) -> None:
    """Make a one-time code, with which the page lets you set a password. An older code counts no more."""
    with context.codes() as owner:
        made = None if first and owner.has_password() else owner.new_code()
    if made:
        _tell(context, made)
        return
    for url in _pages(context):
        click.echo(f"Open {url}", err=True)


@admin.command("reset-password")
@click.pass_obj
def reset_password(context: Context) -> None:
    """Take the password away, log all browsers out, and make a one-time code to set another."""
    with context.codes() as owner:
        made = owner.reset_password()
    _tell(context, made)


def _tell(context: Context, made: NewCode) -> None:
    """The code on stdout, what to do with it on stderr. It asks for the settings: the folder must be free again."""
    click.echo(made.code)
    for url in _pages(context):
        click.echo(f"Open {url}first?code={made.code}", err=True)
    click.echo(f"It counts once, until {made.expires_at.astimezone():%Y-%m-%d %H:%M}.", err=True)


def _pages(context: Context) -> list[str]:
    """Where the page is, by the settings of the daemon if one runs: it may have been started with others."""
    from daemon import machine  # noqa: PLC0415

    with context.settings_api() as settings:
        web = {setting.name: setting.value for setting in settings.view().of("web")}
    if not web["web.listen"]:
        click.echo("There is no page: web.listen is empty.", err=True)
        return []
    return machine.urls(web["web.listen"], web["web.url"])
