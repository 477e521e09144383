# SPDX-License-Identifier: Apache-2.0
"""The soak in short: all that it does, some seconds long; and a whod that grows is told."""

import json
import os
import sys
from pathlib import Path

import pytest
from support_broker import MOSQUITTO
from support_soak_figures import BLOCKS, PER, WARM_UP, Sample, append, look, read, trend, warm
from support_soak_report import figures, write

sys.path.insert(0, str(Path(__file__).parents[1] / "bench"))
sys.path.insert(0, str(Path(__file__).parents[1] / "browser"))

from soak import soak

FRAMES = 1200  # at ten samples a second, and 120 frames, as many samples as a trend needs, twice
DEEDS = {"page loaded", "person enrolled and forgotten", "job (training, backup, import)", "broker killed"}


def sample(number, **measured):
    values = {"memory": 140.0, "own": 90.0, "descriptors": 22, "threads": 17, "events_db": 3.0, "gallery_db": 9.0}
    values |= {"other_files": 5.0, "cpu_s": 0.3 * number}
    return Sample(at_s=float(number), frames=100 * number, **values | measured)


def told(measured, **about):
    return {figure.what: figure.good for figure in figures(measured, {"exit_code": 0, "failed": {}} | about)}


def test_what_is_flat_is_good():
    assert set(told([sample(number) for number in range(1000)]).values()) <= {True, None}


@pytest.mark.parametrize(
    ("grown", "what"),
    [
        (lambda n: {"memory": 120 + 0.0011 * n}, "resident memory, growth in 100,000 frames"),
        (lambda _: {"memory": 151.0}, "resident memory, at most"),
        (lambda n: {"descriptors": 22 + n // 700}, "file descriptors"),
        (lambda n: {"threads": 17 + n // 700}, "threads"),
        (lambda n: {"events_db": 3 + 0.005 * n}, "events.db, over the second half"),
        (lambda n: {"other_files": 5 + 0.01 * n}, "other files of the state folder"),
    ],
)
def test_what_grows_is_told(grown, what):
    found = told([sample(number, **grown(number)) for number in range(1000)])
    assert [name for name, good in found.items() if good is False] == [what]


def test_what_comes_and_goes_does_not_grow():
    samples = [sample(number, descriptors=22 + number % 7, threads=17 + number % 3) for number in range(1000)]
    assert set(told(samples).values()) <= {True, None}


def test_a_deed_that_failed_and_an_end_in_disorder_are_told():
    found = told([sample(number) for number in range(1000)], exit_code=1, failed={"broker killed": 1})
    assert [name for name, good in found.items() if good is False] == [
        "what was done beside the frames and failed",
        "end at SIGTERM",
    ]


def test_a_trend_with_its_bounds():
    frames = [100 * number for number in range(1000)]
    found = trend(frames, [100 + frame * 2 / PER + (number % 2) for number, frame in enumerate(frames)])
    assert found.slope == pytest.approx(2, abs=0.01)
    assert found.low <= 2 <= found.high


def test_too_few_samples_have_no_trend():
    with pytest.raises(ValueError, match="too few"):
        trend([1.0] * BLOCKS, [1.0] * BLOCKS)


def test_the_warm_up_does_not_count():
    samples = [sample(number) for number in range(1000)]
    assert warm(samples)[0].frames >= WARM_UP * samples[-1].frames > warm(samples)[0].frames - 200


@pytest.mark.mqtt
@pytest.mark.skipif(MOSQUITTO is None, reason="mosquitto is not installed: apt install mosquitto")
def test_a_short_soak_and_its_report(tmp_path):
    soak(tmp_path / "run", FRAMES, minutes=2, hurry=10)
    about = json.loads((tmp_path / "run" / "about.json").read_text())
    failures = tmp_path / "run" / "failures.txt"
    assert not about["failed"], failures.read_text()
    assert about["done"].keys() >= DEEDS
    assert (about["exit_code"], about["samples"]) == (0, 991)
    samples = read(tmp_path / "run" / "samples.jsonl")
    assert samples[-1].frames >= FRAMES
    third = len(samples) // 3
    for count in (lambda one: one.descriptors, lambda one: one.threads):
        # Each deed was done many times: more than the few that come and go would be one each time.
        assert min(map(count, samples[-third:])) <= min(map(count, samples[:third])) + 4
    write(tmp_path / "run", tmp_path / "docs")
    page = (tmp_path / "docs" / "soak.md").read_text()
    assert f"{samples[-1].frames:,} frames" in page
    for name in ("memory", "handles", "files"):
        assert f"(img/soak-{name}.svg)" in page
        assert "<polyline" in (tmp_path / "docs" / "img" / f"soak-{name}.svg").read_text()


@pytest.mark.slow
@pytest.mark.mqtt
@pytest.mark.skipif(MOSQUITTO is None, reason="mosquitto is not installed: apt install mosquitto")
def test_a_whod_that_grows_is_told(tmp_path):
    soak(tmp_path, 5 * FRAMES, minutes=3, leaks=True, hurry=4)
    found = told(read(tmp_path / "samples.jsonl"))
    assert found["file descriptors"] is False
    assert found["resident memory, growth in 100,000 frames"] is False


def test_memory_is_told_in_megabytes(tmp_path):
    resident = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    assert look(os.getpid(), tmp_path, 0, 0).memory == pytest.approx(resident / 1e6, rel=0.01)


def test_samples_are_read_as_they_were_written(tmp_path):
    for number in range(3):
        append(tmp_path / "samples.jsonl", sample(number))
    assert read(tmp_path / "samples.jsonl") == [sample(number) for number in range(3)]
