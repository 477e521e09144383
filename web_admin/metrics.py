# SPDX-License-Identifier: Apache-2.0
"""`GET /metrics`: figures for Prometheus, in its text format. Nothing in them tells who anybody is."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from flask import Response

from daemon.types import JobState, Scope, State, Status
from web_admin.context import service
from web_admin.frame import Api, Media

MIMETYPE = "text/plain; version=0.0.4; charset=utf-8"

api = Api("metrics", "Figures for Prometheus.", url_prefix=None)

_Sample = tuple[Mapping[str, str], float]


@api.serve("GET /metrics", Scope.READ, Media("text/plain", text=True))
def metrics() -> Response:
    """Figures for Prometheus, where it looks by itself."""
    whod = service()
    lines = [
        *_of_status(whod.status()),
        *_family("whod_outbox_records", "gauge", "Visits that wait for the broker.", [({}, whod.outbox_waiting())]),
        *_family("whod_event_listeners", "gauge", "Who listens to the events.", [({}, whod.feed.listeners)]),
        *_of_jobs(Counter(job.state for job in whod.jobs.all())),
    ]
    return Response("".join(f"{line}\n" for line in lines), content_type=MIMETYPE)


@api.serve("GET /api/v1/metrics", Scope.READ, Media("text/plain", text=True))
def api_metrics() -> Response:
    """Figures for Prometheus."""
    return metrics()


def _of_status(now: Status) -> Iterator[str]:
    plain = (
        ("start_time_seconds", "gauge", "When whod started, in Unix time.", now.started_at.timestamp()),
        ("people", "gauge", "People enrolled.", now.people),
        ("samples", "gauge", "Samples that are searched.", now.samples),
        ("frames_total", "counter", "Frames that were looked at.", now.frames),
        ("frames_dropped_total", "counter", "Frames that newer ones took the place of.", now.frames_dropped),
        ("temperature_celsius", "gauge", "Of the processor.", now.temperature_c),
        ("throttled", "gauge", "1: the machine is slowed down by heat or too weak a supply.", now.throttled),
        ("disk_free_bytes", "gauge", "That can still be written where whod keeps its state.", now.disk_free_bytes),
        ("clock_synced", "gauge", "1: the clock is set.", now.clock_synced),
        ("works", "gauge", "1: whod does its work, as /health says.", now.works),
    )
    build = {"version": now.version, "models": ",".join(now.models)}
    yield from _family("whod_build_info", "gauge", "Version and models; always 1.", [(build, 1)])
    for name, kind, about, value in plain:
        if value is not None:
            yield from _family(f"whod_{name}", kind, about, [({}, value)])
    rates = [({"camera": camera.name}, camera.fps) for camera in now.cameras]
    yield from _family("whod_frame_rate_hertz", "gauge", "Frames looked at in a second, lately.", rates)
    latencies = ((".5", now.latency_p50_ms), (".95", now.latency_p95_ms))
    found = [({"quantile": f"0{part}"}, value / 1000) for part, value in latencies if value is not None]
    yield from _family("whod_frame_latency_seconds", "summary", "From capture to the end of identification.", found)
    states = [
        ({"part": part.name, "state": state.value}, part.state is state) for part in now.parts for state in State
    ]
    yield from _family("whod_part_state", "gauge", "1 for the state in which a part of whod is.", states)


def _of_jobs(states: Mapping[JobState, int]) -> Iterator[str]:
    found = [({"state": state.value}, states.get(state, 0)) for state in JobState]
    yield from _family("whod_jobs", "gauge", "Jobs that are kept, by state.", found)


def _family(name: str, kind: str, about: str, samples: Sequence[_Sample]) -> Iterator[str]:
    """A metric with its samples; `about` and the labels are text of ours, the labels' values may be anything."""
    yield f"# HELP {name} {about}"
    yield f"# TYPE {name} {kind}"
    for labels, value in samples:
        inside = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
        yield f"{name}{{{inside}}} {float(value)!r}" if labels else f"{name} {float(value)!r}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
