# SPDX-License-Identifier: Apache-2.0
"""The group with its global options, and how errors leave it."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import MutableMapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from daemon.cli.context import Context, default_config, default_state_dir
from daemon.cli.files import PATH, one_line
from daemon.config import load
from daemon.errors import ConfigError, WhodError
from daemon.quiet import let_through

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from daemon.cli.context import RunDaemon


class _Commands(MutableMapping[str, click.Command]):
    """Commands by name; where one is told by its place, it is imported when it is asked for: a run needs one only."""

    def __init__(self, places: dict[str, str]) -> None:
        self._held: dict[str, str | click.Command] = {**places}

    def __getitem__(self, name: str) -> click.Command:
        held = self._held[name]
        if isinstance(held, str):
            module, _, function = held.partition(":")
            self._held[name] = held = getattr(import_module(f"daemon.cli.{module}"), function)
        return held

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._held[name] = command

    def __delitem__(self, name: str) -> None:
        del self._held[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)


_COMMANDS = _Commands(
    {
        "run": "run:run",
        "try": "try_:try_",
        "embed": "pictures:embed",
        "enrol": "people:enrol",
        "import": "imports:import_",
        "people": "people:people",
        "samples": "samples:samples",
        "not": "samples:not_",
        "familiar": "samples:familiar",
        "visits": "visits:visits",
        "explain": "visits:explain",
        "unknowns": "unknowns:unknowns",
        "replay": "visits:replay",
        "alike": "alike:alike",
        "rename": "people:rename",
        "merge": "people:merge",
        "forget": "people:forget",
        "train": "jobs:train",
        "jobs": "jobs:jobs",
        "groups": "groups:groups",
        "undo": "undo:undo",
        "identify": "pictures:identify",
        "admin": "admin:admin",
        "token": "tokens:token",
        "evaluate": "evaluate:evaluate",
        "bench": "bench:bench",
        "backup": "backups:backup",
        "restore": "backups:restore",
        "backups": "backups:backups",
        "settings": "settings:settings",
        "doctor": "doctor:doctor",
    }
)


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


def _say_version(ctx: click.Context, _: click.Parameter, asked: bool) -> None:  # noqa: FBT001
    if asked:
        from daemon import __version__, release  # noqa: PLC0415

        name = release.name()
        click.echo(f"whod, version {__version__}" + (f" (release {name})" if name else ""))
        ctx.exit()


@click.group(cls=Whod, commands=_COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    type=PATH,
    help="Settings file. [default: /etc/whod/config.toml]",
)
@click.option("--state-dir", type=PATH, help="Where people and visits are kept.")
@click.option("--set", "overrides", multiple=True, metavar="SECTION.KEY=VALUE", help="One setting, over the file's.")
@click.option("--version", is_flag=True, expose_value=False, is_eager=True, callback=_say_version, help="Show it.")
@click.pass_context
def whod(ctx: click.Context, config: Path | None, state_dir: Path | None, overrides: tuple[str, ...]) -> None:
    """Who is at the door: identifies people on this device, and tells it over MQTT."""
    run_daemon: RunDaemon = ctx.obj
    config = config or default_config()
    state_dir = state_dir or default_state_dir()
    loaded = load(config, overrides, state_dir)
    if loaded.settings.log.libraries:
        let_through()
    ctx.obj = Context(loaded, config, state_dir, run_daemon)
