# SPDX-License-Identifier: Apache-2.0
"""`GET /api/v1/events`: what happens now, as Server-Sent Events."""

import json
import time
from collections.abc import Callable, Iterator

from flask import Response, request
from werkzeug.exceptions import ServiceUnavailable

from daemon.errors import StorageError
from daemon.feed import Feed, Listener
from daemon.types import Scope
from web_admin import limits
from web_admin.bodies import BACKLOG, GONE
from web_admin.context import service
from web_admin.cookies import session_cookie
from web_admin.frame import Api, Media
from web_admin.guard import SOCKET, actor, sent_by
from web_admin.schemas.events import EventsHeader

api = Api("events", "What happens now.")

_EVENT_STREAM = "text/event-stream"


@api.serve("GET /events", Scope.READ, Media(_EVENT_STREAM, text=True))
def events(header: EventsHeader) -> Response:
    """Decisions and visits that have ended, as they come."""
    if request.method == "HEAD":
        return Response(mimetype=_EVENT_STREAM)
    feed = service().feed
    listener = feed.listen(header.last_event_id)
    if listener is None:
        raise ServiceUnavailable(
            f"{limits.LISTENERS} listen already: close one of them, or try again later.",
            retry_after=limits.RETRY_S,
        )
    waiting, gone = request.environ.get(BACKLOG, int), request.environ.get(GONE, bool)
    lines = _lines(feed, listener, _may_go_on(), lambda: gone() or waiting() > limits.BACKLOG_BYTES)
    response = Response(lines, mimetype=_EVENT_STREAM)
    response.call_on_close(listener.close)
    return response


def _may_go_on() -> Callable[[], bool]:
    """Whether the token or session still counts that the stream was opened with; the owner's socket has neither."""
    sent, cookie = sent_by(request.headers.get("Authorization")), session_cookie()
    access, owner = service().access, service().owner
    if actor() == SOCKET:
        return lambda: True

    def counts() -> bool:
        try:
            return (
                access.bearer(sent) is not None
                if sent is not None
                else owner.session(cookie or "", used=False) is not None
            )
        except StorageError:
            return False

    return counts


def _lines(feed: Feed, listener: Listener, may_go_on: Callable[[], bool], lost: Callable[[], bool]) -> Iterator[str]:
    """The stream. It ends after an hour, so that who went away unseen makes room; clients come back by themselves."""
    yield f"retry: {1000 * limits.RETRY_S}\n\n"
    end = time.monotonic() + limits.STREAM_S
    beat = time.monotonic() + limits.HEARTBEAT_S
    while time.monotonic() < end and (heard := listener.next(min(limits.LOOK_S, limits.HEARTBEAT_S))) is not None:
        missed, told = heard
        if not may_go_on() or lost():
            return
        if missed:
            yield "event: gap\ndata: {}\n\n"
        for one in told:
            data = json.dumps(one.record, ensure_ascii=False, allow_nan=False)
            yield f"id: {feed.place(one)}\nevent: {one.record['event_type']}\ndata: {data}\n\n"
        if not told and time.monotonic() >= beat:
            yield ":\n\n"
            beat = time.monotonic() + limits.HEARTBEAT_S
