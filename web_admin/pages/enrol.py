# SPDX-License-Identifier: Apache-2.0
"""Pages of enrolment: which way, by upload, and many people at once."""

from flask import url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from daemon.errors import BadArchive, BadName, LookAlikeName, NoSuchPerson
from daemon.types import Scope
from web_admin import limits
from web_admin.conditions import request_key
from web_admin.context import service
from web_admin.forms import photos
from web_admin.frame import Api
from web_admin.pages import answers
from web_admin.pages.frame import HTML, done, is_htmx, page, refuse
from web_admin.schemas.conditions import IdempotencyHeader
from web_admin.schemas.enrol_pages import FaceForm, ImportPageForm, UploadForm, WhoView

pages = Api("enrol_pages", url_prefix=None)


@pages.serve("GET /enrol", Scope.ENROL, HTML)
def choose_way() -> str:
    """Which way to enrol somebody."""
    return page("enrol/choose.html")


@pages.serve("GET /enrol/upload", Scope.ENROL, HTML, (NoSuchPerson, BadName))
def show_upload(query: WhoView) -> str:
    """Enrol somebody from pictures."""
    return page("enrol/upload.html", **who(query))


@pages.serve("POST /enrol/upload", Scope.ENROL, HTML, (BadName, LookAlikeName))
def enrol(header: IdempotencyHeader, form: UploadForm) -> str:
    """Enrol somebody from pictures, with an answer for each."""
    pictures = [photo for photo in photos(form.image) if photo.data]
    if not pictures:
        refuse("enrol.no_picture")
    if len(pictures) > 1 and header.idempotency_key is not None:
        raise BadRequest("With an Idempotency-Key one picture at a time is taken.")
    given = [answers.of_photo(photo, form.name, request_key(header, form, [photo])) for photo in pictures]
    return _told(given, form.name)


@pages.serve("POST /enrol/face", Scope.ENROL, HTML, (BadName, LookAlikeName))
def label_region(header: IdempotencyHeader, form: FaceForm) -> str:
    """Enrol one of the faces of a picture, or one that was refused."""
    given = answers.of_region(
        form.region, form.title, form.name, force=form.force == "1", request=request_key(header, form, [])
    )
    return _told([given], form.name)


@pages.serve("GET /import", Scope.ENROL, HTML)
def show_import() -> str:
    """Enrol many people at once."""
    return page("enrol/import.html")


@pages.serve("POST /import", Scope.ENROL, HTML, (BadArchive,), body_bytes=limits.UPLOAD_BYTES)
def import_pictures(form: ImportPageForm) -> Response:
    """Enrol from a zip, in a job."""
    if not form.archive.filename:
        refuse("enrol.import.no_file")
    job = service().jobs.import_zip(form.archive.stream, force=form.force == "1")
    return done(url_for("jobs_pages.show_job", job_id=job.id))


def who(query: WhoView) -> dict[str, object]:
    """Of whom a page asks the name: of those who are there, and the one who is chosen."""
    whod = service()
    chosen = whod.find(query.person) if query.person else None
    return {"chosen": chosen, "names": [person.name for person in whod.people()]}


def _told(given: list[answers.Answer], name: str) -> str:
    person = next((answer.person for answer in given if answer.person), None)
    template = "enrol/_answers.html" if is_htmx() else "enrol/answers.html"
    return page(template, answers=given, name=name, person=person)
