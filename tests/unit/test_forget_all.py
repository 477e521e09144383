# SPDX-License-Identifier: Apache-2.0
"""When everybody is forgotten nobody is in any file, and what is no person stays."""

import contextlib
import itertools
import threading
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from support_office import Office, photo, vector
from support_visits import event, face, visit, why

from daemon.cli.people import forget
from daemon.errors import StorageError, WorldError
from daemon.feed import Feed
from daemon.types import JobKind, JobState, Person

NAMES = ("Xaveria Quellenberg", "Yolanda Unterwasser")


@pytest.fixture
def office(tmp_path):
    office = Office(tmp_path)
    yield office
    office.close()


def fill(office):
    """Two people, one merged into the first, visits of one and of a stranger; gives what must be gone."""
    api = office.people
    first = api.enrol(NAMES[0], [photo(11), photo(12)]).person
    second = api.enrol(NAMES[1], [photo(21)]).person
    api.enrol("Merged Away", [photo(15)], force=True)
    api.merge("Merged Away", NAMES[0])
    api.groups.create("Family", NAMES)
    theirs = Person(first.id, NAMES[0])
    office.events.record(visit(theirs, face=face([vector(16)]), why=why(theirs)))
    office.events.record(visit(None, face=face([vector(61)]), why=why(theirs, reason="below_threshold")))
    office.events.decide(event(theirs, why=why(theirs)))
    job = api.backups.snapshot()
    assert api.jobs.wait(job.id, 20).state is JobState.DONE
    secrets = [vector(number).tobytes() for number in (11, 12, 21, 15)]
    secrets += [office.gallery.picture(name, sample.id) for name in NAMES for sample in api.samples(name)]
    secrets += [moments for (moments,) in office.events._database.query("SELECT moments FROM face")]
    return [*secrets, *(text.encode() for text in (*NAMES, "Merged Away", first.id, second.id))]


def found(folder, secrets):
    """Which of these are in a file of a folder."""
    files = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    return [number for number, secret in enumerate(secrets) if any(secret[:48] in data for data in files)]


def test_nothing_of_anybody_is_in_any_file(office):
    secrets = fill(office)
    assert found(office.folder, secrets) == list(range(len(secrets)))
    receipt = office.people.forget_all()
    assert found(office.folder, secrets) == []
    assert (receipt.people, receipt.samples, receipt.pictures) == (2, 4, 4)
    assert (receipt.visits, receipt.backups) == (2, 1)
    assert receipt.at == office.clock.now()
    api = office.people
    assert (api.people(), api.undos.all(), api.jobs.all(), api.backups.all(), api.unknowns.all()) == ([],) * 5
    assert api.groups.find("Family").people == ()
    assert office.events.history.recent(10) == []
    assert all(record.payload.get("name") is None for record in office.events.outbox.pending(0, 10))
    assert office.gallery.forgotten() == []
    office.close()
    assert found(office.folder, secrets) == []


def test_people_can_be_enrolled_again_under_the_same_names(office):
    fill(office)
    office.people.forget_all()
    again = office.people.enrol(NAMES[0], [photo(11)])
    assert again.change == "created"
    assert [person.name for person in office.people.people()] == [NAMES[0]]


def test_nobody_is_forgotten_while_a_job_goes_on(office, monkeypatch):
    fill(office)
    go_on = threading.Event()
    begun = threading.Event()

    def run(_progress, _arguments, _secret):
        begun.set()
        go_on.wait(20)
        return {}

    jobs = office.people.jobs._jobs
    monkeypatch.setitem(jobs._runners, JobKind.TRAIN, run)
    job = office.people.jobs.train()
    assert begun.wait(20)
    monkeypatch.setattr("daemon.service.people._JOBS_S", 0.05)
    with pytest.raises(WorldError, match="could not be ended"):
        office.people.forget_all()
    assert len(office.people.people()) == 2
    go_on.set()
    assert office.people.jobs.wait(job.id, 20).state.ended
    assert office.people.forget_all().people == 2


def test_a_history_that_cannot_be_written_keeps_everybody(office, monkeypatch):
    fill(office)

    def fails(_transaction):
        raise StorageError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(office.events.decisions, "clear", fails)
        with pytest.raises(StorageError, match=r"Nobody is forgotten yet, .* the disk is full"):
            office.people.forget_all()
    assert len(office.people.people()) == 2
    assert len(office.events.history.recent(10)) == 2
    assert office.people.forget_all().people == 2


def test_a_backup_that_cannot_be_deleted_keeps_everybody_and_their_visits(office):
    secrets = fill(office)
    delete = office.people.on_forget_all.pop()

    def fails():
        raise StorageError("the disk is gone")

    office.people.on_forget_all.append(fails)
    with pytest.raises(StorageError, match=r"Nobody is forgotten yet, .* the disk is gone"):
        office.people.forget_all()
    assert len(office.people.people()) == 2
    assert len(office.events.history.recent(10)) == 2
    office.people.on_forget_all[:] = [delete]
    assert office.people.forget_all().backups == 1
    assert found(office.folder, secrets) == []


@pytest.mark.parametrize(("turn", "people"), [(1, 2), (2, 0)], ids=["before people are", "after"])
def test_a_crash_leaves_all_people_or_nothing_of_them(office, turn, people):
    secrets = fill(office)
    turns = itertools.count(1)

    def crash():
        if next(turns) == turn:
            raise KeyboardInterrupt
        return 0

    office.people.on_forget_all.append(crash)
    with pytest.raises(KeyboardInterrupt):
        office.people.forget_all()
    office.close()
    with contextlib.closing(Office(office.folder)) as later:
        later.people.finish_forgetting()
        assert len(later.people.people()) == people
        if people:
            assert later.people.forget_all().people == people
        assert found(office.folder, secrets) == []


def test_a_crash_leaves_no_backup_to_be_written_anew_at_the_next_start(office):
    """For each of a thousand people that would take hours."""
    fill(office)
    follow = office.events.forget_all

    def crash():
        assert office.people.backups.all() == []
        follow()
        raise KeyboardInterrupt

    office.events.forget_all = crash
    with pytest.raises(KeyboardInterrupt):
        office.people.forget_all()
    assert len(office.people.people()) == 2


def test_a_backup_that_is_made_meanwhile_is_deleted_too(office):
    secrets = fill(office)
    jobs = office.people.jobs

    def back_up():
        if office.people.people():
            assert jobs.wait(office.people.backups.snapshot().id, 20).state is JobState.DONE
        return 0

    office.people.on_forget_all.append(back_up)
    assert office.people.forget_all().backups == 2
    assert found(office.folder, secrets) == []


def test_the_feed_keeps_nothing_of_what_was_told():
    feed = Feed("run", 3)
    feed.tell({"event_type": "identified", "person_id": "a", "name": "Alice"})
    feed.forget_all()
    assert list(feed._told) == []


class TestCommand:
    """`whod forget --all`."""

    def run(self, office, *arguments, answer=None, monkeypatch=None):
        if answer is not None:
            monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda _: True, raising=False)
        context = SimpleNamespace(people=lambda: contextlib.nullcontext(office.people))
        return CliRunner().invoke(forget, arguments, obj=context, input=answer)

    def test_it_asks_on_a_terminal(self, office, monkeypatch):
        fill(office)
        done = self.run(office, "--all", answer="n\n", monkeypatch=monkeypatch)
        assert done.exit_code == 1
        assert "Forget all 2 people for good" in done.stderr
        assert len(office.people.people()) == 2
        done = self.run(office, "--all", answer="y\n", monkeypatch=monkeypatch)
        assert done.exit_code == 0
        assert done.stdout.startswith("Everybody is forgotten, for good: 2 people, 4 samples, 4 pictures, ")
        assert office.people.people() == []

    def test_without_a_terminal_it_wants_to_be_sure(self, office):
        fill(office)
        done = self.run(office, "--all")
        assert done.exit_code == 2
        assert "add --yes" in done.stderr
        assert len(office.people.people()) == 2
        assert self.run(office, "--all", "--yes").exit_code == 0
        assert office.people.people() == []

    @pytest.mark.parametrize("arguments", [(), ("Alice", "--all")])
    def test_it_is_one_or_all(self, office, arguments):
        done = self.run(office, *arguments)
        assert done.exit_code == 2
        assert "Name one person, or give --all." in done.stderr
