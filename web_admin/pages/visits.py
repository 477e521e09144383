# SPDX-License-Identifier: Apache-2.0
"""Pages of past visits: who came when, why whod said so, and putting right what was wrong."""

from datetime import datetime
from http import HTTPStatus
from typing import Any

from flask import url_for
from werkzeug.wrappers import Response

from daemon.errors import BadName, LookAlikeName, NoFaceKept, NoSuchPerson, NoSuchVisit, OtherPerson
from daemon.types import Account, Outcome, Person, Scope, Sighting, Trial
from web_admin.context import service
from web_admin.frame import Api
from web_admin.pages import days
from web_admin.pages.frame import HTML, done, page
from web_admin.pages.outlook import Outlook, outlook
from web_admin.schemas.past_pages import CheckView, CorrectForm, DisownForm, NamesView, VisitsView, WrongView
from web_admin.schemas.visits import RefPath

pages = Api("visits_pages", url_prefix=None)

_AT_ONCE = 1000
"""Samples up to which a page does not have to wait for what is tried."""
_LISTED = 40
_SUGGESTED = 8
_TRIED = 40
"""Past visits on which a correction is tried."""
_REFUSED = (NoSuchVisit, NoSuchPerson, NoFaceKept, BadName, LookAlikeName, OtherPerson)
"""Why a correction cannot be tried, or made."""


@pages.serve("GET /visits", Scope.READ, HTML)
def list_visits(query: VisitsView) -> str:
    """The visits, newest first."""
    found = service().directory.find()
    few = [(card.person.id, card.person.name) for card in found.cards] if found.pages == 1 else []
    return page("visits/list.html", few=few, offset=days.offset_minutes(), **_listed(query))


@pages.serve("GET /visits/names", Scope.READ, HTML)
def suggest_names(query: NamesView) -> str:
    """Names for the filter."""
    return page("visits/_names.html", cards=service().directory.find(query.person).cards[:_SUGGESTED])


@pages.serve("GET /visits/list", Scope.READ, {200: HTML, 204: None})
def refresh_visits(query: VisitsView) -> str | tuple[str, HTTPStatus]:
    """The list alone, if there is a newer visit than the newest that is shown."""
    shown = _listed(query)
    if shown["newest"] == (query.newest or ""):
        return "", HTTPStatus.NO_CONTENT
    return page("visits/_list.html", **shown)


@pages.serve("GET /visits/<ref>", Scope.READ, HTML, (NoSuchVisit,))
def show_visit(path: RefPath) -> str:
    """One visit: who it was, and why."""
    visit = service().visits.find(path.ref)
    accounts = _accounts(visit)
    return page(
        "visits/visit.html",
        visit=visit,
        accounts=accounts,
        last=accounts[-1].numbers if accounts else None,
        stranger=_is_stranger(visit),
        at=datetime.fromisoformat,
        crops=service().visits.pictured([visit.sighting_id]),
        pictured=service().directory.pictured,
    )


@pages.serve("GET /visits/<ref>/wrong", Scope.READ, HTML, (NoSuchVisit,))
def ask_wrong(path: RefPath, query: WrongView) -> str:
    """Who it was instead, to choose."""
    visit = service().visits.find(path.ref)
    said = visit.person.id if visit.person else None
    cards = [card for card in service().directory.find(query.name).cards if card.person.id != said]
    return page("visits/wrong.html", visit=visit, cards=cards[:_SUGGESTED], typed=query.name)


@pages.serve("GET /visits/<ref>/check", Scope.READ, HTML, _REFUSED)
def check_wrong(path: RefPath, query: CheckView) -> str:
    """What a correction does, and what it would have changed."""
    visit = service().visits.find(path.ref)
    who = query.person_id or query.name.strip()
    if not who and not visit.person:
        return ask_wrong(path, WrongView())
    person = service().find(query.person_id) if query.person_id else _person(who)
    waits = not query.whole and service().status().samples > _AT_ONCE
    return page(
        "visits/check.html",
        visit=visit,
        who=who,
        name=person.name if person else who,
        same=bool(person and visit.person and person.id == visit.person.id),
        asked=query,
        outlook=None if waits else _tried(visit, who),
    )


@pages.serve("GET /visits/<ref>/outlook", Scope.READ, HTML, _REFUSED)
def try_correction(path: RefPath, query: CheckView) -> str:
    """What a correction would have changed, to be put into the page: it takes a while with many people."""
    visit = service().visits.find(path.ref)
    return page("visits/_outlook.html", outlook=_tried(visit, query.person_id or query.name.strip()))


@pages.serve(
    "POST /visits/<ref>/disown", Scope.ENROL, HTML, (NoSuchVisit, NoSuchPerson, NoFaceKept, BadName, OtherPerson)
)
def disown_visit(path: RefPath, form: DisownForm) -> Response:
    """This visit was not that person."""
    answer = service().visits.disown(form.person_id, path.ref)
    url = url_for(".show_visit", ref=path.ref)
    return done(url, "visits.disowned", n=len(answer.sample_ids), name=answer.person.name)


@pages.serve(
    "POST /visits/<ref>/correct",
    Scope.ENROL,
    HTML,
    _REFUSED,
)
def correct_visit(path: RefPath, form: CorrectForm) -> Response:
    """This visit was that of somebody else."""
    named = service().visits.correct(path.ref, form.who)
    return done(url_for(".show_visit", ref=path.ref), "visits.corrected_to", name=named.person.name)


def _tried(visit: Sighting, who: str) -> Outlook:
    """What comes of saying that a visit was that of `who`; or, empty, that it was not whom it was said to be."""
    if who:
        trial = Trial(_TRIED, corrected=((who, visit.sighting_id),))
    elif visit.person:
        trial = Trial(_TRIED, disowned=((visit.person.id, visit.sighting_id),))
    else:
        return Outlook(0, None, ())
    return outlook(service().visits.replay(trial), visit.sighting_id)


def _listed(query: VisitsView) -> dict[str, Any]:
    """What the list shows."""
    zone = days.zone_of(query.zone)
    since, until = days.bounds(query.first, query.last, zone)
    person = _person(query.person)
    nobody = bool(query.person) and person is None
    found: list[Sighting] = []
    if not nobody:
        found = service().visits.recent(
            _LISTED + 1,
            query.after,
            person.id if person else None,
            Outcome(query.outcome) if query.outcome else None,
            since=since,
            until=until,
            corrected=query.corrected == "1",
        )
    shown = found[:_LISTED]
    asked = query.model_dump(mode="json", exclude={"after", "newest"}, exclude_defaults=True)
    return {
        "asked": query,
        "filters": asked,
        "chosen": bool(asked.keys() - {"zone"}),
        "person": person,
        "nobody": nobody,
        "days": days.by_day(shown, zone),
        "newest": shown[0].sighting_id if shown else "",
        "after": shown[-1].sighting_id if len(found) > len(shown) else None,
        "crops": service().visits.pictured(visit.sighting_id for visit in shown),
        "pictured": service().directory.pictured,
    }


def _person(ref: str) -> Person | None:
    """Who is meant; None for nobody, and for somebody who is not enrolled."""
    try:
        return service().find(ref) if ref else None
    except (NoSuchPerson, BadName):
        return None


def _accounts(visit: Sighting) -> list[Account]:
    """Why; nothing where the reasons are not kept any more."""
    try:
        return service().visits.explain(visit.sighting_id)
    except NoSuchVisit:
        return []


def _is_stranger(visit: Sighting) -> bool:
    """Whether it is one of an unknown visitor who can be named."""
    if visit.outcome is not Outcome.UNKNOWN:
        return False
    try:
        service().unknowns.find(visit.sighting_id)
    except NoSuchVisit:
        return False
    return True
