# SPDX-License-Identifier: Apache-2.0
"""Pages of groups of people."""

from flask import url_for
from werkzeug.wrappers import Response

from daemon.errors import BadName, LookAlikeName, NameTaken, NoSuchGroup, NoSuchPerson
from daemon.types import Scope
from web_admin.context import service
from web_admin.frame import Api
from web_admin.pages.frame import HTML, done, page
from web_admin.schemas.groups import GroupPath
from web_admin.schemas.people_pages import GroupNameForm, MembersForm, MembersView

pages = Api("groups_pages", url_prefix=None)


@pages.serve("GET /groups", Scope.READ, HTML)
def list_groups() -> str:
    """All groups."""
    groups = service().groups.all()
    cameras = {group.id: service().directory.cameras(group.id) for group in groups}
    return page("groups/list.html", groups=groups, cameras=cameras)


@pages.serve("POST /groups", Scope.ADMIN, HTML, (BadName, NameTaken, LookAlikeName))
def create_group(form: GroupNameForm) -> Response:
    """Make a group, still empty."""
    group = service().groups.create(form.name)
    return done(url_for(".show_group", group_id=group.id), "groups.created", name=group.name)


@pages.serve("GET /groups/<group_id>", Scope.READ, HTML, (NoSuchGroup, BadName))
def show_group(path: GroupPath, query: MembersView) -> str:
    """A group, and who is in it."""
    whod = service()
    group = whod.groups.find(path.group_id)
    return page(
        "groups/group.html",
        group=group,
        members={person.id for person in group.people},
        found=whod.directory.find(query.q, group=group.id if query.show == "members" else "", number=query.page),
        asked=query,
        cameras=whod.directory.cameras(group.id),
    )


@pages.serve("POST /groups/<group_id>", Scope.ADMIN, HTML, (NoSuchGroup, BadName, NameTaken, LookAlikeName))
def rename_group(path: GroupPath, form: GroupNameForm) -> Response:
    """Give a group another name."""
    group = service().groups.change(path.group_id, name=form.name)
    return done(url_for(".show_group", group_id=group.id), "groups.renamed", name=group.name)


@pages.serve("POST /groups/<group_id>/members", Scope.ADMIN, HTML, (NoSuchGroup, NoSuchPerson, BadName))
def change_group(path: GroupPath, form: MembersForm) -> Response:
    """Take people in and out: those who were ticked or not when the list was made, and are not or are now."""
    ticked, before = set(form.person), set(form.was)
    group = service().groups.change(path.group_id, add=sorted(ticked - before), remove=sorted(before - ticked))
    place = form.model_dump(include=set(MembersView.model_fields), exclude_defaults=True)
    back = url_for(".show_group", group_id=group.id, **place)
    return done(back, "groups.members_changed", n=len(group.people), name=group.name)


@pages.serve("POST /groups/<group_id>/delete", Scope.ADMIN, HTML, (NoSuchGroup, BadName))
def delete_group(path: GroupPath) -> Response:
    """Remove a group; its people stay."""
    group = service().groups.delete(path.group_id)
    return done(url_for(".list_groups"), "groups.deleted", name=group.name)
