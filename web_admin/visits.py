# SPDX-License-Identifier: Apache-2.0
"""Past visits: `/api/v1/sightings` and `/api/v1/replay`."""

from flask import Response, jsonify
from werkzeug.exceptions import BadRequest

from daemon.errors import BadName, BadTrial, LookAlikeName, NoFaceKept, NoSuchPerson, NoSuchVisit
from daemon.types import Outcome, Scope, Trial
from web_admin.context import service
from web_admin.forms import photos
from web_admin.frame import Api, Media
from web_admin.inputs import parsed
from web_admin.paging import answer
from web_admin.people import REFUSALS
from web_admin.schemas.people import Enrolment
from web_admin.schemas.visits import (
    Explanation,
    NamedRecord,
    NotBody,
    RefPath,
    ReplayForm,
    ReplayReport,
    SightingList,
    SightingRecord,
    TrialFields,
    VisitsQuery,
    WasBody,
)

api = Api("visits", "Past visits.")


@api.serve("GET /sightings", Scope.READ, SightingList, (NoSuchPerson, NoSuchVisit, BadName))
def sightings(query: VisitsQuery) -> Response:
    """The last visits, newest first."""
    found = service().visits.recent(
        query.limit + 1,
        query.after or query.before,
        query.person,
        Outcome(query.outcome) if query.outcome else None,
        since=query.since,
        until=query.until,
        corrected=query.corrected == "1",
    )
    return answer(found, query.limit, lambda visit: visit.sighting_id)


@api.serve("GET /sightings/<ref>", Scope.READ, SightingRecord, (NoSuchVisit,))
def find_visit(path: RefPath) -> Response:
    """A visit that has ended."""
    return jsonify(service().visits.find(path.ref).as_json())


@api.serve("GET /sightings/<ref>/crop.jpg", Scope.READ, Media("image/jpeg"), (NoSuchVisit, NoFaceKept))
def visit_crop(path: RefPath) -> Response:
    """The picture of the face of a visit; only those of unknown visitors are kept."""
    return Response(service().visits.crop(path.ref), mimetype="image/jpeg")


@api.serve("GET /sightings/<ref>/explanation", Scope.READ, Explanation, (NoSuchVisit,))
def explain(path: RefPath) -> Response:
    """Why a visitor was decided on as they were."""
    return jsonify([account.as_json() for account in service().visits.explain(path.ref)])


@api.serve(
    "POST /sightings/<ref>/not", Scope.ENROL, Enrolment, (NoSuchVisit, NoFaceKept, NoSuchPerson, BadName, *REFUSALS)
)
def disown_visit(path: RefPath, body: NotBody) -> Response:
    """This visit was not the person it was said to be."""
    return jsonify(service().visits.disown(body.person, path.ref).as_json())


@api.serve(
    "POST /sightings/<ref>/person",
    Scope.ENROL,
    NamedRecord,
    (NoSuchVisit, NoFaceKept, BadName, LookAlikeName, *REFUSALS),
)
def correct_visit(path: RefPath, body: WasBody) -> Response:
    """This visit was that of somebody else."""
    return jsonify(service().visits.correct(path.ref, body.person).as_json())


@api.serve(
    "POST /replay",
    Scope.READ,
    ReplayReport,
    (BadTrial, BadName, LookAlikeName, NoSuchPerson, NoSuchVisit, NoFaceKept, *REFUSALS),
)
def replay(form: ReplayForm) -> Response:
    """What other settings and more samples would have made of past visits."""
    return jsonify(service().visits.replay(_trial(form)).as_json())


def _trial(form: ReplayForm) -> Trial:
    asked = parsed(TrialFields, form.trial, "trial")
    pictures = photos(form.image) if asked.names else []
    if len(asked.names) != len(pictures):
        raise BadRequest("In 'trial' there must be a name in 'names' for each file in the field 'image'.")
    return Trial(
        asked.last,
        tuple(asked.settings),
        tuple(zip(asked.names, pictures, strict=True)),
        tuple((who, ref) for who, ref in asked.disowned),
        tuple((who, ref) for who, ref in asked.corrected),
    )
