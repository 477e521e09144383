# SPDX-License-Identifier: Apache-2.0
"""Groups of people: `/api/v1/groups`."""

from http import HTTPStatus

from flask import Response, jsonify

from daemon.errors import BadName, LookAlikeName, NameTaken, NoSuchGroup, NoSuchPerson
from daemon.types import Scope
from web_admin.context import service
from web_admin.frame import Api
from web_admin.schemas.groups import GroupBody, GroupChange, GroupList, GroupPath, GroupRecord, GroupsQuery

api = Api("groups", "Groups of people, to which a camera or a call may be limited.", "/api/v1/groups")


@api.serve("GET ", Scope.READ, GroupList, (NoSuchGroup, BadName))
def list_groups(query: GroupsQuery) -> Response:
    """All groups, or only the one whose id or name is `ref`."""
    groups = service().groups
    found = groups.all() if query.ref is None else [groups.find(query.ref)]
    return jsonify([group.as_json() for group in found])


@api.serve("POST ", Scope.ADMIN, {201: GroupRecord}, (NoSuchPerson, BadName, NameTaken, LookAlikeName))
def create_group(body: GroupBody) -> tuple[Response, HTTPStatus]:
    """Make a group."""
    return jsonify(service().groups.create(body.name, body.people).as_json()), HTTPStatus.CREATED


@api.serve("GET /<group_id>", Scope.READ, GroupRecord, (NoSuchGroup, BadName))
def show_group(path: GroupPath) -> Response:
    """A group and its people."""
    return jsonify(service().groups.find(path.group_id).as_json())


@api.serve(
    "PATCH /<group_id>", Scope.ADMIN, GroupRecord, (NoSuchGroup, NoSuchPerson, BadName, NameTaken, LookAlikeName)
)
def change_group(path: GroupPath, body: GroupChange) -> Response:
    """Give a group another name or other people; then some more, and some less."""
    changed = service().groups.change(
        path.group_id, name=body.name, people=body.people, add=body.add, remove=body.remove
    )
    return jsonify(changed.as_json())


@api.serve("DELETE /<group_id>", Scope.ADMIN, GroupRecord, (NoSuchGroup, BadName))
def delete_group(path: GroupPath) -> Response:
    """Remove a group; its people stay."""
    return jsonify(service().groups.delete(path.group_id).as_json())
