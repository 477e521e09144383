# SPDX-License-Identifier: Apache-2.0
"""The log: `/api/v1/log`."""

from flask import Response, jsonify

from daemon.types import Scope
from web_admin.context import service
from web_admin.frame import Api
from web_admin.schemas.logs import DetailBody, LogPage, LogQuery

api = Api("log", "What whod has logged since its start; nothing personal stands there.", "/api/v1/log")


@api.serve("GET ", Scope.ADMIN, LogPage)
def read_log(query: LogQuery) -> Response:
    """The newest messages of a level or graver, with a text, or after the last one that you have."""
    return _page(query)


@api.serve("POST /detail", Scope.ADMIN, LogPage)
def log_details(body: DetailBody) -> Response:
    """Log everything for some minutes, whatever log.level says; 0 seconds end that."""
    service().logs.detail(body.seconds)
    return _page(LogQuery.model_validate({}))


def _page(query: LogQuery) -> Response:
    logs = service().logs
    entries = logs.recent(query.limit, level=query.level, text=query.text, after=query.after)
    return jsonify({"entries": [entry.as_json() for entry in entries], "detailed_s": logs.detailed_s()})
