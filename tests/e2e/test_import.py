# SPDX-License-Identifier: Apache-2.0
"""Many pictures at once: by the command alone, by the daemon, and by one that is killed in the middle of it."""

import contextlib
import io
import json
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from support_broker import wait_until
from support_daemon import BARACK, EILEEN, JOE, whod

from daemon.client import RemotePeople
from daemon.errors import BadArchive
from daemon.types import JobState

KEYS = ["path", "name", "change", "person_id", "error", "reason"]


@pytest.fixture
def family(tmp_path):
    """A folder of people, with what is found in such folders."""
    home = tmp_path / "family"
    for name, picture in (("Eileen", EILEEN), ("Joe", JOE)):
        (home / name / "old").mkdir(parents=True)
        (home / name / "1.jpg").write_bytes(picture.read_bytes())
    (home / "Joe" / "old" / "0.jpg").write_bytes(b"nothing")
    (home / "Joe" / ".hidden.jpg").write_bytes(b"nothing")
    (home / "Joe" / "Thumbs.db").write_bytes(b"nothing")
    return home


def packed(path, folder, around=""):
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, f"{around}{file.relative_to(folder)}")
        archive.writestr("__MACOSX/Joe/._1.jpg", b"nothing")
    return path


def records(done):
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert all(list(record) == KEYS for record in found)
    return [(r["path"].rpartition("family/")[2], r["name"], r["change"], r["reason"]) for r in found]


EXPECTED = [
    ("Eileen/1.jpg", "Eileen", "created", None),
    ("Joe/1.jpg", "Joe", "created", None),
    ("Joe/old/0.jpg", "Joe", None, "photo-error"),
]


@pytest.mark.parametrize("around", ["", "my/"])
def test_an_archive_is_read_with_or_without_a_folder_around(tmp_path, family, around):
    archive = packed(tmp_path / "family.zip", family, around)
    done = records(whod("--state-dir", tmp_path / "state", "import", archive, "--json"))
    assert [(path.removeprefix(around), *rest) for path, *rest in done] == EXPECTED


def test_a_hostile_archive_is_refused_and_leaves_nothing(tmp_path, family):
    archive = packed(tmp_path / "family.zip", family, "../")
    done = whod("--state-dir", tmp_path / "state", "import", archive)
    assert done.returncode == 2
    assert "not allowed" in done.stderr
    assert list((tmp_path / "state" / "staging").iterdir()) == []
    assert json.loads(whod("--state-dir", tmp_path / "state", "people", "--json").stdout) == []


def test_the_daemon_gives_the_same_lines_as_the_command_alone(daemon, tmp_path, family):
    alone = records(whod("--state-dir", tmp_path / "alone", "import", family, "--json"))
    assert alone == EXPECTED
    daemon.start()
    assert records(daemon.whod("import", family, "--json")) == EXPECTED
    again = daemon.whod("import", family)
    assert "0 enrolled, 2 known already, 1 refused" in again.stderr
    assert f"{family}/Joe/old/0.jpg is no picture that whod knows" in again.stdout
    archive = packed(tmp_path / "family.zip", family)
    assert [change for _, _, change, _ in records(daemon.whod("import", archive, "--json"))] == [
        "unchanged",
        "unchanged",
        None,
    ]
    jobs = json.loads(daemon.whod("jobs", "--json").stdout)
    jobs = [job for job in jobs if job["kind"] == "import"]  # the day's backup may have been made meanwhile
    assert [(job["kind"], job["state"], job["result"]["unchanged"]) for job in jobs] == [
        ("import", "done", 2),
        ("import", "done", 2),
        ("import", "done", 0),
    ]
    assert "created" in daemon.whod("jobs", jobs[-1]["id"]).stdout
    assert list((daemon.state / "staging").iterdir()) == []


COUNT = 150


@pytest.fixture
def crowd(tmp_path):
    """An archive of many pictures of three people, some no pictures."""
    path = tmp_path / "crowd.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(COUNT):
            name, picture = (("Eileen", EILEEN), ("Joe", JOE), ("Barack", BARACK))[number % 3]
            data = b"nothing" if number % 10 == 9 else picture.read_bytes()
            archive.writestr(f"{name}/{number:04}.jpg", data)
    return path


def all_lines(jobs, job_id):
    lines = []
    while more := jobs.lines(job_id, lines[-1].number if lines else 0):
        lines += more
    return [line.record for line in lines]


def check_all_are_told(daemon, jobs, job_id):
    """Each picture has one line, a true one, and there are as many samples as were enrolled."""
    lines = all_lines(jobs, job_id)
    assert [int(line["path"][-8:-4]) for line in lines] == list(range(COUNT))
    changes = [line["change"] for line in lines]
    assert changes == ["refused" if n % 10 == 9 else "created" if n < 3 else "updated" for n in range(COUNT)]
    people = json.loads(daemon.whod("people", "--json").stdout)
    samples = [json.loads(daemon.whod("samples", person["name"], "--json").stdout) for person in people]
    assert sum(map(len, samples)) == COUNT * 9 // 10


def test_killed_in_the_middle_an_import_goes_on_and_tells_the_truth(daemon, crowd):
    daemon.start()
    jobs = RemotePeople(daemon.state / "whod.sock").jobs
    with crowd.open("rb") as archive:
        job = jobs.import_zip(archive, force=True)
    for least in (20, 70):
        wait_until(lambda least=least: jobs.get(job.id).done >= least, "progress")
        daemon.end(signal.SIGKILL)
        daemon.start()
        assert jobs.get(job.id).state in (JobState.QUEUED, JobState.RUNNING)
    done = jobs.wait(job.id, 60)
    assert (done.state, done.done, done.total) == (JobState.DONE, COUNT, COUNT)
    assert done.result == {"created": 3, "updated": COUNT * 9 // 10 - 3, "unchanged": 0, "refused": COUNT // 10}
    check_all_are_told(daemon, jobs, job.id)
    assert list((daemon.state / "staging").iterdir()) == []


def test_stopped_in_the_middle_it_ends_in_time_and_goes_on(daemon, crowd):
    daemon.start()
    jobs = RemotePeople(daemon.state / "whod.sock").jobs
    with crowd.open("rb") as archive:
        job = jobs.import_zip(archive, force=True)
    wait_until(lambda: jobs.get(job.id).done >= 20, "progress")
    assert daemon.end() == 0
    daemon.start()
    assert jobs.wait(job.id, 60).state is JobState.DONE
    check_all_are_told(daemon, jobs, job.id)


def test_cancelled_what_was_enrolled_stays_and_is_told(daemon, crowd):
    daemon.start()
    jobs = RemotePeople(daemon.state / "whod.sock").jobs
    with crowd.open("rb") as archive:
        job = jobs.import_zip(archive, force=True)
    wait_until(lambda: jobs.get(job.id).done >= 20, "progress")
    assert daemon.whod("jobs", "--cancel", job.id).returncode == 0
    done = jobs.wait(job.id, 30)
    assert done.state is JobState.CANCELLED
    assert 20 <= done.done < COUNT
    lines = all_lines(jobs, job.id)
    assert len(lines) == done.done == sum(done.result.values())
    people = json.loads(daemon.whod("people", "--json").stdout)
    samples = [json.loads(daemon.whod("samples", person["name"], "--json").stdout) for person in people]
    assert sum(map(len, samples)) == done.result["created"] + done.result["updated"]
    assert list((daemon.state / "staging").iterdir()) == []


@pytest.mark.parametrize("running", [False, True])
def test_interrupted_the_command_cancels_its_job(daemon, crowd, running):
    if running:
        daemon.start()
    command = [sys.executable, "-m", "daemon", "--state-dir", str(daemon.state), "import", str(crowd), "--force"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        for _ in range(5):
            process.stdout.readline()
        process.send_signal(signal.SIGINT)
        rest, stderr = process.communicate(timeout=30)
        assert process.returncode == 1
    assert len(rest.splitlines()) < COUNT - 5
    assert "enrolled" in stderr
    (job,) = json.loads(daemon.whod("jobs", "--json").stdout)
    assert job["state"] == "cancelled"


def status_kb(daemon, field):
    status = Path(f"/proc/{daemon.process.pid}/status").read_text()
    return int(status.partition(f"{field}:")[2].split()[0])


class Watched(io.FileIO):
    """A file that looks where a process keeps what is read of it."""

    process, kept_in = 0, frozenset()

    def read(self, size=-1):
        held = list(Path(f"/proc/{self.process}/fd").iterdir())
        with contextlib.suppress(FileNotFoundError):
            self.kept_in |= {str(file.readlink().parent) for file in held if "(deleted)" in str(file.readlink())}
        return super().read(size)


def test_a_large_upload_lies_in_the_state_folder_and_not_in_memory(daemon, tmp_path):
    daemon.start()
    bomb = tmp_path / "large.zip"
    with bomb.open("wb") as file:
        file.truncate(300_000_000)
    jobs = RemotePeople(daemon.state / "whod.sock").jobs
    Path(f"/proc/{daemon.process.pid}/clear_refs").write_text("5")  # forget the highest so far
    before = status_kb(daemon, "VmRSS")
    with Watched(bomb) as file:
        file.process = daemon.process.pid
        with pytest.raises(BadArchive):
            jobs.import_zip(file)
    assert file.kept_in == {str(daemon.state / "staging")}
    assert status_kb(daemon, "VmHWM") - before < 20_000
    assert list((daemon.state / "staging").iterdir()) == []
