# SPDX-License-Identifier: Apache-2.0
"""Long work: in order, one at a time, told truly whatever happens."""

import contextlib
import threading

import pytest
from support_jobs_folder import JobsFolder

from daemon.errors import JobCancelled, NoSuchJob, StorageError
from daemon.types import Job, JobKind, JobState

IMPORT, TRAIN = JobKind.IMPORT, JobKind.TRAIN


@pytest.fixture
def office(tmp_path):
    with contextlib.closing(JobsFolder(tmp_path)) as office:
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


def test_only_the_lines_with_a_problem_whether_they_are_written_or_not(office):
    job = office.jobs.submit(IMPORT, {})
    seen = []

    def runner(progress, arguments, secret):
        for n in range(1, 31):
            progress.line({"path": f"{n}.jpg", "reason": "too-dark" if n % 10 == 0 else None})
            if n == 15:
                progress.flush()
        seen.extend(line.number for line in office.jobs.lines(job.id, problems=True))
        return {}

    office.runner = runner
    office.work()
    assert seen == [10, 20, 30]
    assert [line.number for line in office.jobs.lines(job.id, 10, problems=True)] == [20, 30]
    assert len(office.jobs.lines(job.id)) == 30


@pytest.mark.parametrize(
    ("done", "total", "took_s", "left_s"),
    [
        (25, 100, 62, 180),
        (50, 100, 62, 60),
        (99, 100, 62, 10),
        (100, 100, 60, None),
        (0, 100, 60, None),
        (5, None, 60, None),
        (25, 100, 1, None),
    ],
)
def test_how_long_a_job_goes_on_is_told_when_its_pace_is_known(office, done, total, took_s, left_s):
    began = office.clock.now()
    job = Job("1", IMPORT, JobState.RUNNING, began, done, total, started_at=began)
    office.clock.advance(took_s)
    assert job.left_s(office.clock.now()) == left_s


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
    assert not office.jobs.busy
    thread = begun(office.jobs)
    assert running.wait(5)
    assert office.jobs.busy
    office.jobs.cancel(job.id)
    cancelled = office.jobs.wait(job.id, 5)
    thread.join(5)
    assert not office.jobs.busy
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


def test_states_that_have_ended():
    assert {state for state in JobState if state.ended} == {"done", "failed", "cancelled"}
    assert JobCancelled.http_status == 409
