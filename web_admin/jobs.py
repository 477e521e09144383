# SPDX-License-Identifier: Apache-2.0
"""Long work: `/api/v1/imports`, `/api/v1/train`, `/api/v1/jobs`."""

from http import HTTPStatus

from flask import Response, jsonify, request

from daemon.errors import BadArchive, BadName, InputError, NoSuchJob, NoSuchPerson
from daemon.types import Job, JobKind, Scope
from web_admin import limits
from web_admin.context import service
from web_admin.frame import Api
from web_admin.guard import require
from web_admin.paging import page_of
from web_admin.schemas.common import PageQuery
from web_admin.schemas.jobs import (
    ImportForm,
    ImportQuery,
    JobLineList,
    JobList,
    JobPath,
    JobRecord,
    LinesQuery,
    TrainBody,
)

api = Api("jobs", "Long work: imports, trainings, backups. One job at a time is done, in the order of the calls.")


@api.serve(
    "POST /imports",
    Scope.ENROL,
    {202: JobRecord},
    (BadArchive,),
    raw=("application/zip",),
    body_bytes=limits.UPLOAD_BYTES,
)
def import_pictures(query: ImportQuery, form: ImportForm | None) -> tuple[Response, HTTPStatus]:
    """Enrol from a zip with a folder for each person, in a job."""
    archive = request.stream if form is None else form.archive.stream
    return begun(service().jobs.import_zip(archive, force=query.force == "1"))


@api.serve("POST /train", Scope.ADMIN, {202: JobRecord}, (NoSuchPerson, BadName, InputError))
def train(body: TrainBody) -> tuple[Response, HTTPStatus]:
    """Choose anew which samples of a person, or of everybody, are searched, and measure, in a job."""
    jobs = service().jobs
    return begun(jobs.re_embed() if body.re_embed else jobs.train(body.person, body.prototypes))


@api.serve("GET /jobs", Scope.READ, JobList)
def list_jobs(query: PageQuery) -> Response:
    """All jobs that are kept, newest first."""
    return page_of(service().jobs.all(), query, lambda job: job.id)


@api.serve("GET /jobs/<job_id>", Scope.READ, JobRecord, (NoSuchJob,))
def get_job(path: JobPath) -> Response:
    """A job as it is now."""
    return jsonify(service().jobs.get(path.job_id).as_json())


@api.serve("GET /jobs/<job_id>/lines", Scope.READ, JobLineList, (NoSuchJob,))
def list_job_lines(path: JobPath, query: LinesQuery) -> Response:
    """The next lines of a job's report, at most 1000. A restore's tell who is in a backup, and need `admin`."""
    if service().jobs.get(path.job_id).kind is JobKind.RESTORE:
        require(Scope.ADMIN)
    lines = service().jobs.lines(path.job_id, query.after, problems=query.problems == "1")
    return jsonify([line.as_json() for line in lines])


@api.serve("DELETE /jobs/<job_id>", Scope.ENROL, JobRecord, (NoSuchJob,))
def cancel_job(path: JobPath) -> Response:
    """Cancel a job: it ends soon, and what it has done stays. Any but an import needs `admin`."""
    if service().jobs.get(path.job_id).kind is not JobKind.IMPORT:
        require(Scope.ADMIN)
    return jsonify(service().jobs.cancel(path.job_id).as_json())


def begun(job: Job) -> tuple[Response, HTTPStatus]:
    """The answer to a call that began a job, with where it can be looked at."""
    response = jsonify(job.as_json())
    response.headers["Location"] = f"/api/v1/jobs/{job.id}"
    return response, HTTPStatus.ACCEPTED
