# SPDX-License-Identifier: Apache-2.0
"""Pages of unknown visitors: who they are, one by one or several at once."""

import contextlib
from collections.abc import Sequence

from flask import url_for
from werkzeug.wrappers import Response

from daemon.errors import BadName, LookAlikeName, NameTaken, NoSuchPerson, NoSuchVisit
from daemon.types import LeftOut, Scope, Sighting, Unknown
from web_admin.context import service
from web_admin.frame import Api
from web_admin.pages.frame import HTML, done, page, refuse
from web_admin.schemas.past_pages import ChoiceForm, NameForm, SearchView, SeveralView, UnknownsView
from web_admin.schemas.visits import RefPath
from web_admin.texts import t

pages = Api("unknowns_pages", url_prefix=None)

_LISTED = 20
_VISITS = 50
"""Of one unknown visitor, shown at most."""
_SUGGESTED = 6


@pages.serve("GET /unknowns", Scope.READ, HTML)
def list_unknowns(query: UnknownsView) -> str:
    """Those whose faces are kept."""
    return page(
        "unknowns/list.html",
        found=service().unknowns.page(_LISTED, query.after),
        later=query.after is not None,
    )


@pages.serve("GET /unknowns/several", Scope.READ, HTML, (NoSuchVisit,))
def show_several(query: SeveralView) -> str:
    """Some of them, to be named at once."""
    if not query.id:
        return list_unknowns(UnknownsView(after=None))
    chosen, left = [], 0
    for ref in dict.fromkeys(query.id):
        try:
            chosen.append(service().unknowns.find(ref))
        except NoSuchVisit:
            left += 1
    if not chosen:
        raise NoSuchVisit("These unknown visitors are no more: look at the list.")
    return page("unknowns/several.html", chosen=chosen, left=left, **_suggested(chosen))


@pages.serve("GET /unknowns/people", Scope.READ, HTML)
def suggest_people(query: SearchView) -> str:
    """Who is enrolled and has a name like this."""
    return page(
        "unknowns/_people.html", cards=service().directory.find(query.name).cards[:_SUGGESTED], typed=query.name
    )


@pages.serve("GET /unknowns/<ref>", Scope.READ, HTML, (NoSuchVisit,))
def show_unknown(path: RefPath) -> str:
    """One of them, with the visits."""
    unknown = service().unknowns.find(path.ref)
    return page("unknowns/unknown.html", unknown=unknown, visits=_visits_of(unknown), **_suggested([unknown]))


@pages.serve("POST /unknowns/name", Scope.ENROL, HTML, (NoSuchVisit, NoSuchPerson, BadName, LookAlikeName, NameTaken))
def assign_unknowns(form: NameForm) -> Response:
    """Say who they are: one person."""
    who = service().find(form.person_id).id if form.person_id else form.name.strip()
    if not who:
        refuse("unknowns.name.missing")
    answer = service().unknowns.assign_all(form.id, who, familiar=form.familiar == "1" and not form.person_id)
    (named,) = answer.named
    told = t("unknowns.named", n=len(named.sighting_ids), name=named.person.name)
    return _listed(told, answer.left)


@pages.serve("POST /unknowns/ignore", Scope.ENROL, HTML, (NoSuchVisit,))
def ignore_unknowns(form: ChoiceForm) -> Response:
    """Say that each comes often, and needs no name."""
    answer = service().unknowns.assign_all(form.id, None)
    names = ", ".join(named.person.name for named in answer.named)
    told = t("unknowns.ignored", n=len(answer.named), names=names) if answer.named else ""
    return _listed(told, answer.left)


@pages.serve("POST /unknowns/forget", Scope.ADMIN, HTML, (NoSuchVisit,))
def forget_unknowns(form: ChoiceForm) -> Response:
    """Keep nothing more of their faces."""
    answer = service().unknowns.forget_all(form.id)
    return _listed(t("unknowns.forgotten", n=len(answer.forgotten)), answer.left)


def _visits_of(unknown: Unknown) -> list[Sighting]:
    """The newest, without those that are gone meanwhile."""
    found = []
    for sighting_id in unknown.sighting_ids[: -_VISITS - 1 : -1]:
        with contextlib.suppress(NoSuchVisit):
            found.append(service().visits.find(sighting_id))
    return found


def _suggested(unknowns: Sequence[Unknown]) -> dict[str, object]:
    """Whom they may be: those who are most like them, then everybody else."""
    by_likeness = sorted(unknowns, key=lambda unknown: unknown.similarity, reverse=True)
    nearest = list(dict.fromkeys(unknown.nearest.id for unknown in by_likeness if unknown.nearest))
    likely = [service().directory.card(service().person(person_id)) for person_id in nearest[:_SUGGESTED]]
    found = service().directory.find().cards
    rest = [card for card in found if card.person.id not in nearest]
    return {"cards": [*likely, *rest][:_SUGGESTED]}


def _listed(told: str, left: Sequence[LeftOut]) -> Response:
    """Back to the list, with what was done, and what was not."""
    url = url_for(".list_unknowns")
    if not left:
        return done(url, "unknowns.done", told=told)
    failed = [one for one in left if _is_there(one.id)]
    if not failed:
        return done(url, "unknowns.left_gone", told=told, n=len(left))
    return done(url, "unknowns.left", told=told, n=len(left), why=failed[0].why)


def _is_there(ref: str) -> bool:
    try:
        service().unknowns.find(ref)
    except NoSuchVisit:
        return False
    return True
