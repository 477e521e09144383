# SPDX-License-Identifier: Apache-2.0
"""Commands about the API's tokens."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from daemon.types import Scope

if TYPE_CHECKING:
    from daemon.cli.context import Context
    from daemon.types import Token


@click.group(subcommand_metavar="COMMAND…")
def token() -> None:
    """Tokens for the API on TCP: make, list, revoke; and what was changed with them."""


@token.command()
@click.argument("name")
@click.option("--scope", type=click.Choice([scope.value for scope in Scope]), required=True, help="What it allows.")
@click.option("--days", type=click.IntRange(1, 3650), help="After how many days it expires. [default: never]")
@click.pass_obj
def create(context: Context, name: str, scope: str, days: int | None) -> None:
    """Make a token; NAME says what it is for. What the bearer sends is printed, this once."""
    with context.tokens() as api:
        made = api.create(name, Scope(scope), days)
    click.echo(made.bearer)
    click.echo(
        f"Send it as Authorization: Bearer … It is not shown again; whod token revoke {made.token.id} ends it.",
        err=True,
    )


@token.command("list")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def list_(context: Context, *, as_json: bool) -> None:
    """Tokens that were not revoked."""
    with context.tokens() as api:
        tokens = api.all()
    if as_json:
        click.echo(json.dumps([token.as_json() for token in tokens], ensure_ascii=False, indent=1))
        return
    for found in tokens:
        click.echo(_line(found))
    if not tokens:
        click.echo("There is no token.", err=True)


@token.command()
@click.argument("token_id", metavar="ID")
@click.pass_obj
def revoke(context: Context, token_id: str) -> None:
    """Take a token back: it stops at once."""
    with context.tokens() as api:
        gone = api.revoke(token_id)
    click.echo(f"{gone.name} is revoked ({gone.id})")


@token.command()
@click.option("--last", type=click.IntRange(1, 1000), default=100, show_default=True, help="How many.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def audit(context: Context, last: int, *, as_json: bool) -> None:
    """What was changed over HTTP, by which token or over the socket; the newest first."""
    with context.tokens() as api:
        deeds = api.deeds(last)
    if as_json:
        click.echo(json.dumps([deed.as_json() for deed in deeds], indent=1))
        return
    for deed in deeds:
        click.echo(f"{deed.at.astimezone():%Y-%m-%d %H:%M:%S}  {deed.who:<8}  {deed.action}  {deed.target}".rstrip())


def _line(found: Token) -> str:
    used = f"last used {found.last_used_at.astimezone():%Y-%m-%d %H:%M}" if found.last_used_at else "never used"
    expires = f"  expires {found.expires_at.astimezone():%Y-%m-%d %H:%M}" if found.expires_at else ""
    return f"{found.id}  {found.scope:<5}  {used}{expires}  {found.name}"
