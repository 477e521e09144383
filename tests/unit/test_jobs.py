# SPDX-License-Identifier: Apache-2.0
"""Long work: in order, one at a time, told truly whatever happens."""

import contextlib
import multiprocessing
import os
import signal
import threading
from datetime import timedelta

import pytest

from daemon.clock import FakeClock
from daemon.errors import JobCancelled, NoSuchJob, StorageError, WorldError
from daemon.events_db import open_event_store
from daemon.jobs import Jobs, Staging
from daemon.jobs.jobs import STAGED
from daemon.types import Job, JobKind, JobState, Person
from daemon.workers import JobsWorker, Pulse

IMPORT, TRAIN, BACKUP = JobKind.IMPORT, JobKind.TRAIN, JobKind.BACKUP


class Office:
    """A state folder with jobs, and short words for them."""

    def __init__(self, path, clock=None):
        self.path = path
        self.clock = clock or FakeClock()
        self.asked = []
        self.runner = lambda *_: {}
        self.events = None
        self.open()

    def open(self, **how):
        """Open the folder, again if it was open."""
        self.close()
        self.events, _ = open_event_store(self.path, self.clock)
        runners = dict.fromkeys(JobKind, self._run)
        self.jobs = Jobs(self.events.jobs, Staging(self.path), runners, self.clock, **how)
        self.jobs.recover()
        return self.jobs

    def _run(self, progress, arguments, secret):
        self.asked.append((arguments, secret))
        return self.runner(progress, arguments, secret)

    def close(self):
        if self.events:
            self.events.close()

    def work(self):
        while self.jobs.work(0):
            pass

    def staged(self):
        return {path.name for path in self.jobs.staging.folder.iterdir()}


@pytest.fixture
def office(tmp_path):
    with contextlib.closing(Office(tmp_path)) as office:
        yield office


def begun(jobs):
    """A thread at work, which has begun a job."""
    thread = threading.Thread(target=jobs.work, args=(5,))
    thread.start()
    return thread


def test_jobs_are_done_in_the_order_in_which_they_came(office):
    first = office.jobs.submit(IMPORT, {"n": 1})
    second = office.jobs.submit(TRAIN, {"n": 2}, "secret")
    assert [first.state, second.state] == ["queued", "queued"]
    office.runner = lambda _, arguments, __: {"was": arguments["n"]}
    office.work()
    assert office.asked == [({"n": 1}, None), ({"n": 2}, "secret")]
    assert [(job.id, job.state, job.result) for job in office.jobs.all()] == [
        (second.id, "done", {"was": 2}),
        (first.id, "done", {"was": 1}),
    ]
    assert office.jobs.get(first.id).ended_at == office.clock.now()
    assert Job.from_json(office.jobs.get(first.id).as_json()) == office.jobs.get(first.id)


def test_progress_and_lines_are_seen_at_once_and_written_once_a_second(office):
    job = office.jobs.submit(IMPORT, {})
    writes, seen = [], []
    save = office.events.jobs.save
    office.events.jobs.save = lambda *what: (writes.append(1), save(*what))

    def runner(progress, arguments, secret):
        del writes[:]
        for n in range(1, 101):
            progress.line({"path": f"{n}.jpg", "name": "Ann"})
            progress.advance(n, 100, "pictures")
            seen.append((office.jobs.get(job.id).done, len(office.jobs.lines(job.id))))
            office.clock.advance(0.1)
        return {"lines": len(writes)}

    office.runner = runner
    office.work()
    assert seen == [(n, n) for n in range(1, 101)]
    assert 8 <= office.jobs.get(job.id).result["lines"] <= 11
    lines = office.jobs.lines(job.id)
    assert [line.number for line in lines] == list(range(1, 101))
    assert [line.record["path"] for line in office.jobs.lines(job.id, after=98)] == ["99.jpg", "100.jpg"]


def test_more_lines_than_are_given_at_once_come_in_turn(office):
    job = office.jobs.submit(IMPORT, {})

    def runner(progress, arguments, secret):
        for n in range(2500):
            progress.line({"n": n})
        assert [len(office.jobs.lines(job.id, after)) for after in (0, 1000, 2000)] == [1000, 1000, 500]
        return {}

    office.runner = runner
    office.work()
    assert office.jobs.get(job.id).state == "done"
    assert [len(office.jobs.lines(job.id, after)) for after in (0, 1000, 2000, 2500)] == [1000, 1000, 500, 0]


def test_what_goes_wrong_is_told_as_the_same_error(office):
    def runner(progress, arguments, secret):
        raise StorageError("The disk is full.")

    office.runner = runner
    job = office.jobs.submit(TRAIN, {})
    office.work()
    failed = office.jobs.get(job.id)
    assert failed.state == "failed"
    assert isinstance(failed.error.error(), StorageError)
    assert str(failed.error.error()) == "The disk is full."


def test_a_fault_of_a_runner_fails_its_job_and_is_not_swallowed(office):
    office.runner = lambda *_: 1 / 0
    job, after = office.jobs.submit(TRAIN, {}), office.jobs.submit(TRAIN, {})
    with pytest.raises(ZeroDivisionError):
        office.jobs.work(0)
    assert office.jobs.get(job.id).state == "failed"
    assert "ZeroDivisionError" in office.jobs.get(job.id).error.detail
    office.runner = lambda *_: {}
    office.work()
    assert office.jobs.get(after.id).state == "done"


def test_a_job_that_waits_is_cancelled_at_once(office):
    job = office.jobs.submit(IMPORT, {"staged": office.jobs.staging.new().name})
    assert office.jobs.cancel(job.id).state == "cancelled"
    office.work()
    assert office.asked == []
    assert office.staged() == set()
    assert office.jobs.cancel(job.id).state == "cancelled"


def test_a_job_that_runs_is_cancelled_where_it_looks(office):
    job = office.jobs.submit(IMPORT, {"staged": office.jobs.staging.new().name})
    running = threading.Event()

    def runner(progress, arguments, secret):
        running.set()
        progress.so_far = {"created": 1}
        while True:
            progress.check()

    office.runner = runner
    thread = begun(office.jobs)
    assert running.wait(5)
    office.jobs.cancel(job.id)
    cancelled = office.jobs.wait(job.id, 5)
    thread.join(5)
    assert (cancelled.state, cancelled.result) == ("cancelled", {"created": 1})
    assert office.staged() == set()


def test_a_job_that_has_ended_stays_as_it_is(office):
    job = office.jobs.submit(TRAIN, {})
    office.work()
    assert office.jobs.cancel(job.id).state == "done"


def test_waiting_ends_with_the_time_or_with_the_job(office):
    job = office.jobs.submit(TRAIN, {})
    assert office.jobs.wait(job.id, 0).state == "queued"
    thread = begun(office.jobs)
    assert office.jobs.wait(job.id, 5).state == "done"
    thread.join(5)


def test_a_job_that_is_not_there_is_said_so(office):
    for ask in (office.jobs.get, office.jobs.lines, office.jobs.cancel, office.jobs.wait):
        with pytest.raises(NoSuchJob):
            ask("nothing")


def test_a_secret_is_nowhere_in_the_files(office):
    office.jobs.submit(BACKUP, {}, "correct horse battery")
    office.close()
    assert not any(b"battery" in path.read_bytes() for path in office.path.iterdir() if path.is_file())


def test_stopped_in_the_middle_a_job_goes_on_after_the_next_start_if_it_can(office):
    able = office.jobs.submit(IMPORT, {"staged": office.jobs.staging.new().name}, resumes=True)
    running = threading.Event()

    def runner(progress, arguments, secret):
        progress.line({"path": "1.jpg"})
        progress.advance(1, 2)
        running.set()
        while True:
            progress.check()

    office.runner = runner
    pulse = Pulse(office.clock)
    thread = threading.Thread(target=JobsWorker(office.jobs).run, args=(pulse,))
    thread.start()
    assert running.wait(5)
    pulse.stop()
    thread.join(5)
    assert not thread.is_alive()
    office.open()
    assert office.jobs.get(able.id).state == "queued"
    assert len(office.staged()) == 1
    found = []
    office.runner = lambda progress, *_: found.append((progress.line_count, progress.job.done)) or {}
    office.work()
    assert found == [(1, 1)]
    assert office.jobs.get(able.id).state == "done"
    assert office.staged() == set()


def killed_in_the_middle(path):
    office = Office(path)

    def runner(progress, arguments, secret):
        progress.line({"path": "1.jpg"})
        progress.flush()
        os.kill(os.getpid(), signal.SIGKILL)

    office.runner = runner
    for kind, resumes in ((IMPORT, True), (BACKUP, False)):
        office.jobs.submit(kind, {"staged": office.jobs.staging.new().name}, "secret", resumes=resumes)
    office.jobs.staging.new(".tmp")
    office.work()


def test_after_a_kill_states_are_true_and_nothing_is_left_over(tmp_path):
    process = multiprocessing.get_context("spawn").Process(target=killed_in_the_middle, args=(tmp_path,))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    with contextlib.closing(Office(tmp_path)) as office:
        backup, imported = office.jobs.all()
        assert (imported.state, backup.state) == ("queued", "failed")
        assert "start it again" in backup.error.detail
        assert len(office.jobs.lines(imported.id)) == 1
        assert len(office.staged()) == 1


def test_an_end_that_could_not_be_written_is_made_up_for(office):
    job = office.jobs.submit(IMPORT, {}, resumes=True)
    save, full = office.events.jobs.save, []

    def no_room(*what):
        if full:
            raise StorageError("The disk is full.")
        save(*what)

    office.events.jobs.save = no_room
    office.runner = lambda *_: full.append(1) or {}
    with pytest.raises(StorageError):
        office.jobs.work(0)
    del full[:]
    office.runner = lambda *_: {}
    office.jobs.recover()
    office.work()
    assert office.jobs.get(job.id).state == "done"


def test_the_last_fifty_are_kept_for_thirty_days(office):
    made = []
    office.runner = lambda *_: {"file": made.append(office.jobs.staging.new().name) or made[-1]}
    for _ in range(60):
        office.jobs.submit(BACKUP, {})
    office.work()
    assert len(office.jobs.all()) == 50
    assert office.staged() == set(made[-50:])
    office.clock.advance(timedelta(days=31).total_seconds())
    office.jobs.submit(BACKUP, {})
    office.work()
    assert len(office.jobs.all()) == 1
    assert office.staged() == set(made[-1:])


def test_lines_go_with_their_job(office):
    office.runner = lambda progress, *_: progress.line({"path": "x"}) or {}
    job = office.jobs.submit(IMPORT, {})
    office.work()
    assert office.jobs.lines(job.id)
    office.clock.advance(timedelta(days=31).total_seconds())
    office.open()
    assert office.events.jobs.lines(job.id, 0, 10) == []


def test_begun_anew_the_job_that_runs_stays(office):
    job = office.jobs.submit(IMPORT, {})

    def runner(progress, arguments, secret):
        progress.line({"path": "1"})
        progress.flush()
        office.events.begin_anew()
        progress.line({"path": "2"})
        return {"well": True}

    office.runner = runner
    office.work()
    assert office.jobs.get(job.id).result == {"well": True}
    assert [line.record["path"] for line in office.jobs.lines(job.id)] == ["2"]


def test_who_is_forgotten_stands_in_no_report(office):
    def runner(progress, arguments, secret):
        progress.line({"path": 'Ann "A"/1.jpg', "name": 'Ann "A"', "person_id": "a"})
        progress.line({"path": "Bo/1.jpg", "name": "Bo", "person_id": "b", "detail": 'more like "Ann "A""'})
        progress.line({"path": "Cy/1.jpg", "name": "Cy", "person_id": "c", "detail": 'more like "Nobody"'})
        progress.line({"path": "Cy/2.jpg", "name": "Cy", "person_id": "c", "detail": 'more like "Annika"'})
        office.jobs.forget(Person("a", "Annika"))
        progress.line({"path": "Ann/3.jpg", "name": "Ann", "person_id": "a"})
        return {}

    office.runner = runner
    job = office.jobs.submit(IMPORT, {})
    office.work()
    lines = [line.record for line in office.jobs.lines(job.id)]
    assert "Ann" not in str(lines)
    assert [line["path"] for line in lines] == ["", "", "Cy/1.jpg", "", ""]
    office.close()
    assert not any(b"Ann" in path.read_bytes() for path in office.path.iterdir() if path.is_file())


def test_alone_a_job_begins_by_itself_and_leaves_what_is_the_daemons(office):
    left = office.jobs.submit(IMPORT, {}, resumes=True)
    jobs = office.open(alone=True)
    job = jobs.submit(TRAIN, {})
    assert jobs.wait(job.id, 5).state == "done"
    assert jobs.get(left.id).state == "queued"


def test_alone_a_fault_is_raised_where_the_job_is_waited_for(office):
    jobs = office.open(alone=True)
    office.runner = lambda *_: 1 / 0
    job = jobs.submit(TRAIN, {})
    with pytest.raises(ZeroDivisionError):
        jobs.wait(job.id, 5)


def test_staging_is_private(office):
    path = office.jobs.staging.new(".zip")
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert path.stat().st_mode & 0o777 == 0o600


def test_states_that_have_ended():
    assert {state for state in JobState if state.ended} == {"done", "failed", "cancelled"}
    assert JobCancelled.http_status == 409


def test_only_so_many_files_wait(office):
    for _ in range(STAGED):
        job = office.jobs.submit(IMPORT, {"staged": office.jobs.staging.new().name})
    with pytest.raises(WorldError, match="try again when some are done"):
        office.jobs.submit(IMPORT, {"staged": office.jobs.staging.new().name})
    office.jobs.submit(IMPORT, {})
    office.jobs.cancel(job.id)
    office.jobs.submit(IMPORT, {"staged": office.jobs.staging.new().name})
