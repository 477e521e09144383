# SPDX-License-Identifier: Apache-2.0
"""A merge that is undone gives the visits back, with their decisions, reasons and records that wait."""

from datetime import timedelta

import pytest
from support_office import Office, photo
from support_visits import NOW, event, visit, why

from daemon.errors import Changed, StorageError
from daemon.types import Outcome, Person, SampleKind


@pytest.fixture
def office(tmp_path):
    office = Office(tmp_path)
    yield office
    office.close()


@pytest.fixture
def people(office):
    """Ann and Bo, two visits and a decision each."""
    both = [office.people.enrol(name, [photo(10 * n)]).person for n, name in enumerate(("Ann", "Bo"), 1)]
    for hours, person in enumerate(both * 2):
        came = visit(person, NOW + timedelta(hours=hours), why=why(person))
        office.events.record(came)
        office.events.decide(event(person, sighting_id=came.sighting_id, why=why(person)))
    return both


def kept(office):
    """Whose each visit, decision, reason and waiting record is."""
    visits = office.events.history.recent(10)
    decisions = [found for seen in visits for found in office.events.decisions.of(seen.sighting_id)]
    records = [(r.payload["person_id"], r.payload["name"]) for r in office.events.outbox.pending(0, 10)]
    reasons = [account.numbers["candidates"][0]["person_id"] for seen in visits
               for account in office.people.visits.explain(seen.sighting_id)]  # fmt: skip
    return [(seen.person, seen.outcome) for seen in visits], [d.person_id for d in decisions], reasons, records


def test_everything_is_whose_it_was(office, people):
    ann, bo = people
    before = kept(office)
    merge = office.people.merge("Ann", "Bo").undo
    assert {person.id for person, _ in kept(office)[0]} == {bo.id}
    since = visit(bo, NOW + timedelta(hours=9), why=why(bo))
    office.events.record(since)
    assert office.people.undos.undo(merge.id) == ann
    visits, decisions, reasons, records = kept(office)
    assert (visits[1:], decisions, reasons[1:], records[:-1]) == (before[0], before[1], before[2], before[3])
    assert (visits[0][0], reasons[0], records[-1][0]) == (bo, bo.id, bo.id)
    assert office.people.person("Ann").last_seen_at == NOW + timedelta(hours=2)


def test_a_visit_that_was_taken_from_them_since_stays_whose_it_is(office, people):
    ann, _ = people
    merge = office.people.merge("Ann", "Bo").undo
    (first, *_) = [seen.sighting_id for seen in office.events.history.recent(10)][::-1]
    office.events.assign([first], None)
    office.people.undos.undo(merge.id)
    assert office.who(first) is None
    assert sum(person is not None and person.id == ann.id for person, _ in kept(office)[0]) == 1


def test_who_was_familiar_is_so_in_their_visits_again(office, people):
    ann, _ = people
    office.people.set_familiar("Ann", familiar=True)
    before = kept(office)[0]
    merge = office.people.merge("Ann", "Bo").undo
    assert {outcome for _, outcome in kept(office)[0]} == {Outcome.IDENTIFIED}
    assert office.people.undos.undo(merge.id) == Person(ann.id, "Ann", familiar=True)
    assert kept(office)[0] == before


def test_where_the_history_cannot_be_written_two_stay_one_and_it_can_be_tried_again(office, people, monkeypatch):
    merge = office.people.merge("Ann", "Bo").undo
    before = kept(office), office.people.people()

    def fails(*_):
        raise StorageError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(office.events.outbox, "give_back", fails)
        with pytest.raises(StorageError):
            office.people.undos.undo(merge.id)
    assert (kept(office), office.people.people()) == before
    assert office.people.undos.undo(merge.id).name == "Ann"


def test_a_merge_that_is_refused_leaves_the_visits(office, people):
    before = kept(office)
    version = office.people.person("Ann").version
    office.clock.advance(1)
    office.people.add_samples("Ann", SampleKind.POSITIVE, [photo(11)])
    with pytest.raises(Changed):
        office.people.merge("Ann", "Bo", expected=version)
    assert kept(office) == before
