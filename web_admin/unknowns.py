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
from web_admin.schemas.visits import AssignBody, NamedRecord, RefPath, UnknownList, UnknownRecord

api = Api("unknowns", "Unknown visitors.", "/api/v1/unknowns")


@api.serve("GET ", Scope.READ, UnknownList)
def unknowns(query: PageQuery) -> Response:
    """Those whose faces are kept, grouped by likeness."""
    return page_of(service().unknowns.all(), query, lambda unknown: unknown.id)


@api.serve("GET /<ref>/crop.jpg", Scope.READ, Media("image/jpeg"), (NoSuchVisit, NoFaceKept))
def crop(path: RefPath) -> Response:
    """The best picture of a face."""
    return Response(service().unknowns.crop(path.ref), mimetype="image/jpeg")


@api.serve(
    "POST /<ref>/assign",
    Scope.ENROL,
    NamedRecord,
    (NoSuchVisit, NoFaceKept, NoSuchPerson, BadName, NameTaken, LookAlikeName, *REFUSALS),
)
def assign(path: RefPath, body: AssignBody) -> Response:
    """Say who it is."""
    who = service().find(body.person_id).id if body.person_id is not None else body.name
    return jsonify(service().unknowns.assign(path.ref, who).as_json())


@api.serve("DELETE /<ref>", Scope.ADMIN, UnknownRecord, (NoSuchVisit, NoFaceKept))
def forget_unknown(path: RefPath) -> Response:
    """Keep nothing more of a face."""
    return jsonify(service().unknowns.forget(path.ref).as_json())
