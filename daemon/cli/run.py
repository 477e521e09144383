# SPDX-License-Identifier: Apache-2.0
"""`whod run`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from daemon.cli.context import Context


@click.command()
@click.pass_obj
def run(context: Context) -> None:
    """Run the daemon until SIGTERM or Ctrl-C."""
    sys.exit(context.run_daemon(context.loaded, context.state_dir))
