# SPDX-License-Identifier: Apache-2.0
"""`whod bench`: how fast this machine is."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from daemon.cli.context import ETC, listens
from daemon.cli.private_broker import find_mosquitto, private_broker
from daemon.errors import BrokerError

if TYPE_CHECKING:
    from daemon.benchmark import Report
    from daemon.cli.context import Context


@click.command()
@click.option("--json", "as_json", is_flag=True)
@click.option("--quick", is_flag=True, help="A few seconds only, and rougher figures.")
@click.pass_obj
def bench(context: Context, *, as_json: bool, quick: bool) -> None:
    """Measure this machine: a frame's way stage by stage, the models, the search; needs no camera and no broker."""
    runs = listens(context.socket)
    report = _measure(context, quick=quick)
    if runs:
        warning = "The daemon runs on this machine too: its work and this measurement slow each other down."
        report = dataclasses.replace(report, warnings=(warning, *report.warnings))
    if as_json:
        click.echo(json.dumps(report.as_json(), ensure_ascii=False, indent=1))
        return
    from daemon.cli.bench_text import as_text  # noqa: PLC0415

    click.echo(as_text(report, context.config or ETC, getattr(sys.stdout, "encoding", None) or "ascii"))


def _measure(context: Context, *, quick: bool) -> Report:
    from daemon.benchmark import FULL, QUICK, measure  # noqa: PLC0415
    from daemon.vision import models_folder  # noqa: PLC0415

    with contextlib.ExitStack() as stack:
        broker = _broker(stack)
        return measure(models_folder(), context.settings, broker, QUICK if quick else FULL, _say)


def _broker(stack: contextlib.ExitStack) -> int | str:
    """The port of a broker that ends with `stack`, or why there is none."""
    program = find_mosquitto()
    if program is None:
        return "mosquitto is not installed"
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="whod-"))
    try:
        return stack.enter_context(private_broker(program, Path(folder)))
    except BrokerError as error:
        return str(error)


def _say(what: str) -> None:
    if sys.stderr.isatty():
        click.echo(f"Measuring {what} …", err=True)
