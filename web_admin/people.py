# SPDX-License-Identifier: Apache-2.0
"""Enrolment and people: `/api/v1/enrol`, `/api/v1/people`."""

from dataclasses import asdict
from http import HTTPStatus

from flask import Response, jsonify

from daemon.errors import (
    BadName,
    Changed,
    DuplicatePhoto,
    FaceCountError,
    FacesDisagree,
    KeyReused,
    LookAlikeName,
    ModelMismatch,
    NameTaken,
    NoPictureKept,
    NoSuchPerson,
    OtherPerson,
    PhotoError,
    PhotoTooLarge,
    PoorPhoto,
    SamePerson,
)
from daemon.types import Change, Scope
from web_admin.conditions import expected, request_key, tagged
from web_admin.context import service
from web_admin.forms import photos
from web_admin.frame import Api, Media
from web_admin.paging import page_of
from web_admin.schemas.common import Person, PersonPath
from web_admin.schemas.conditions import IdempotencyHeader, MatchHeader, NoneMatchHeader
from web_admin.schemas.people import (
    EnrolForm,
    Enrolment,
    MergeBody,
    NewPerson,
    People,
    PeopleQuery,
    PersonChange,
    PersonRecord,
    Receipt,
    ReceiptOfAll,
    Removed,
)

api = Api("people", "Who is enrolled.")

REFUSALS = (
    PhotoError, PhotoTooLarge, PoorPhoto, FaceCountError, DuplicatePhoto, OtherPerson, FacesDisagree, ModelMismatch,
)  # fmt: skip
"""Why pictures are not enrolled."""


@api.serve(
    "POST /enrol", Scope.ENROL, {200: Enrolment, 201: Enrolment}, (BadName, LookAlikeName, KeyReused, *REFUSALS)
)
def enrol(header: IdempotencyHeader, form: EnrolForm) -> tuple[Response, HTTPStatus]:
    """Create or update the person of the form's `name` with its pictures: all or none."""
    pictures = photos(form.image)
    enrolment = service().enrol(
        form.name, pictures, form.source, force=form.force == "1", request=request_key(header, form, pictures)
    )
    created = enrolment.change is Change.CREATED
    return jsonify(enrolment.as_json()), HTTPStatus.CREATED if created else HTTPStatus.OK


@api.serve("GET /people", Scope.READ, People, (NoSuchPerson, BadName))
def people(query: PeopleQuery) -> Response:
    """Everyone, or only the one whose id or name is `ref`."""
    person_id = None if query.ref is None else service().find(query.ref).id
    found = [person for person in service().people() if person_id in (None, person.id)]
    return page_of(found, query, lambda person: person.id)


@api.serve("GET /people/<person_id>", Scope.READ, {200: PersonRecord, 304: None}, (NoSuchPerson, BadName))
def show_person(path: PersonPath, header: NoneMatchHeader) -> Response:  # noqa: ARG001  declared for the document
    """One person; the header `ETag` is their version."""
    return tagged(service().person(path.person_id))


@api.serve(
    "GET /people/<person_id>/face.jpg", Scope.READ, Media("image/jpeg"), (NoSuchPerson, NoPictureKept, BadName)
)
def person_face(path: PersonPath) -> Response:
    """The best picture that is kept of a person, small."""
    return Response(service().face(path.person_id), mimetype="image/jpeg")


@api.serve("POST /people", Scope.ENROL, {201: Person}, (BadName, LookAlikeName, NameTaken))
def create_person(body: NewPerson) -> tuple[Response, HTTPStatus]:
    """Add a person without samples; `enrol` does it with pictures."""
    return jsonify(asdict(service().create(body.name, familiar=body.familiar))), HTTPStatus.CREATED


@api.serve(
    "PATCH /people/<person_id>", Scope.ADMIN, Person, (NoSuchPerson, BadName, NameTaken, LookAlikeName, Changed)
)
def change_person(path: PersonPath, header: MatchHeader, body: PersonChange) -> Response:
    """Give a person another name, or say whether they are familiar, or both: all or nothing."""
    version = expected(header, path.person_id)
    changed = service().change(path.person_id, body.name, familiar=body.familiar, expected=version)
    return jsonify(asdict(changed))


@api.serve("POST /people/<person_id>/merge", Scope.ADMIN, Removed, (NoSuchPerson, BadName, SamePerson, Changed))
def merge_people(path: PersonPath, header: MatchHeader, body: MergeBody) -> Response:
    """Make a person one with another, who stays."""
    version = expected(header, path.person_id)
    return jsonify(service().merge(path.person_id, body.into, expected=version).as_json())


@api.serve("DELETE /people/<person_id>", Scope.ADMIN, Receipt, (NoSuchPerson, BadName, Changed))
def forget_person(path: PersonPath, header: MatchHeader) -> Response:
    """Remove a person and all that is known of their face."""
    version = expected(header, path.person_id)
    return jsonify(service().forget(path.person_id, expected=version).as_json())


@api.serve("DELETE /people", Scope.ADMIN, ReceiptOfAll, confirm=True)
def forget_everybody() -> Response:
    """Remove everybody, with all visits, jobs and backups."""
    return jsonify(service().forget_all().as_json())
