# SPDX-License-Identifier: Apache-2.0
"""Long work: `whod jobs`, `whod train`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from daemon.cli.files import one_line
from daemon.cli.following import follow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from daemon.cli.context import Context
    from daemon.service import JobsApi
    from daemon.types import Job

_json = click.option("--json", "as_json", is_flag=True)


@click.command()
@click.argument("job_id", metavar="[ID]", required=False)
@click.option("--cancel", metavar="ID", help="End this job; what it has done stays.")
@_json
@click.pass_obj
def jobs(context: Context, job_id: str | None, cancel: str | None, *, as_json: bool) -> None:
    """List long work, newest first; with an ID show that job and its report."""
    if job_id and cancel:
        raise click.UsageError("Name a job to look at or one to cancel, not both.")
    with context.people() as api:
        if job_id:
            _show(api.jobs, api.jobs.get(job_id), as_json=as_json)
            return
        found = [api.jobs.cancel(cancel)] if cancel else api.jobs.all()
    if as_json:
        records = [job.as_json() for job in found]
        click.echo(json.dumps(records[0] if cancel else records, ensure_ascii=False, indent=1))
        return
    for job in found:
        click.echo(_summary(job))
    if not found:
        click.echo("There is no long work, and was none lately.", err=True)


@click.command()
@click.argument("person", metavar="[NAME]", required=False)
@click.option("--prototypes", type=int, metavar="K", help="Samples of each person that are searched.")
@click.option("--re-embed", is_flag=True, help="Embed the pictures kept with samples of another model.")
@_json
@click.pass_obj
def train(context: Context, person: str | None, prototypes: int | None, *, re_embed: bool, as_json: bool) -> None:
    """Choose anew which samples of a person, or of everybody, are searched; and measure."""
    if re_embed and (person or prototypes):
        raise click.UsageError("--re-embed is for all samples: give no name and no --prototypes.")
    told: list[dict[str, Any]] = []
    with context.people() as api:
        job = api.jobs.re_embed() if re_embed else api.jobs.train(person, prototypes)
        job = follow(api.jobs, job, told.append)
    if as_json:
        click.echo(json.dumps({**(job.result or {}), "report": told}, ensure_ascii=False, indent=1))
        return
    for record in told:
        click.echo(one_line(_told(record)))
    for sentence in _sentences(job.result or {}):
        click.echo(sentence)


def _show(api: JobsApi, job: Job, *, as_json: bool) -> None:
    lines, last = [], 0
    while more := api.lines(job.id, last):
        lines += [line.record for line in more]
        last = more[-1].number
    if as_json:
        click.echo(json.dumps({**job.as_json(), "report": lines}, ensure_ascii=False, indent=1))
        return
    click.echo(_summary(job))
    for record in lines:
        click.echo(one_line(_told(record)))


def _summary(job: Job) -> str:
    count = f"{job.done}/{job.total}" if job.total is not None else ""
    words = job.error.detail if job.error else job.note
    line = (
        f"{job.id}  {job.created_at.astimezone():%Y-%m-%d %H:%M}  {job.kind:<8}  {job.state:<9}  {count:>11}  {words}"
    )
    return one_line(line.rstrip())


def _told(record: dict[str, Any]) -> str:
    """A line of a report, for a person."""
    if "path" in record:
        return f"{record['path']}: {record['detail'] or record['change']}"
    if "searched" in record:
        return f"{record['name']}: {record['searched']} samples searched, {record['set_aside']} set aside"
    if record.get("reason") == "enrol-again":
        return f"{record['name']} has to be enrolled again: no picture that could be embedded anew is kept."
    return json.dumps(record, ensure_ascii=False)


def _sentences(result: dict[str, Any]) -> Iterator[str]:
    """What came of a training, or of a re-embedding."""
    if alike := result.get("alike"):
        yield (
            f"{alike['tested']} samples were looked for without themselves: {alike['missed']} missed, "
            f"{alike['mistaken']} mistaken; {sum(alike['warnings'].values())} warnings (whod alike)."
        )
        if alike["threshold"] is not None:
            percent = 100 * alike["false_accept"]
            yield f"gallery.threshold = {alike['threshold']:.3f} names at most {percent:g} % of strangers' pictures."
    if "re_embedded" in result:
        left = result["no_face"] + result["without_picture"]
        yield f"{result['re_embedded']} samples embedded anew, {left} left as they are."
