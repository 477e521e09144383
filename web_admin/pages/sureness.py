# SPDX-License-Identifier: Apache-2.0
"""Pages on how well whod can tell the people apart, and on what the threshold means."""

from typing import Any

from daemon.errors import BadName, NoSuchPerson
from daemon.types import AlikeReport, Caution, Doubt, Scope, Standing
from web_admin.context import service
from web_admin.frame import Api
from web_admin.pages.frame import HTML, page
from web_admin.schemas.common import PersonPath
from web_admin.schemas.past_pages import SurenessView

pages = Api("sureness_pages", url_prefix=None)

_AT_ONCE = 1000
"""Samples up to which the page does not have to wait for what is found."""
_LISTED = 20
_CAUTIONS = 10
_MATRIX = 25
"""People of whom a phone can show all similarities at once."""


@pages.serve("GET /sureness", Scope.READ, HTML)
def show_sureness(query: SurenessView) -> str:
    """How well the people can be told apart."""
    samples = service().status().samples
    if query.whole or samples <= _AT_ONCE:
        return page("sureness/sureness.html", asked=query, waits=False, **_found(query))
    return page("sureness/sureness.html", asked=query, waits=True, samples=samples)


@pages.serve("GET /sureness/report", Scope.READ, HTML)
def sureness_report(query: SurenessView) -> str:
    """The same, to be put into the page: it takes a while with many people."""
    return page("sureness/_report.html", asked=query, **_found(query))


@pages.serve("GET /sureness/<person_id>", Scope.READ, HTML, (NoSuchPerson, BadName))
def show_closeness(path: PersonPath) -> str:
    """Who is most like one person."""
    closeness = service().closeness(path.person_id)
    return page("sureness/person.html", closeness=closeness, pictured=service().directory.pictured)


def _found(query: SurenessView) -> dict[str, Any]:
    report = service().alike()
    standings = _worst_first(report, query.q)
    last = max(1, -(-len(standings) // _LISTED))
    number = min(query.page, last)
    return {
        "report": report,
        "scores": report.scores,
        "cautions": report.cautions[:_CAUTIONS],
        "more_cautions": max(len(report.cautions) - _CAUTIONS, 0),
        "kept": _kept(report.cautions[:_CAUTIONS]),
        "matrix": report.matrix if len(report.people) <= _MATRIX else (),
        "standings": standings[(number - 1) * _LISTED : number * _LISTED],
        "number": number,
        "last": last,
        "pictured": service().directory.pictured,
        "one_in": _one_in,
    }


def _one_in(rate: float) -> int:
    """Of how many one is this part; with two digits, as it is measured no better."""
    return int(float(f"{1 / rate:.2g}"))


def _worst_first(report: AlikeReport, search: str) -> list[Standing]:
    """Those in whose names `search` stands; who is least apart from others is first."""
    text = search.strip().casefold()
    found = [standing for standing in report.people if text in standing.person.name.casefold()]
    return sorted(found, key=_apart)


def _apart(standing: Standing) -> tuple[int, int, float]:
    spare = 1.0 if standing.lowest is None else standing.lowest - standing.required
    return -standing.mistaken, -standing.missed, spare


def _kept(cautions: tuple[Caution, ...]) -> set[str]:
    """The ids of doubtful samples of which a picture is kept."""
    people = {caution.people[0].id for caution in cautions if caution.doubt is Doubt.ODD_SAMPLE}
    return {sample.id for person_id in people for sample in service().samples(person_id) if sample.picture}
