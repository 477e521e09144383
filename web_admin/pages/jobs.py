# SPDX-License-Identifier: Apache-2.0
"""Pages of long work: what is under way, what came of it, and training."""

from datetime import UTC, datetime

from flask import Response, make_response, request, url_for
from flask.sansio.blueprints import BlueprintSetupState

from daemon.errors import InputError, NoSuchJob, NoSuchPerson
from daemon.types import Job, JobKind, JobState, Problem, Scope
from web_admin.context import service
from web_admin.frame import Api
from web_admin.guard import require
from web_admin.pages.frame import HTML, done, page
from web_admin.pages.problems import sentence
from web_admin.schemas.jobs import JobPath, ReportQuery, RunningQuery, TrainForm

pages = Api("jobs_pages", url_prefix=None)

_LINES = 100
"""Of a report, on one page."""


@pages.serve("GET /jobs", Scope.READ, HTML)
def show_jobs() -> str:
    """What is under way, and what was done."""
    jobs = service().jobs.all()
    return page(
        "jobs/list.html",
        waiting=[job for job in reversed(jobs) if not job.state.ended],
        ended=[job for job in jobs if job.state.ended],
    )


@pages.serve("GET /jobs/running", Scope.READ, HTML)
def show_running_job(query: RunningQuery) -> str:
    """What is under way now, in small; or what became of the job that was."""
    job = _running() or next((job for job in service().jobs.all() if job.id == query.was), None)
    return page("jobs/_running.html", ran=job)


@pages.serve("GET /jobs/<job_id>", Scope.READ, HTML, (NoSuchJob,))
def show_job(path: JobPath, query: ReportQuery) -> str:
    """A job, with its report."""
    job = _of(path)
    problems = query.only == "problems"
    lines = service().jobs.lines(job.id, query.after, problems=problems)
    return page(
        "jobs/job.html",
        job=job,
        lines=lines[:_LINES],
        more=len(lines) > _LINES,
        after=query.after,
        problems=problems,
        any_problem=next(iter(service().jobs.lines(job.id, problems=True)), None) is not None,
    )


@pages.serve("GET /jobs/<job_id>/progress", Scope.READ, HTML, (NoSuchJob,))
def show_progress(path: JobPath) -> Response:
    """How far it is; at its end the page around is to be loaded again."""
    job = _of(path)
    response = make_response(page("jobs/_progress.html", job=job))
    if job.state.ended:
        response.headers["HX-Refresh"] = "true"
    return response


@pages.serve("POST /jobs/<job_id>/cancel", Scope.ENROL, HTML, (NoSuchJob,))
def cancel_job(path: JobPath) -> Response:
    """Cancel a job. Any but an import needs `admin`."""
    if service().jobs.get(path.job_id).kind is not JobKind.IMPORT:
        require(Scope.ADMIN)
    job = service().jobs.cancel(path.job_id)
    return done(url_for("jobs_pages.show_job", job_id=job.id), "jobs.cancelling")


@pages.serve("POST /jobs/train", Scope.ADMIN, HTML, (NoSuchPerson, InputError))
def train(form: TrainForm) -> Response:
    """Begin a training."""
    job = service().jobs.train(form.person or None)
    return done(url_for("jobs_pages.show_job", job_id=job.id))


@pages.serve("POST /jobs/re-embed", Scope.ADMIN, HTML)
def re_embed() -> Response:
    """Begin to embed the pictures of another model again."""
    return done(url_for("jobs_pages.show_job", job_id=service().jobs.re_embed().id))


def _running_job() -> Job | None:
    """For pages that show in small what runs: not those that are about jobs."""
    return None if request.path.startswith(("/jobs", "/backup/")) else _running()


def _problem_text(slug: str, detail: str) -> str:
    """What is wrong, in the reader's language."""
    return sentence(Problem(slug, detail).error())


@pages.record_once
def _outfit(state: BlueprintSetupState) -> None:
    """Give the templates what they need besides, in macros too."""
    state.app.jinja_env.globals.update(running_job=_running_job, problem_text=_problem_text, now_utc=_now)


def _running() -> Job | None:
    """The job that runs, else the first that waits."""
    waiting = [job for job in service().jobs.all() if not job.state.ended]
    return next((job for job in waiting if job.state is JobState.RUNNING), waiting[-1] if waiting else None)


def _of(path: JobPath) -> Job:
    """A job. What a restore tells needs `admin`."""
    job = service().jobs.get(path.job_id)
    if job.kind is JobKind.RESTORE:
        require(Scope.ADMIN)
    return job


def _now() -> datetime:
    return datetime.now(UTC)
