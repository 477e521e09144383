# SPDX-License-Identifier: Apache-2.0
"""Pages of enrolment at the camera: who, the guide, a last look, and what became of it."""

from contextlib import suppress

from flask import url_for
from werkzeug.wrappers import Response

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
from daemon.types import Cue, Scope
from web_admin.context import service
from web_admin.frame import Api
from web_admin.pages.enrol import who
from web_admin.pages.frame import HTML, done, page
from web_admin.pages.problems import sentence
from web_admin.schemas.door import DoorPath
from web_admin.schemas.enrol_pages import DoorForm, GuideView, LookedForm, ShotForm, WhoView
from web_admin.texts import t

pages = Api("enrol_door_pages", url_prefix=None)


@pages.serve("GET /enrol/door", Scope.ENROL, HTML, (NoSuchPerson, BadName))
def ask_at_door(query: WhoView) -> str:
    """Enrol somebody who stands at the camera."""
    whod = service()
    cameras = [(camera.name, camera.name) for camera in whod.status().cameras]
    return page("enrol/door.html", busy=whod.door.busy(), live=whod.live(), cameras=cameras, **who(query))


@pages.serve("POST /enrol/door", Scope.ENROL, HTML, (BadName, LookAlikeName, NoSuchCamera))
def start_at_door(form: DoorForm) -> Response:
    """Begin at the camera."""
    try:
        state = service().door.start(form.name, take_over=form.take_over == "1", camera=form.camera)
    except DoorBusy:
        return done(url_for(".ask_at_door"))  # which says so, and offers to take over
    return done(url_for(".guide_at_door", session_id=state.id))


@pages.serve("GET /enrol/door/<session_id>", Scope.ENROL, HTML, (NoSuchDoorSession,))
def guide_at_door(path: DoorPath, query: GuideView) -> str:
    """What the person is to do; or, at the end, what was taken of them."""
    state = service().door.state(path.session_id)
    answers = state.enrolled.shots if state.enrolled else ()
    reasons = {answer.pose: sentence(answer.error) for answer in answers if answer.error}
    review = state.wanted is None or query.review == "1"
    return page("enrol/guide.html", state=state, review=review, reasons=reasons, cues=_cues())


@pages.serve(
    "POST /enrol/door/<session_id>/look", Scope.ENROL, HTML, (NoSuchDoorSession, NoSuchCamera), is_deed=False
)
def look_at_door(path: DoorPath) -> Response:
    """Look at the newest picture, for a browser without a script."""
    service().door.look(path.session_id)
    return done(url_for(".guide_at_door", session_id=path.session_id))


@pages.serve("POST /enrol/door/<session_id>/again", Scope.ENROL, HTML, (NoSuchDoorSession, NoSuchShot))
def retake_at_door(path: DoorPath, form: ShotForm) -> Response:
    """Take a pose again."""
    service().door.retake(path.session_id, form.pose)
    return done(url_for(".guide_at_door", session_id=path.session_id))


@pages.serve("POST /enrol/door/<session_id>/end", Scope.ENROL, HTML)
def end_at_door(path: DoorPath) -> Response:
    """Drop what was taken."""
    with suppress(NoSuchDoorSession):  # which is what is wanted
        service().door.end(path.session_id)
    return done(url_for("enrol_pages.choose_way"), "enrol.door.dropped")


@pages.serve(
    "POST /enrol/door/<session_id>/enrol",
    Scope.ENROL,
    HTML,
    (NoSuchDoorSession, NoSuchShot, Changed, NoSuchPerson, BadName, LookAlikeName),
)
def enrol_at_door(path: DoorPath, form: LookedForm) -> Response:
    """Enrol what the last look was at."""
    given = service().door.enrol(path.session_id, force=form.force == "1", version=form.version)
    if given.refused or given.person is None:
        return done(url_for(".guide_at_door", session_id=path.session_id, review=1))
    url = url_for("people_pages.show_person", person_id=given.person.id)
    return done(url, "enrol.door.enrolled", n=len(given.shots), name=given.person.name)


def _cues() -> dict[str, tuple[str, str]]:
    """In big words and in small ones what to do now."""
    return {cue.value: (t(f"enrol.cue.{cue.value}.title"), t(f"enrol.cue.{cue.value}.text")) for cue in Cue}
