# SPDX-License-Identifier: Apache-2.0
"""The group with its global options, and how errors leave it."""

from __future__ import annotations

import errno
import os
import sys
from typing import TYPE_CHECKING, Any

import click

from daemon import __version__
from daemon.cli.context import Context, default_config, default_state_dir
from daemon.cli.doctor import doctor
from daemon.cli.evaluate import evaluate
from daemon.cli.files import PATH, one_line
from daemon.cli.people import enrol, forget, import_, merge, people, rename
from daemon.cli.pictures import embed, identify
from daemon.cli.run import run
from daemon.cli.try_ import try_
from daemon.config import load
from daemon.errors import ConfigError, WhodError
from daemon.quiet import let_through

if TYPE_CHECKING:
    from pathlib import Path

    from daemon.cli.context import RunDaemon


class Whod(click.Group):
    """Turns whod's errors into one sentence on stderr and their exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except ConfigError as error:
            for problem in error.problems:
                _complain(problem)
            sys.exit(error.exit_code)
        except WhodError as error:
            _complain(str(error))
            sys.exit(error.exit_code)
        except OSError as error:
            if error.errno not in _NO_ROOM:
                raise
            _complain(f"The results cannot be written: {error.strerror}.")
            os._exit(1)  # the interpreter would try to write them once more


_NO_ROOM = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EIO)


def _complain(sentence: str) -> None:
    """In one line, whatever stands in the names of files."""
    click.echo(f"whod: {one_line(sentence)}", err=True)


@click.group(cls=Whod, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    type=PATH,
    help="Settings file. [default: /etc/whod/config.toml]",
)
@click.option("--state-dir", type=PATH, help="Where people and visits are kept.")
@click.option("--set", "overrides", multiple=True, metavar="SECTION.KEY=VALUE", help="One setting, over the file's.")
@click.version_option(__version__, prog_name="whod")
@click.pass_context
def whod(ctx: click.Context, config: Path | None, state_dir: Path | None, overrides: tuple[str, ...]) -> None:
    """Who is at the door: identifies people on this device, and tells it over MQTT."""
    run_daemon: RunDaemon = ctx.obj
    loaded = load(config or default_config(), overrides)
    if loaded.settings.log.libraries:
        let_through()
    ctx.obj = Context(loaded, state_dir or default_state_dir(), run_daemon)


for command in (run, try_, embed, enrol, import_, people, rename, merge, forget, identify, evaluate, doctor):
    whod.add_command(command)
