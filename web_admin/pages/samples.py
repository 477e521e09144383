# SPDX-License-Identifier: Apache-2.0
"""What is done on the page of a person to samples, and what can be undone."""

from datetime import UTC, datetime

from flask import url_for
from werkzeug.wrappers import Response

from daemon.errors import BadName, LastSample, NameTaken, NoSuchPerson, NoSuchSample, NoSuchUndo
from daemon.types import SampleKind, Scope
from web_admin.context import service
from web_admin.forms import photos
from web_admin.frame import Api
from web_admin.pages.frame import HTML, done, page
from web_admin.people import REFUSALS
from web_admin.schemas.common import PersonPath
from web_admin.schemas.people_pages import CounterForm
from web_admin.schemas.samples import SamplePath
from web_admin.schemas.undo import UndoPath

pages = Api("samples_pages", url_prefix=None)


@pages.serve("POST /people/<person_id>/counter-examples", Scope.ENROL, HTML, (NoSuchPerson, BadName, *REFUSALS))
def add_samples(path: PersonPath, form: CounterForm) -> Response:
    """Pictures of somebody who is taken for this person."""
    taken = service().add_samples(path.person_id, SampleKind.NEGATIVE, photos(form.image))
    n = len(taken.sample_ids)
    return done(_person(path.person_id), "people.counter_added", n=n, name=taken.person.name)


@pages.serve(
    "POST /people/<person_id>/samples/<sample_id>/delete", Scope.ADMIN, HTML,
    (NoSuchPerson, NoSuchSample, BadName, LastSample),
)  # fmt: skip
def delete_sample(path: SamplePath) -> Response:
    """Remove a sample."""
    removal = service().delete_sample(path.person_id, path.sample_id)
    undo = removal.undo.id if removal.undo else ""
    return done(_person(path.person_id), "people.sample_removed", undo=undo)


@pages.serve(
    "POST /people/<person_id>/samples/<sample_id>/restore", Scope.ENROL, HTML, (NoSuchPerson, NoSuchSample, BadName)
)
def restore_sample(path: SamplePath) -> Response:
    """Search a sample again that was set aside."""
    service().restore_sample(path.person_id, path.sample_id)
    return done(_person(path.person_id), "people.sample_restored")


@pages.serve("GET /people/undo", Scope.READ, HTML)
def list_undos() -> str:
    """What can be undone."""
    whod = service()
    return page("people/undo.html", undos=whod.undos.all(), hours=whod.directory.undo_hours, now=datetime.now(UTC))


@pages.serve("POST /undo/<undo_id>", Scope.ADMIN, HTML, (NoSuchUndo, NameTaken))
def undo_change(path: UndoPath) -> Response:
    """Give back a sample to its person, or a person who was merged all that was theirs."""
    person = service().undos.undo(path.undo_id)
    return done(_person(person.id), "people.undone", name=person.name)


def _person(person_id: str) -> str:
    return url_for("people_pages.show_person", person_id=person_id)
