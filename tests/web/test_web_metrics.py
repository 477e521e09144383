# SPDX-License-Identifier: Apache-2.0
"""Figures for Prometheus."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from support_web import ALICE, STATUS, with_parts

from daemon.types import PartHealth, Scope, State

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.testing import FlaskClient
    from support_web import FakeService

_LINE = re.compile(r"([a-z_]+)(?:\{(.*)\})? (\S+)")


def figures(text: str) -> dict[str, float]:
    return {
        f"{found[1]}{{{found[2]}}}" if found[2] else found[1]: float(found[3])
        for found in map(_LINE.fullmatch, text.splitlines())
        if found
    }


def test_figures(api: FlaskClient, service: FakeService) -> None:
    service.waiting = 7
    answer = api.get("/metrics")
    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
    found = figures(answer.text)
    assert found["whod_people"] == 3
    assert found["whod_samples"] == 14
    assert found["whod_frames_total"] == 12_345
    assert found["whod_frames_dropped_total"] == 12
    assert found['whod_frame_rate_hertz{camera="main"}'] == 9.96
    assert found['whod_frame_latency_seconds{quantile="0.95"}'] == 0.061
    assert found["whod_temperature_celsius"] == 52.1
    assert found["whod_throttled"] == 0
    assert found["whod_works"] == 1
    assert found["whod_outbox_records"] == 7
    assert found["whod_start_time_seconds"] == STATUS.started_at.timestamp()
    assert found['whod_jobs{state="running"}'] == 1
    assert found['whod_build_info{version="0.1.0",models="blazeface-full-int8,mobilefacenet-int8"}'] == 1
    assert found['whod_part_state{part="camera",state="ok"}'] == 1
    assert found['whod_part_state{part="camera",state="failed"}'] == 0
    assert api.get("/api/v1/metrics").text == answer.text


def test_what_is_not_known_is_left_out(api: FlaskClient, service: FakeService) -> None:
    service.now = replace(STATUS, temperature_c=None, throttled=None, latency_p50_ms=None, latency_p95_ms=None)
    text = api.get("/metrics").text
    assert "temperature" not in text
    assert "throttled" not in text
    assert "quantile" not in text


def test_they_tell_of_nobody(api: FlaskClient, service: FakeService) -> None:
    service.now = with_parts(PartHealth("people", State.DEGRADED, f"Person {ALICE.id} is recognised less well."))
    text = api.get("/metrics").text
    assert "Alice" not in text
    assert ALICE.id not in text


def test_names_of_parts_cannot_break_out(api: FlaskClient, service: FakeService) -> None:
    service.now = with_parts(PartHealth('a"b\\c\nd', State.OK))
    assert r'part="a\"b\\c\nd",state="ok"} 1.0' in api.get("/metrics").text


def test_a_token_is_needed(page: FlaskClient, bearer: Callable[[Scope], FlaskClient]) -> None:
    assert page.get("/metrics").status_code == 401
    assert bearer(Scope.READ).get("/metrics").status_code == 200


@pytest.mark.parametrize("known", [True, False])
def test_promtool_has_nothing_to_say(api: FlaskClient, service: FakeService, known: bool) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed (package prometheus)")
    if not known:
        service.now = replace(STATUS, temperature_c=None, latency_p50_ms=None, latency_p95_ms=None, parts=())
    text = api.get("/metrics").data
    done = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    bad = subprocess.run([promtool, "check", "metrics"], input=b"whod_Bad 1\n", capture_output=True, check=False)
    assert bad.returncode != 0
