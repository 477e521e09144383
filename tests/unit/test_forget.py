# SPDX-License-Identifier: Apache-2.0
"""Who is forgotten is gone for good, from every file."""

import base64
import contextlib
from datetime import timedelta

import pytest
from support_office import Office, photo, vector
from support_visits import NOW, event, face, visit, why

from daemon.errors import Changed, NoSuchPerson, StorageError
from daemon.gallery.undo import Deleted, unpack
from daemon.types import Person, RequestKey, SampleKind

NAME, EARLIER, MERGED = "Xaveria Quellenberg", "Xaveria Zwischenstein", "Yolanda Unterwasser"


@pytest.fixture
def office(tmp_path):
    office = Office(tmp_path)
    yield office
    office.close()


def fill(office):
    """All that can be kept of a person, and of somebody else; gives the person and what must be gone."""
    api = office.people
    person = api.enrol(EARLIER, [photo(11), photo(12), photo(13)], request=RequestKey("k1", "f")).person
    api.rename(EARLIER, NAME)
    api.add_samples(NAME, SampleKind.NEGATIVE, [photo(24)])
    api.enrol("Other", [photo(91)], request=RequestKey("k2", "f"))
    api.groups.create("Family", [NAME, "Other"])
    deleted = api.samples(NAME)[0].id
    api.delete_sample(NAME, deleted)
    other = api.enrol(MERGED, [photo(15)], force=True).person
    sighting = visit(other, NOW, face=face([vector(15)]), why=why(other))
    office.events.record(sighting)
    api.merge(MERGED, NAME)
    theirs = Person(person.id, NAME)
    for number in range(3):
        ended = NOW + timedelta(hours=number + 1)
        office.events.record(visit(theirs, ended, face=face([vector(16), vector(17)]), why=why(theirs)))
    office.events.decide(event(theirs, why=why(theirs)))
    secrets = [vector(number).tobytes() for number in (12, 13, 24, 15)]
    secrets += [base64.b64encode(vector(11).tobytes())]
    secrets += [office.gallery.picture(NAME, sample.id) for sample in api.samples(NAME)]
    secrets += [base64.b64encode(picture_of_deleted(office, deleted))]
    secrets += [text.encode() for text in (NAME, NAME.lower(), EARLIER, MERGED, person.id, other.id, deleted)]
    secrets += [moments for (moments,) in office.events._database.query("SELECT moments FROM face")]
    return theirs, secrets


def picture_of_deleted(office, sample_id):
    """The picture of the sample that was deleted, from what it takes to undo that."""
    records = [Deleted.from_json(unpack(row.record)) for row in office.gallery._store.undos() if row.kind == "sample"]
    return next(record.pictures[sample_id] for record in records if sample_id in record.pictures)


def windows(secret):
    """Some parts of what a database may have cut in two."""
    if len(secret) < 60:
        return {secret}
    return {secret[len(secret) * part // 4 :][:48] for part in (1, 2, 3)}


def found(folder, secrets):
    """Which of these are, in part or whole, in a file of a folder."""
    files = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    return [
        number for number, secret in enumerate(secrets) if any(w in data for w in windows(secret) for data in files)
    ]


def test_nothing_of_a_person_who_is_forgotten_is_in_any_file(office, caplog):
    person, secrets = fill(office)
    assert found(office.folder, secrets) == list(range(len(secrets)))
    receipt = office.people.forget(NAME)
    assert found(office.folder, secrets) == []
    assert (receipt.person, receipt.samples, receipt.pictures, receipt.visits) == (person, 4, 4, 4)
    assert receipt.at == office.clock.now()
    assert NAME not in caplog.text
    assert [p.name for p in office.people.people()] == ["Other"]
    assert office.people.groups.find("Family").people == (office.people.find("Other"),)
    assert office.people.undos.all() == []
    assert office.gallery.answered(RequestKey("k1", "f")) is None
    assert office.gallery.answered(RequestKey("k2", "f")).person.name == "Other"
    assert len(office.people.samples("Other")) == 1
    office.close()
    assert found(office.folder, secrets) == []


def test_snapshots_are_told_whom_they_may_hold(office):
    """Those who were merged into the person too, under whose ids a snapshot of before has them."""
    api = office.people
    ann, bo, cy, dee = (api.enrol(f"P{n}", [photo(10 * n)]).person for n in (1, 2, 3, 4))
    api.merge(ann.id, bo.id)
    api.merge(bo.id, cy.id)
    undone = api.merge(dee.id, cy.id).undo
    api.undos.undo(undone.id)
    office.close()
    with contextlib.closing(Office(office.folder)) as later:
        told = []
        later.people.on_forget += [lambda person_id: told.append(person_id) or 2, lambda _: 3]
        assert later.people.forget(cy.id).snapshots == 15
        assert sorted(told) == sorted([ann.id, bo.id, cy.id])
        told.clear()
        later.people.forget(dee.id)
        assert told == [dee.id]
        for person in (ann, bo, cy, dee):
            assert found(office.folder, [person.id.encode()]) == []


def test_what_a_crash_cut_short_is_done_at_the_next_start(office):
    person, secrets = fill(office)

    def crash(_):
        raise KeyboardInterrupt

    office.people.on_forget.append(crash)
    with pytest.raises(KeyboardInterrupt):
        office.people.forget(NAME)
    office.events.record(visit(person, NOW + timedelta(hours=9), why=why(person)))
    office.close()
    with contextlib.closing(Office(office.folder)) as later:
        told = []
        later.people.on_forget.append(lambda person_id: told.append(person_id) or 1)
        assert later.people.finish_forgetting() == (1, 2)
        assert person.id in told
        assert found(office.folder, secrets) == []
        assert later.people.finish_forgetting() == (0, 0)


def test_a_history_that_cannot_be_written_keeps_everything(office, monkeypatch):
    fill(office)

    def fails(_):
        raise StorageError("the disk is full")

    before = office.people.people()
    with monkeypatch.context() as patch:
        patch.setattr(office.people._events.decisions, "forget", lambda *_: fails(_))
        with pytest.raises(StorageError):
            office.people.forget(NAME)
    assert office.people.people() == before
    assert len(office.events.history.recent(10)) == 4
    assert office.people.forget(NAME).visits == 4


def test_a_person_who_was_changed_meanwhile_is_not_forgotten(office):
    fill(office)
    version = office.people.person(NAME).version
    office.people.set_familiar(NAME, familiar=True)
    with pytest.raises(Changed):
        office.people.forget(NAME, expected=version)
    assert len(office.events.history.recent(10)) == 4
    with pytest.raises(NoSuchPerson):
        office.people.forget("Nobody")
