# SPDX-License-Identifier: Apache-2.0
"""Pages of people: who is enrolled, one person, two who are one, and forgetting."""

from collections.abc import Iterable

from flask import url_for
from werkzeug.wrappers import Response

from daemon.errors import BadName, Changed, LookAlikeName, NameTaken, NoSuchGroup, NoSuchPerson, SamePerson
from daemon.types import Group, Order, SampleKind, Scope
from web_admin.context import service
from web_admin.frame import Api
from web_admin.pages.frame import HTML, done, page, refuse
from web_admin.schemas.common import PersonPath
from web_admin.schemas.people_pages import ForgetForm, MergeForm, MergeView, PeopleView, PersonForm, PersonView

pages = Api("people_pages", url_prefix=None)

_SAMPLES = 24
"""Of one part of the list."""
_VISITS = 5


@pages.serve("GET /people", Scope.READ, HTML, (NoSuchGroup, BadName))
def list_people(query: PeopleView) -> str:
    """Everybody who is enrolled."""
    found = service().directory.find(
        query.q,
        group=query.group,
        familiar=query.show == "familiar",
        needy=query.show == "needy",
        order=Order(query.order),
        number=query.page,
    )
    return page("people/list.html", found=found, asked=query, groups=service().groups.all())


@pages.serve("GET /people/<person_id>", Scope.READ, HTML, (NoSuchPerson, BadName))
def show_person(path: PersonPath, query: PersonView) -> str:
    """One person."""
    whod = service()
    person = whod.person(path.person_id)
    samples = whod.samples(person.id)
    learned = [sample for sample in reversed(samples) if sample.kind is SampleKind.POSITIVE]
    pages_of = max(1, -(-len(learned) // _SAMPLES))
    number = min(query.page, pages_of)
    return page(
        "people/person.html",
        card=whod.directory.card(person),
        person=person,
        samples=learned[(number - 1) * _SAMPLES : number * _SAMPLES],
        number=number,
        pages=pages_of,
        set_aside=sum(sample.set_aside_at is not None for sample in learned),
        counters=[sample for sample in reversed(samples) if sample.kind is SampleKind.NEGATIVE],
        groups=whod.groups.all(),
        own_groups=[group.id for group in _groups_of(person.id)],
        visits=whod.visits.recent(_VISITS, person=person.id),
        visit_count=whod.directory.visits(person.id),
        hours=whod.directory.undo_hours,
    )


@pages.serve(
    "POST /people/<person_id>", Scope.ADMIN, HTML,
    (NoSuchPerson, NoSuchGroup, BadName, NameTaken, LookAlikeName, Changed),
)  # fmt: skip
def change_person(path: PersonPath, form: PersonForm) -> Response:
    """Give a person another name, say whether they are familiar, and choose their groups."""
    person = service().change(
        path.person_id, form.name, familiar=form.familiar == "1", groups=form.group, expected=form.version
    )
    return done(url_for(".show_person", person_id=person.id), "people.changed", name=person.name)


@pages.serve("GET /people/<person_id>/merge", Scope.ADMIN, HTML, (NoSuchPerson, BadName))
def choose_merge(path: PersonPath, query: MergeView) -> str:
    """With whom a person is one, and what comes of it."""
    whod = service()
    gone = whod.person(path.person_id)
    if not query.into:
        return page("people/merge.html", gone=gone, found=whod.directory.find(query.q), q=query.q)
    kept = whod.person(query.into)
    return page(
        "people/merge_into.html",
        gone=whod.directory.card(gone),
        kept=whod.directory.card(kept),
        visits=whod.directory.visits(gone.id),
        groups=_names(_groups_of(gone.id)),
        hours=whod.directory.undo_hours,
    )


@pages.serve("POST /people/<person_id>/merge", Scope.ADMIN, HTML, (NoSuchPerson, BadName, SamePerson, Changed))
def merge_people(path: PersonPath, form: MergeForm) -> Response:
    """Make a person one with another, who stays."""
    gone = service().find(path.person_id)
    removal = service().merge(gone.id, form.into, expected=form.version)
    undo = removal.undo.id if removal.undo else ""
    url = url_for(".show_person", person_id=removal.person.id)
    return done(url, "people.merged", undo=undo, gone=gone.name, name=removal.person.name)


@pages.serve("GET /people/<person_id>/forget", Scope.ADMIN, HTML, (NoSuchPerson, BadName))
def ask_forget_person(path: PersonPath) -> str:
    """What is removed with a person."""
    whod = service()
    person = whod.person(path.person_id)
    samples = whod.samples(person.id)
    return page(
        "people/forget.html",
        card=whod.directory.card(person),
        samples=len(samples),
        pictures=sum(sample.picture for sample in samples),
        visits=whod.directory.visits(person.id),
        groups=_names(_groups_of(person.id)),
    )


@pages.serve("POST /people/<person_id>/forget", Scope.ADMIN, HTML, (NoSuchPerson, BadName, Changed))
def forget_person(path: PersonPath, form: ForgetForm) -> str:
    """Remove a person and all that is known of their face."""
    if not form.sure:
        refuse("people.forget.tick")
    return page("people/forgotten.html", receipt=service().forget(path.person_id, expected=form.version))


@pages.serve("GET /people/forget", Scope.ADMIN, HTML, confirm=True)
def ask_forget_everybody() -> str:
    """What is removed with everybody."""
    return page(
        "people/forget_all.html",
        count=len(service().people()),
        backups=len(service().backups.all()),
        unknowns=service().unknowns.count(),
    )


@pages.serve("POST /people/forget", Scope.ADMIN, HTML, confirm=True)
def forget_everybody(form: ForgetForm) -> str:
    """Remove everybody, with all visits, jobs and backups."""
    if not form.sure:
        refuse("people.forget.tick")
    return page("people/forgotten_all.html", receipt=service().forget_all())


def _groups_of(person_id: str) -> list[Group]:
    return [group for group in service().groups.all() if any(person.id == person_id for person in group.people)]


def _names(groups: Iterable[Group]) -> list[str]:
    return [group.name for group in groups]


@pages.app_template_global()
def initials(name: str) -> str:
    """At most two letters for who has no picture; none of a name without letters."""
    words = ("".join(filter(str.isalnum, word)) for word in name.split())
    letters = [word[0] for word in words if word]
    return "".join([*letters[:1], *letters[1:][-1:]]).upper()
