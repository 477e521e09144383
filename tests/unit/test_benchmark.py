# SPDX-License-Identifier: Apache-2.0
"""What `whod bench` measures, and what it makes of it. How long something took is asserted nowhere."""

import json
import socket
import threading
from dataclasses import replace
from pathlib import Path

import click
import pytest

from daemon import benchmark
from daemon.benchmark import Effort, Limit, Speed, Spread, advise, as_set, clocks, delivery, host, measure, measuring
from daemon.benchmark.chain import TimedVision
from daemon.benchmark.clocks import Stopwatch, in_turn
from daemon.benchmark.door import DECIDING, KNOWN, NOBODY, STILL, measure_door
from daemon.cli.bench_text import as_text
from daemon.config import load
from daemon.errors import BrokerError
from daemon.vision import models_folder

SETTINGS = load().settings
ONCE = Limit(0, 1, 1)
LEAST = Effort(visits=ONCE, parts=ONCE, models=ONCE, search=ONCE, samples=(1_000,), deliveries=1)


@pytest.fixture
def clock(monkeypatch):
    """A clock that moves by what is added to it."""
    now = [0.0]
    monkeypatch.setattr(clocks.time, "perf_counter", lambda: now[0])
    return now


def test_a_stopwatch_knows_what_the_models_took(clock):
    model = Stopwatch()
    whole = Stopwatch(model)

    def invoke(seconds):
        clock[0] += seconds

    def chain(seconds):
        timed(seconds)
        clock[0] += 1
        timed(seconds)
        return "faces"

    timed = model.around(invoke)
    assert whole.around(chain)(2) == "faces"
    timed(10)
    assert whole.laps == [(5, 4)]
    assert (whole.total_s, model.total_s, len(model.laps)) == (5, 14, 3)


def test_rivals_take_turns_and_warm_up(clock):
    calls = []

    def rival(name, seconds):
        calls.append(name)
        clock[0] += seconds

    times = in_turn({"a": lambda: rival("a", 1), "b": lambda: rival("b", 2)}, Limit(0, 20, 20))
    assert times == {"a": [1] * 20, "b": [2] * 20}
    assert calls[:4] == ["a", "b", "a", "b"]
    rounds = {tuple(calls[i : i + 2]) for i in range(4, len(calls), 2)}
    assert rounds == {("a", "b"), ("b", "a")}, "each in each round, not always in one order"


@pytest.mark.parametrize(("least", "most", "rounds"), [(1, 100, 5), (8, 100, 8), (1, 3, 3)])
def test_a_limit_is_of_time_between_two_counts(clock, least, most, rounds):
    def second():
        clock[0] += 1

    assert len(in_turn({"a": second}, Limit(5, least, most))["a"]) == rounds


def speed(model, precision, threads, median_ms):
    return Speed(model, precision, threads, Spread(median_ms, median_ms, 10))


@pytest.mark.parametrize(
    ("others", "advised"),
    [
        ([], {}),
        ([("int8", 2, 9.5)], {}),
        ([("int8", 2, 5.0)], {"detector.threads": 2}),
        ([("float", 1, 2.0)], {"detector.precision": "float"}),
        ([("float", 1, 5.0), ("float", 2, 4.8)], {"detector.precision": "float"}),
        ([("float", 1, 5.0), ("float", 2, 2.0)], {"detector.precision": "float", "detector.threads": 2}),
        ([("int8", 2, 5.0), ("float", 1, 5.2)], {"detector.precision": "float"}),
    ],
)
def test_only_what_is_clearly_faster_is_advised(others, advised):
    speeds = [
        speed("detector", "int8", 1, 10.0),
        speed("embedder", "int8", 1, 1.0),
        speed("embedder", "float", 1, 1.0),
    ]
    speeds += [speed("detector", *other) for other in others]
    now = as_set(speeds, SETTINGS)
    assert [(s.model, s.precision, s.threads) for s in now] == [("detector", "int8", 1), ("embedder", "int8", 1)]
    assert {advice.setting: advice.value for advice in advise(speeds, now, 1.1)} == advised


def test_a_visit_shows_every_kind_of_frame():
    vision = TimedVision(models_folder(), SETTINGS)
    times = measure_door(vision, SETTINGS, models_folder() / "demo", Limit(0, 3, 3))
    names = [event.person.name for event, _ in times.decisions]
    assert names == ["barack-obama", "joe-biden", "eileen-collins"]
    assert {frame.invokes for frame in times.frames[STILL]} == {0}
    assert {frame.invokes for frame in times.frames[NOBODY]} == {1}
    assert {frame.invokes for frame in times.frames[KNOWN]} == {1}
    assert min(frame.invokes for frame in times.frames[DECIDING]) >= 2, "found and embedded"
    assert len(vision.stages["embedder"].laps) == len(times.frames[DECIDING]) == 3 * SETTINGS.tracking.min_votes
    for frame in (frame for frames in times.frames.values() for frame in frames):
        assert 0 <= frame.whole.models_s <= frame.whole.took_s
        assert 0 < frame.track_s < frame.whole.took_s


def test_everything_is_measured():
    report = measure(models_folder(), SETTINGS, "no broker here", LEAST, lambda _: None)
    assert [stage.name for stage in report.stages] == [
        *("decode", "resize", "detector_1", "detector_2", "alignment", "quality", "embedder", "track", "search"),
    ]
    with_models = [stage.name for stage in report.stages if stage.models_ms]
    assert with_models == ["detector_1", "detector_2", "embedder"]
    assert [path.shows for path in report.frame_path] == ["still", "nobody", "deciding", "known"]
    assert {(s.model, s.precision) for s in report.models} >= {("detector", "int8"), ("embedder", "int8")}
    assert {s.threads for s in report.models} >= {1}
    assert [(s.samples, s.people) for s in report.search] == [(1_000, 200)]
    assert ("publish", "no broker here") in {(item.what, item.why) for item in report.left_out}
    assert json.loads(json.dumps(report.as_json())) == report.as_json()


def test_a_gallery_that_does_not_fit_is_left_out(monkeypatch):
    monkeypatch.setattr(measuring, "free_bytes", lambda: 2_000_000)
    report = measure(models_folder(), SETTINGS, "none", replace(LEAST, samples=(100, 1_000)), lambda _: None)
    assert [search.samples for search in report.search] == [100]
    (left_out,) = (item for item in report.left_out if item.what.startswith("search"))
    assert left_out.what == "search among 1,000"
    assert left_out.why == "it needs 3 MB of memory, and 2 MB are free"


def test_a_busy_or_hot_machine_is_warned_of():
    calm = replace(host.Host.here(), cores=4, throttled=None, temperature_c=50.0)
    assert list(measuring.warnings(calm, 0.5)) == []
    assert list(measuring.warnings(calm, None)) == []
    assert "used 1.5 of 4 cores" in next(measuring.warnings(calm, 1.5))
    assert "firmware" in next(measuring.warnings(replace(calm, throttled=True), 0))
    assert "90 °C" in next(measuring.warnings(replace(calm, temperature_c=90), 0))


def test_what_others_do_is_told_from_what_we_do(monkeypatch, tmp_path):
    stat = tmp_path / "stat"
    monkeypatch.setattr(host, "_STAT", stat)
    monkeypatch.setattr(host, "_own_s", lambda: own)
    ticks, now, own = host.os.sysconf("SC_CLK_TCK"), 100.0, 7.0
    monkeypatch.setattr(host.time, "monotonic", lambda: now)
    stat.write_text("cpu  0 0 0 50 50 0 0 0 0 0\n")
    others = host.Neighbours()
    now, own = now + 10, own + 8  # of ten seconds, eight are ours
    stat.write_text(f"cpu  {20 * ticks} {2 * ticks} {ticks} 90 90 0 0 0 500 0\ncpu0 1 1 1\n")
    assert others.cores() == 1.5
    stat.unlink()
    assert others.cores() is None


def test_a_machine_that_tells_nothing_is_described(monkeypatch, tmp_path):
    for name in ("_BOARD", "_PROCESSOR", "_MEMORY", "_STAT"):
        monkeypatch.setattr(host, name, tmp_path / "missing")
    here = host.Host.here()
    assert here.processor == host.platform.machine()
    assert here.memory_mb is None
    assert host.free_bytes() is None
    assert host.Neighbours().cores() is None
    (tmp_path / "board").write_text("Raspberry Pi 5 Model B Rev 1.0\0")
    monkeypatch.setattr(host, "_BOARD", tmp_path / "board")
    assert host.Host.here().processor == "Raspberry Pi 5 Model B Rev 1.0"


def test_decisions_reach_a_subscriber(broker):
    vision = TimedVision(models_folder(), SETTINGS)
    decisions = measure_door(vision, SETTINGS, models_folder() / "demo", Limit(0, 2, 2)).decisions
    report = measure(models_folder(), SETTINGS, broker.port, LEAST, lambda _: None)
    assert len(delivery.measure_delivery(broker.port, [event for event, _ in decisions])) == len(decisions) == 2
    assert report.stages[-1].name == "publish"
    assert report.frame_to_mqtt.median_ms > report.stages[-1].spread.median_ms
    assert "publish" not in {item.what for item in report.left_out}


@pytest.mark.parametrize(
    "answer", [b"", b"\x20\x02\x00\x05", b"\x30\x02\x00\x00", b"\x20\x02\x00\x00\x90\x03\x00\x01\x80"]
)
def test_a_broker_that_does_not_do_its_part_is_left_out(monkeypatch, answer):
    monkeypatch.setattr(delivery, "_PATIENCE_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            connection, _ = server.accept()
            with connection:
                connection.sendall(answer)
                connection.recv(1000)
                closed.wait(5)

        closed = threading.Event()
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            with pytest.raises(BrokerError):
                delivery.measure_delivery(server.getsockname()[1], [])
        finally:
            closed.set()
            thread.join()


@pytest.fixture(scope="module")
def report():
    return measure(models_folder(), SETTINGS, "mosquitto is not installed", LEAST, lambda _: None)


ADVICE = (benchmark.Advice("detector.precision", "float", 19.4), benchmark.Advice("detector.threads", 2, 19.4))


def test_the_text_fits_a_terminal(report):
    warned = replace(report, advice=ADVICE, warnings=("a long warning " * 10,))
    lines = as_text(warned, Path("/etc/whod/config.toml"), "utf-8").splitlines()
    assert max(len(click.unstyle(line)) for line in lines) <= 80
    assert any("█" in line for line in lines)
    assert any("mosquitto is not installed" in line for line in lines)


def test_the_text_is_ascii_where_it_must_be(report, tmp_path):
    text = as_text(replace(report, warnings=("It is 90 °C.",)), tmp_path / "config.toml", "ascii")
    assert text.isascii()
    assert "##" in text


def test_the_text_says_what_to_set(report, tmp_path):
    text = click.unstyle(as_text(replace(report, advice=ADVICE), tmp_path / "config.toml", "utf-8"))
    assert 'The detector is 19 times as fast with other settings:\n  [detector]\n  precision = "float"\n' in text
    assert f"\n  threads = 2\nThey go into {tmp_path}/config.toml\nThen restart the daemon" in text
    assert "well off" in click.unstyle(as_text(replace(report, advice=()), tmp_path / "config.toml", "utf-8"))
