# SPDX-License-Identifier: Apache-2.0
"""Samples of a person: `/api/v1/people/<id>/samples`."""

from dataclasses import asdict
from http import HTTPStatus

from flask import Response, jsonify

from daemon.errors import BadName, Changed, KeyReused, LastSample, NoPictureKept, NoSuchPerson, NoSuchSample
from daemon.types import SampleKind, Scope
from web_admin.conditions import expected, request_key
from web_admin.context import service
from web_admin.forms import photos
from web_admin.frame import Api, Media
from web_admin.paging import page_of
from web_admin.people import REFUSALS
from web_admin.schemas.common import PageQuery, Person, PersonPath
from web_admin.schemas.conditions import AddHeader, MatchHeader
from web_admin.schemas.people import Enrolment, Removed
from web_admin.schemas.samples import SampleList, SamplePath, SamplesForm

api = Api("samples", "What is kept of people's faces.", "/api/v1/people/<person_id>/samples")


@api.serve("GET ", Scope.READ, SampleList, (NoSuchPerson, BadName))
def list_samples(path: PersonPath, query: PageQuery) -> Response:
    """What is kept of a person's face."""
    return page_of(service().samples(path.person_id), query, lambda sample: sample.id)


@api.serve("POST ", Scope.ENROL, {201: Enrolment}, (NoSuchPerson, BadName, Changed, KeyReused, *REFUSALS))
def add_samples(path: PersonPath, header: AddHeader, form: SamplesForm) -> tuple[Response, HTTPStatus]:
    """Pictures of a person, or, as counter-examples, of somebody else: all or none."""
    pictures = photos(form.image)
    enrolment = service().add_samples(
        path.person_id,
        SampleKind(form.kind),
        pictures,
        form.source,
        force=form.force == "1",
        request=request_key(header, form, pictures),
        expected=expected(header, path.person_id),
    )
    return jsonify(enrolment.as_json()), HTTPStatus.CREATED


@api.serve(
    "GET /<sample_id>/picture.jpg",
    Scope.READ,
    Media("image/jpeg"),
    (NoSuchPerson, NoSuchSample, NoPictureKept, BadName),
)
def sample_picture(path: SamplePath) -> Response:
    """The picture that is kept with a sample: the face with some room around it."""
    return Response(service().picture(path.person_id, path.sample_id), mimetype="image/jpeg")


@api.serve("DELETE /<sample_id>", Scope.ADMIN, Removed, (NoSuchPerson, NoSuchSample, BadName, LastSample, Changed))
def delete_sample(path: SamplePath, header: MatchHeader) -> Response:
    """Remove a sample."""
    version = expected(header, path.person_id)
    return jsonify(service().delete_sample(path.person_id, path.sample_id, expected=version).as_json())


@api.serve("POST /<sample_id>/restore", Scope.ENROL, Person, (NoSuchPerson, NoSuchSample, BadName, Changed))
def restore_sample(path: SamplePath, header: MatchHeader) -> Response:
    """Search a sample again that was set aside."""
    version = expected(header, path.person_id)
    return jsonify(asdict(service().restore_sample(path.person_id, path.sample_id, expected=version)))
