# SPDX-License-Identifier: Apache-2.0
"""What is kept of long work: over stops and kills, how long, and what not."""

import contextlib
import multiprocessing
import os
import signal
import threading
from datetime import timedelta

import pytest
from support_jobs_folder import JobsFolder

from daemon.errors import StorageError, WorldError
from daemon.jobs.jobs import STAGED
from daemon.types import JobKind, Person
from daemon.workers import JobsWorker, Pulse

IMPORT, BACKUP = JobKind.IMPORT, JobKind.BACKUP


@pytest.fixture
def office(tmp_path):
    with contextlib.closing(JobsFolder(tmp_path)) as office:
        yield office


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
    office = JobsFolder(path)

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
    with contextlib.closing(JobsFolder(tmp_path)) as office:
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


def test_a_secret_is_nowhere_in_the_files(office):
    office.jobs.submit(BACKUP, {}, "correct horse battery")
    office.close()
    assert not any(b"battery" in path.read_bytes() for path in office.path.iterdir() if path.is_file())


def test_staging_is_private(office):
    path = office.jobs.staging.new(".zip")
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert path.stat().st_mode & 0o777 == 0o600


def test_only_so_many_files_wait(office):
    for _ in range(STAGED):
        job = office.jobs.submit(IMPORT, {"staged": office.jobs.staging.new().name})
    with pytest.raises(WorldError, match="try again when some are done"):
        office.jobs.submit(IMPORT, {"staged": office.jobs.staging.new().name})
    office.jobs.submit(IMPORT, {})
    office.jobs.cancel(job.id)
    office.jobs.submit(IMPORT, {"staged": office.jobs.staging.new().name})
