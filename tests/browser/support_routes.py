# SPDX-License-Identifier: Apache-2.0
"""Every page there is, from the app's own routes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from daemon.types import JobKind
from web_admin.app import PAGES

if TYPE_CHECKING:
    from support_household import Household

APART = {"/first", "/login", "/confirm"}
"""Pages that who is logged in does not get to see."""
IN_THE_MIDST = {"/backup/restore/<restore_id>", "/enrol/door/<session_id>", "/unknowns/several"}
"""Pages in the midst of something; the tests that do it look at them."""
PARTS = {
    "/jobs/running",
    "/jobs/<job_id>/progress",
    "/settings/<section>/state",
    "/sureness/report",
    "/unknowns/people",
    "/visits/list",
    "/visits/names",
    "/visits/<ref>/outlook",
}
"""What pages load into themselves."""


def rules() -> list[str]:
    """Of everything that a browser can open."""
    found = {
        operation.rule
        for part in PAGES
        for operation in part.operations
        if operation.method == "GET" and operation.is_page and operation.rule not in APART | IN_THE_MIDST | PARTS
    }
    return sorted(found)


def address(rule: str, home: Household) -> str | None:
    """The rule with what this household has in place of its parameters; None where it has nothing of the kind."""
    found = rule
    for name in re.findall(r"<(?:\w+:)?(\w+)>", rule):
        value = _example(rule, name, home)
        if value is None:
            return None
        found = re.sub(rf"<(?:\w+:)?{name}>", value, found)
    return found


def _example(rule: str, name: str, home: Household) -> str | None:
    people = home.people

    def strangers() -> list[str]:
        return [visit["sighting_id"] for visit in home.visits() if visit["outcome"] == "unknown"]

    found = {
        "/people/<person_id>": lambda: [person.id for person in people.people() if person.samples],
        "/sureness/<person_id>": lambda: [person.id for person in people.people() if person.samples],
        "/groups/<group_id>": lambda: [group.id for group in people.groups.all()],
        "/visits/<ref>/check": strangers,  # of somebody known it may be refused: the camera shows what was enrolled
        "/visits/<ref>": lambda: [visit["sighting_id"] for visit in home.visits()],
        "/unknowns/<ref>": strangers,
        "/jobs/<job_id>": lambda: [job.id for job in people.jobs.all()],
        "/backup/made/<made_id>": lambda: [job.id for job in people.jobs.all() if job.kind is JobKind.BACKUP],
        "/backup/kept/<name>": lambda: [backup.name for backup in people.backups.all()],
        "/settings/<section>": lambda: ["camera"],
    }
    subject = next((known for known in found if rule.startswith(known)), None)
    assert subject is not None, f"say what an example of <{name}> in {rule} is"
    return next(iter(found[subject]()), None)
