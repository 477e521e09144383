# SPDX-License-Identifier: Apache-2.0
"""Unknown visitors: `/api/v1/unknowns`."""

from flask import Response, jsonify

from daemon.errors import BadName, LookAlikeName, NameTaken, NoFaceKept, NoSuchPerson, NoSuchVisit
from daemon.types import Scope
from web_admin.context import service
from web_admin.frame import Api, Media
from web_admin.paging import page_of
from web_admin.people import REFUSALS
from web_admin.schemas.common import PageQuery
from web_admin.schemas.visits import (
    AssignAllBody,
    AssignBody,
    ForgetAllBody,
    ForgottenAllRecord,
    NamedAllRecord,
    NamedRecord,
    RefPath,
    UnknownList,
    UnknownRecord,
)

api = Api("unknowns", "Unknown visitors.", "/api/v1/unknowns")

ASSIGNING = (NoSuchVisit, NoFaceKept, NoSuchPerson, BadName, NameTaken, LookAlikeName, *REFUSALS)
"""What naming one can raise."""


@api.serve("GET ", Scope.READ, UnknownList)
def unknowns(query: PageQuery) -> Response:
    """Those whose faces are kept, grouped by likeness."""
    return page_of(service().unknowns.all(), query, lambda unknown: unknown.id)


@api.serve("POST /assign", Scope.ENROL, NamedAllRecord, ASSIGNING)
def assign_unknowns(body: AssignAllBody) -> Response:
    """Say of several that they are one person, or that each comes often."""
    done = service().unknowns.assign_all(body.ids, _who(body), familiar=bool(body.familiar))
    return jsonify(done.as_json())


@api.serve("POST /forget", Scope.ADMIN, ForgottenAllRecord, (NoSuchVisit,))
def forget_unknowns(body: ForgetAllBody) -> Response:
    """Keep nothing more of several faces."""
    return jsonify(service().unknowns.forget_all(body.ids).as_json())


@api.serve("GET /<ref>", Scope.READ, UnknownRecord, (NoSuchVisit,))
def find_unknown(path: RefPath) -> Response:
    """One of them."""
    return jsonify(service().unknowns.find(path.ref).as_json())


@api.serve("GET /<ref>/crop.jpg", Scope.READ, Media("image/jpeg"), (NoSuchVisit, NoFaceKept))
def crop(path: RefPath) -> Response:
    """The best picture of a face."""
    return Response(service().unknowns.crop(path.ref), mimetype="image/jpeg")


@api.serve("POST /<ref>/assign", Scope.ENROL, NamedRecord, ASSIGNING)
def assign(path: RefPath, body: AssignBody) -> Response:
    """Say who it is."""
    done = service().unknowns.assign(path.ref, _who(body), familiar=bool(body.familiar))
    return jsonify(done.as_json())


@api.serve("DELETE /<ref>", Scope.ADMIN, UnknownRecord, (NoSuchVisit, NoFaceKept))
def forget_unknown(path: RefPath) -> Response:
    """Keep nothing more of a face."""
    return jsonify(service().unknowns.forget(path.ref).as_json())


def _who(body: AssignBody) -> str | None:
    return body.name if body.person_id is None else service().find(body.person_id).id
