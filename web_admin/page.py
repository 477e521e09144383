# SPDX-License-Identifier: Apache-2.0
"""The page: `/`, and what its script polls. It changes nothing."""

import json
from http import HTTPStatus

from flask import Response, jsonify, render_template

from daemon.types import LiveView
from web_admin import words
from web_admin.context import service
from web_admin.frame import Api, Media
from web_admin.state import PageState, page_state

LIVE_HEADER = "X-Whod-Live"

api = Api("page", url_prefix=None)


@api.serve("GET /", None, Media("text/html", text=True))
def index() -> str:
    """All there is to see, complete without the script."""
    return render_template("page.html", state=_state(), live=service().live(), words=words)


@api.serve("GET /state.json", None, Media("application/json", text=True))
def state() -> Response:
    """What is well, what is not, and the last visits."""
    return jsonify(_state())


@api.serve("GET /live.jpg", None, {200: Media("image/jpeg"), 204: None})
def live() -> Response:
    """The newest picture; what was found in it comes along as a header, so the two always belong together.

    204 before there is a picture.
    """
    view = service().live()
    if view is None:
        return Response(status=HTTPStatus.NO_CONTENT)
    return Response(view.jpeg, mimetype="image/jpeg", headers={LIVE_HEADER: _found(view)})


def _state() -> PageState:
    whod = service()
    status = whod.status()
    speaks_of_people = any(part.name == "people" for part in status.troubles)
    names = {person.id: person.name for person in whod.people()} if speaks_of_people else {}
    return page_state(status, whod.visits.recent(), names)


def _found(view: LiveView) -> str:
    """As JSON in ASCII, which any header can carry."""
    return json.dumps(
        {
            "seq": view.seq,
            "captured_at": view.captured_at.isoformat(timespec="milliseconds"),
            "simulated": view.simulated,
            "faces": [
                {
                    "box": [round(part, 4) for part in face.box],
                    "state": face.state,
                    "label": words.face(face),
                    "similarity": round(face.similarity, 4),
                }
                for face in view.faces
            ],
        },
        ensure_ascii=True,
        allow_nan=False,
    )
