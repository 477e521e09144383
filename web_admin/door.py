# SPDX-License-Identifier: Apache-2.0
"""Enrolment at the camera: `/api/v1/door`."""

from dataclasses import asdict
from http import HTTPStatus

from flask import Response, jsonify

from daemon.errors import (
    BadName,
    Changed,
    DoorBusy,
    LookAlikeName,
    NoSuchCamera,
    NoSuchDoorSession,
    NoSuchPerson,
    NoSuchShot,
)
from daemon.types import Change, Scope
from web_admin import problems
from web_admin.context import service
from web_admin.frame import Api, Media
from web_admin.schemas.door import DoorBody, DoorEnrolBody, DoorEnrolled, DoorPath, DoorRecord, ShotPath

api = Api("door", "Enrolment of somebody who stands at the camera, one person at a time.", "/api/v1/door")


@api.serve("POST ", Scope.ENROL, {201: DoorRecord}, (BadName, LookAlikeName, NoSuchPerson, NoSuchCamera, DoorBusy))
def start_at_door(body: DoorBody) -> tuple[Response, HTTPStatus]:
    """Begin with a person."""
    who = service().find(body.person_id).id if body.person_id is not None else body.name or ""
    state = service().door.start(who, take_over=body.take_over, camera=body.camera)
    return jsonify(state.as_json()), HTTPStatus.CREATED


@api.serve("GET /<session_id>", Scope.ENROL, DoorRecord, (NoSuchDoorSession,))
def show_at_door(path: DoorPath) -> Response:
    """How far it is."""
    return jsonify(service().door.state(path.session_id).as_json())


@api.serve("POST /<session_id>/look", Scope.ENROL, DoorRecord, (NoSuchDoorSession, NoSuchCamera), is_deed=False)
def look_at_door(path: DoorPath) -> Response:
    """Look at the newest picture of the camera; a pose that is held is taken."""
    return jsonify(service().door.look(path.session_id).as_json())


@api.serve("GET /<session_id>/shots/<pose>.jpg", Scope.ENROL, Media("image/jpeg"), (NoSuchDoorSession, NoSuchShot))
def door_shot(path: ShotPath) -> Response:
    """A picture that was taken: the face with some room around it."""
    return Response(service().door.picture(path.session_id, path.pose), mimetype="image/jpeg")


@api.serve("DELETE /<session_id>/shots/<pose>", Scope.ENROL, DoorRecord, (NoSuchDoorSession, NoSuchShot))
def retake_at_door(path: ShotPath) -> Response:
    """Drop a picture that was taken: that pose is to be taken again."""
    return jsonify(service().door.retake(path.session_id, path.pose).as_json())


@api.serve(
    "POST /<session_id>/enrol",
    Scope.ENROL,
    {200: DoorEnrolled, 201: DoorEnrolled},
    (NoSuchDoorSession, NoSuchShot, Changed, NoSuchPerson, BadName, LookAlikeName),
)
def enrol_at_door(path: DoorPath, body: DoorEnrolBody) -> tuple[Response, HTTPStatus]:
    """Enrol what was taken, with an answer for each picture."""
    done = service().door.enrol(path.session_id, force=body.force, version=body.version)
    shots = [
        {"pose": pose, "sample_id": sample_id, "error": problems.as_json(error) if error else None}
        for pose, sample_id, error in done.shots
    ]
    answer = jsonify(change=done.change, person=done.person and asdict(done.person), shots=shots)
    return answer, HTTPStatus.CREATED if done.change is Change.CREATED else HTTPStatus.OK


@api.serve("DELETE /<session_id>", Scope.ENROL, DoorRecord, (NoSuchDoorSession,))
def end_at_door(path: DoorPath) -> Response:
    """End it, and forget what was taken."""
    ended = service().door.state(path.session_id)
    service().door.end(path.session_id)
    return jsonify(ended.as_json())
