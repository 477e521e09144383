# SPDX-License-Identifier: Apache-2.0
"""The door: the live picture, how whod is, who was there last; and the tour that leads there."""

import json
from http import HTTPStatus
from typing import NamedTuple

from flask import Response, jsonify, url_for
from pydantic import Field

from daemon.errors import BadSetting, NoSuchCamera
from daemon.types import LiveView, Scope
from web_admin.context import service
from web_admin.frame import Api, Media
from web_admin.pages import words
from web_admin.pages.frame import HTML, done, page
from web_admin.pages.state import PageState, page_state
from web_admin.pages.tour import steps
from web_admin.schemas.common import Model

LIVE_HEADER = "X-Whod-Live"
PICTURE_HEADER = "X-Whod-Picture"
_VISITS = 8

pages = Api("door_pages", url_prefix=None)


@pages.serve("GET /", Scope.READ, HTML)
def show_door() -> str:
    """All there is to see, complete without the script."""
    return page("door/index.html", state=_state(), cameras=_cameras(), words=words)


@pages.serve("POST /pause", Scope.ADMIN, HTML, (BadSetting,))
def pause() -> Response:
    """Look at nothing until `resume`."""
    return _set_paused(paused=True)


@pages.serve("POST /resume", Scope.ADMIN, HTML, (BadSetting,))
def resume() -> Response:
    """Go on."""
    return _set_paused(paused=False)


@pages.serve("GET /state.json", Scope.READ, Media("application/json", text=True))
def read_state() -> Response:
    """What is well, what is not, and the last visits."""
    return jsonify(_state())


class LiveQuery(Model):
    """Which, and what was seen already."""

    camera: str = Field("", description="a camera's name; empty for the first")
    after: str = Field("", description="the header X-Whod-Picture of the picture that is shown")


@pages.serve("GET /live.jpg", Scope.READ, {200: Media("image/jpeg"), 204: None}, (NoSuchCamera,))
def read_live(query: LiveQuery) -> Response:
    """The newest picture of a camera, with what was found in it in a header: so the two always belong together.

    204 before there is a picture, and while there is none newer than `after`; then it says which that is.
    """
    view = service().live(query.camera)
    if view is None:
        return Response(status=HTTPStatus.NO_CONTENT)
    headers = {PICTURE_HEADER: f"{view.captured_at.timestamp():.3f}-{view.seq}"}
    if headers[PICTURE_HEADER] == query.after:
        return Response(status=HTTPStatus.NO_CONTENT, headers=headers)
    return Response(view.jpeg, mimetype="image/jpeg", headers={**headers, LIVE_HEADER: _found(view)})


@pages.serve("GET /tour", Scope.READ, HTML)
def show_tour() -> str:
    """The first three things to do, each with how far it is."""
    return page("door/tour.html", steps=steps(service().status()))


def _set_paused(*, paused: bool) -> Response:
    service().settings.change({"camera.paused": paused})
    return done(url_for("door_pages.show_door"), "door.was_paused" if paused else "door.was_resumed")


class _Camera(NamedTuple):
    """A picture to show."""

    name: str
    """Empty for the first, whose name may be changed at any time."""
    title: str
    """Empty where it is the only one."""
    live: LiveView | None


def _cameras() -> list[_Camera]:
    whod = service()
    names = [camera.name for camera in whod.status().cameras]
    titles = names if len(names) > 1 else [""]
    return [_Camera(name, title, whod.live(name)) for name, title in zip(["", *names[1:]], titles, strict=True)]


def _state() -> PageState:
    whod = service()
    status = whod.status()
    speaks_of_people = any(part.name == "people" for part in status.troubles)
    names = {person.id: person.name for person in whod.people()} if speaks_of_people else {}
    return page_state(status, whod.visits.recent(_VISITS), names)


def _found(view: LiveView) -> str:
    """As JSON in ASCII, which any header can carry."""
    return json.dumps(
        {
            "seq": view.seq,
            "captured_at": view.captured_at.isoformat(timespec="milliseconds"),
            "simulated": view.simulated,
            "lost": view.lost,
            "faces": [
                {
                    "box": [round(part, 4) for part in face.box],
                    "state": face.state,
                    "label": words.face(face),
                    "similarity": round(face.similarity, 4),
                    "quality": round(face.quality, 4),
                }
                for face in view.faces
            ],
        },
        ensure_ascii=True,
        allow_nan=False,
    )
