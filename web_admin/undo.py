# SPDX-License-Identifier: Apache-2.0
"""Changes that can be undone for a while: `/api/v1/undo`."""

from dataclasses import asdict

from flask import Response, jsonify

from daemon.errors import NameTaken, NoSuchUndo
from daemon.types import Scope
from web_admin.context import service
from web_admin.frame import Api
from web_admin.schemas.common import Person
from web_admin.schemas.undo import UndoList, UndoPath

api = Api("undo", "Deleted samples and merges of the last hours.", "/api/v1/undo")


@api.serve("GET ", Scope.READ, UndoList)
def list_undos() -> Response:
    """What can be undone, newest first."""
    return jsonify([undo.as_json() for undo in service().undos.all()])


@api.serve("POST /<undo_id>", Scope.ADMIN, Person, (NoSuchUndo, NameTaken))
def undo_change(path: UndoPath) -> Response:
    """Give back a sample to its person, or a person who was merged all that was theirs."""
    return jsonify(asdict(service().undos.undo(path.undo_id)))
