# SPDX-License-Identifier: Apache-2.0
"""From pictures to a subscriber: the real daemon, the real models, a real broker."""

import json
import re
import signal
import sqlite3
import time
from datetime import datetime

import pytest
from support_broker import wait_until
from support_daemon import BARACK, EILEEN, JOE, broker_settings, play

pytestmark = pytest.mark.mqtt


def bodies(messages):
    return [json.loads(message.payload) for message in messages]


def test_visitors_are_told_once_and_recorded(daemon, broker, tmp_path):
    subscriber = broker.subscriber()
    assert daemon.whod("enrol", "Eileen", EILEEN).returncode == 0
    assert daemon.whod("enrol", "Joe", JOE).returncode == 0
    source = play(tmp_path / "day", (EILEEN, 15), (BARACK, 20), (None, 5), (JOE, 15), (None, 15))
    daemon.start(source, "tracking.sighting_gap_s=1", *broker_settings(broker.port))
    visits = bodies(subscriber.wait_for("whod/door/sighting", count=3))
    events = bodies(subscriber.on("whod/door/identified"))

    assert [(e["event_type"], e["name"]) for e in events] == [
        ("identified", "Eileen"), ("unknown", None), ("identified", "Joe"),
    ]  # fmt: skip
    assert [(v["outcome"], v["name"]) for v in visits] == [
        ("identified", "Eileen"), ("unknown", None), ("identified", "Joe"),
    ]  # fmt: skip
    first = visits[0]["seq"]
    assert [v["seq"] for v in visits] == [first, first + 1, first + 2]
    assert [v["sighting_id"] for v in visits] == [e["sighting_id"] for e in events]
    for message, event in zip(subscriber.on("whod/door/identified"), events, strict=True):
        assert (message.qos, message.retain) == (0, False)
        assert event["age_ms"] < 5000
        assert event["node"] == "door"
        assert event["simulated"] is False
    person = events[0]["person_id"]
    shown = [m.payload for m in subscriber.on(f"whod/door/person/{person}/present")]
    assert shown == [b"OFF", b"ON", b"OFF"]
    assert not any("Eileen" in m.topic for m in subscriber.messages)
    status = bodies(subscriber.on("whod/door/status"))[-1]
    assert status["people"] == 2
    assert "Eileen" not in daemon.log.read_text()


def test_who_is_enrolled_while_it_runs_is_known_at_the_next_visit(daemon, broker, tmp_path):
    subscriber = broker.subscriber()
    source = play(tmp_path / "day", (EILEEN, 15), (None, 15))
    daemon.start(source, "camera.loop=true", "tracking.sighting_gap_s=1", *broker_settings(broker.port))
    subscriber.wait_for("whod/door/identified")
    enrolled = daemon.whod("enrol", "Eileen Collins", EILEEN)
    assert "Eileen Collins created: 1 picture" in enrolled.stdout
    named = wait_until(
        lambda: [e for e in bodies(subscriber.on("whod/door/identified")) if e["name"] == "Eileen Collins"]
    )
    assert named[0]["similarity"] > 0.8
    (face,) = json.loads(daemon.whod("identify", EILEEN, "--jsonl").stdout)["faces"]
    assert face["decision"]["name"] == "Eileen Collins"
    assert daemon.whod("rename", "eileen collins", "Col. Collins").returncode == 0
    (person,) = json.loads(daemon.whod("people", "--json").stdout)
    assert person["name"] == "Col. Collins"
    wait_until(lambda: json.loads(daemon.whod("people", "--json").stdout)[0]["last_seen_at"], "a visit on record")
    assert daemon.whod("forget", person["id"]).returncode == 0
    assert json.loads(daemon.whod("people", "--json").stdout) == []


def test_sigterm_ends_in_three_seconds_and_loses_no_visit(daemon, broker, tmp_path):
    subscriber = broker.subscriber()
    daemon.start(play(tmp_path / "day", (BARACK, 100)), *broker_settings(broker.port))
    subscriber.wait_for("whod/door/identified")
    began = time.monotonic()
    assert daemon.end(signal.SIGTERM) == 0
    assert time.monotonic() - began < 3
    assert daemon.heard("STOPPING=1")
    assert [v["outcome"] for v in bodies(subscriber.wait_for("whod/door/sighting"))] == ["unknown"]
    subscriber.wait_for("whod/door/availability", b"offline")


def test_a_broker_that_is_away_at_first_gets_the_records_but_no_old_news(daemon, stopped_broker, tmp_path):
    source = play(tmp_path / "day", (BARACK, 15), (None, 15))
    daemon.start(source, "tracking.sighting_gap_s=1", *broker_settings(stopped_broker.port))
    wait_until(lambda: "unknown" in daemon.log.read_text(), "a decision")
    wait_until(lambda: len(json.loads(daemon.get("/state.json")[1])["visits"]) == 1, "the visit")
    assert "broker" in daemon.health()["problem"]
    stopped_broker.start()
    subscriber = stopped_broker.subscriber()
    (visit,) = bodies(subscriber.wait_for("whod/door/sighting"))
    assert visit["outcome"] == "unknown"
    assert subscriber.on("whod/door/identified") == []
    wait_until(lambda: daemon.health()["ok"], "health")


def test_visits_survive_a_kill(daemon, stopped_broker, tmp_path):
    source = play(tmp_path / "day", (BARACK, 12), (None, 100))
    settings = (source, "tracking.sighting_gap_s=0.5", *broker_settings(stopped_broker.port))
    daemon.start(*settings)
    wait_until(lambda: len(json.loads(daemon.get("/state.json")[1])["visits"]) == 1, "the visit")
    daemon.end(signal.SIGKILL)
    stopped_broker.start()
    subscriber = stopped_broker.subscriber()
    daemon.start(*settings)
    visits = bodies(subscriber.wait_for("whod/door/sighting", count=2))
    assert visits[1]["seq"] == visits[0]["seq"] + 1
    assert subscriber.on("whod/door/availability")[0].payload in (b"online", b"offline")


def test_no_broker_at_all(daemon, tmp_path):
    assert daemon.whod("enrol", "Joe", JOE).returncode == 0
    daemon.start(play(tmp_path / "day", (JOE, 30)))
    wait_until(lambda: "identified" in daemon.log.read_text(), "a decision")
    assert daemon.health()["ok"]
    assert daemon.end() == 0


def test_the_demo_says_that_it_is_one(daemon, broker):
    subscriber = broker.subscriber()
    daemon.start("camera.source=demo", *broker_settings(broker.port))
    (event,) = bodies(subscriber.wait_for("whod/door/identified"))[:1]
    assert event["event_type"] == "unknown"
    assert event["simulated"] is True
    assert bodies(subscriber.on("whod/door/status"))[-1]["simulated"] is True
    assert b"simulated" in daemon.get("/")[1].lower()


def test_systemd_hears_that_it_is_up_and_alive(daemon, tmp_path):
    daemon.start(play(tmp_path / "day", (None, 5)))
    wait_until(lambda: daemon.heard("WATCHDOG=1"), "the watchdog")
    assert daemon.end() == 0
    assert daemon.heard("STOPPING=1")


def test_one_owner(daemon, tmp_path):
    source = play(tmp_path / "day", (None, 5))
    daemon.start(source)
    second = daemon.whod("--set", source, "run")
    assert second.returncode == 1
    assert "in use by another whod" in second.stderr
    assert second.stderr.count("\n") == 1


def test_a_camera_that_is_not_there_is_red_and_the_page_is_up(daemon, tmp_path):
    daemon.start(f"camera.source=folder:{tmp_path / 'later'}")
    wait_until(lambda: not daemon.health()["ok"], "red health")
    assert daemon.get("/health")[0] == 503
    assert daemon.get("/")[0] == 200
    wait_until(lambda: daemon.heard("WATCHDOG=1"), "the watchdog")
    play(tmp_path / "later", (BARACK, 40))
    wait_until(lambda: daemon.health()["ok"], "the camera")
    wait_until(lambda: "unknown" in daemon.log.read_text(), "a decision")
    assert daemon.process.poll() is None


def test_a_damaged_history_is_begun_anew(daemon, tmp_path):
    assert daemon.whod("enrol", "Joe", JOE).returncode == 0
    (daemon.state / "events.db").write_bytes(b"no database" * 1000)
    daemon.start(play(tmp_path / "day", (JOE, 5)))
    assert "begins anew" in daemon.log.read_text()
    assert list(daemon.state.glob("events.db.damaged-*"))
    assert daemon.end() == 0


def test_a_damaged_gallery_of_which_there_is_no_backup_is_refused(daemon):
    assert daemon.whod("enrol", "Joe", JOE).returncode == 0
    damaged = b"no database" * 1000
    (daemon.state / "gallery.db").write_bytes(damaged)
    refused = daemon.whod("run")
    assert refused.returncode == 1
    assert re.fullmatch(r"whod: .*gallery\.db is damaged.*\n", refused.stderr)
    assert (daemon.state / "gallery.db").read_bytes() == damaged


def test_a_locked_gallery_is_one_sentence(daemon):
    assert daemon.whod("enrol", "Joe", JOE).returncode == 0
    other = sqlite3.connect(daemon.state / "gallery.db")
    other.execute("BEGIN EXCLUSIVE")
    refused = daemon.whod("people")
    other.close()
    assert refused.returncode == 1
    assert "is locked by another program" in refused.stderr


@pytest.mark.parametrize("override", ["camera.fsp=5", "mqtt.port=0"])
def test_wrong_settings_are_final(daemon, override):
    refused = daemon.whod("--set", override, "run")
    assert refused.returncode == 78
    assert override.partition("=")[0] in refused.stderr


def test_what_is_private_is_private(daemon, tmp_path):
    daemon.start(play(tmp_path / "day", (None, 5)))
    modes = {path: path.stat().st_mode & 0o777 for path in (daemon.state, *daemon.state.rglob("*"))}
    assert modes == {path: 0o700 if path.is_dir() else 0o600 for path in modes}


def test_the_log_tells_how_to_reach_the_page(daemon, tmp_path):
    daemon.start(play(tmp_path / "day", (None, 5)))
    assert f"The page is at http://127.0.0.1:{daemon.page}/" in daemon.log.read_text()
    assert daemon.get("/", Host="evil.example")[0] == 400


def test_times_are_utc_with_a_zone(daemon, broker, tmp_path):
    subscriber = broker.subscriber()
    daemon.start(play(tmp_path / "day", (BARACK, 30)), *broker_settings(broker.port))
    (event,) = bodies(subscriber.wait_for("whod/door/identified"))
    captured = datetime.fromisoformat(event["captured_at"])
    assert captured.utcoffset().total_seconds() == 0
    assert abs(time.time() - captured.timestamp()) < 60
