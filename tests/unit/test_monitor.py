# SPDX-License-Identifier: Apache-2.0
"""What whod says of itself."""

from importlib.metadata import PackageNotFoundError

import numpy as np
import pytest

from daemon.clock import FakeClock
from daemon.config import Current, load
from daemon.machine import disk_free_bytes, temperature_c
from daemon.monitor import Monitor
from daemon.pipeline import Result
from daemon.site import Site
from daemon.types import Box, Frame, LiveFace, PartHealth, Photo, State
from daemon.vision import decode


class Part:
    """Inbox and gallery in one, as far as the monitor asks."""

    frames_dropped = 2
    person_count = 3
    sample_count = 9


class Capture:
    """Of a camera, as far as the monitor asks."""

    def __init__(self, name):
        self.name = name
        self.source = f"folder {name}"


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def settings():
    return Current(load().settings)


@pytest.fixture
def monitor(clock, tmp_path, settings):
    sites = [Site(0, Capture("camera"), clock, settings)]
    monitor = Monitor(Part(), sites, Part(), clock, "door", folder=tmp_path, settings=settings)
    monitor.watch(("a", "b"), lambda: (PartHealth("camera", State.OK),))
    return monitor


def see(monitor, clock, frames, pixels=None, latency_s=0.02):
    for seq in range(frames):
        pixels = np.full((480, 640, 3), 200, np.uint8) if pixels is None else pixels
        captured = clock.monotonic(), clock.now()
        clock.advance(latency_s)
        face = LiveFace(Box(0.1, 0.1, 0.2, 0.2), "Alice", "identified", 0.8, 0.9)
        monitor.saw(Frame(pixels, seq, *captured), Result(faces=(face,)))
        clock.advance(0.1 - latency_s)


def test_before_the_first_frame(monitor):
    status = monitor.status()
    assert monitor.live() is None
    assert monitor.newest() is None
    assert (status.cameras[0].fps, status.latency_p50_ms, status.frames) == (0.0, None, 0)
    assert (status.people, status.samples, status.node) == (3, 9, "door")
    assert status.disk_free_bytes > 0


def test_a_disk_that_is_not_there_is_unknown(tmp_path):
    assert disk_free_bytes(tmp_path / "gone") is None


def test_speed_and_latency(monitor, clock):
    see(monitor, clock, 30)
    status = monitor.status()
    assert status.cameras[0].fps == pytest.approx(10, rel=0.01)
    assert status.latency_p50_ms == pytest.approx(20)
    assert status.frames_dropped == 2
    clock.advance(60)
    assert monitor.status().cameras[0].fps == 0


def test_the_live_picture_has_its_own_faces(monitor, clock):
    see(monitor, clock, 3)
    live = monitor.live()
    assert live.seq == monitor.newest().seq == 2
    assert live.faces[0].name == "Alice"
    assert decode(Photo("live", live.jpeg)).shape == (480, 640, 3)
    assert monitor.live() is live


def test_many_viewers_have_few_pictures_encoded(monitor, clock):
    see(monitor, clock, 1)
    first = monitor.live()
    clock.advance(0.05)
    pixels = np.full((480, 640, 3), 100, np.uint8)
    monitor.saw(Frame(pixels, 1, clock.monotonic(), clock.now()), Result())
    assert monitor.live() is first
    clock.advance(0.1)
    assert monitor.live().seq == 1


def test_a_picture_that_is_not_followed_by_another_is_of_a_camera_that_is_lost(monitor, clock):
    see(monitor, clock, 1)
    clock.advance(4)
    assert not monitor.live().lost
    clock.advance(4)
    assert monitor.live().lost
    see(monitor, clock, 1)
    assert not monitor.live().lost


def test_a_large_picture_is_made_smaller(monitor, clock):
    see(monitor, clock, 1, np.zeros((1080, 1920, 3), np.uint8))
    assert decode(Photo("live", monitor.live().jpeg)).shape == (540, 960, 3)


def test_the_first_trouble_is_the_problem(monitor):
    parts = (PartHealth("page", State.OK), PartHealth("camera", State.WAITING, "it is unplugged"))
    monitor.watch((), lambda: parts)
    status = monitor.status()
    assert status.problem == "camera: it is unplugged"
    assert status.as_json()["camera"]["state"] == "waiting"


def test_what_keeps_whod_from_its_work_comes_before_what_hinders_it(monitor):
    parts = (PartHealth("picture", State.DEGRADED, "it is too dark."), PartHealth("page", State.OFF))
    monitor.watch((), lambda: parts)
    assert monitor.status().works
    assert monitor.status().as_json()["problem"] == "picture: it is too dark."
    monitor.watch((), lambda: (*parts, PartHealth("broker", State.WAITING, "it does not answer.")))
    assert not monitor.status().works
    assert monitor.status().problem == "broker: it does not answer."


def test_the_machine_says_what_it_knows(tmp_path, monkeypatch):
    heat = tmp_path / "temp"
    monkeypatch.setattr("daemon.machine._THERMAL", heat)
    assert temperature_c() is None
    heat.write_text("48312\n")
    assert temperature_c() == 48.3
    heat.write_text("hot")
    assert temperature_c() is None


def test_while_it_is_paused_nothing_is_shown(monitor, clock, settings):
    see(monitor, clock, 30)
    settings.now = load(None, ["camera.paused=true", "gallery.threshold=0.6"]).settings
    assert monitor.live() is None
    assert monitor.newest() is None
    status = monitor.status()
    assert (status.paused, status.threshold, status.cameras[0].fps) == (True, 0.6, 0.0)
    assert status.as_json()["paused"] is True
    settings.now = load().settings
    assert monitor.newest() is not None
    assert not monitor.status().paused


def test_to_be_paused_is_no_trouble(monitor):
    monitor.watch((), lambda: (PartHealth("camera", State.PAUSED, "it is paused"),))
    assert monitor.status().works
    assert monitor.status().problem is None
    assert monitor.status().as_json()["camera"]["state"] == "paused"


def test_a_version_that_is_installed_meanwhile_is_told_within_a_minute(monitor, clock, monkeypatch):
    running = monitor.status().version
    monkeypatch.setattr("importlib.metadata.version", lambda _: "99.1")
    clock.advance(61)
    told = monitor.status().as_json()
    assert (told["installed_version"], told["latest_version"]) == (running, "99.1")

    def between(_):  # an installer has removed the old one, and not written the new one yet
        raise PackageNotFoundError

    monkeypatch.setattr("importlib.metadata.version", between)
    clock.advance(61)
    assert monitor.status().latest_version == running


def test_a_release_that_was_put_in_the_place_of_this_one_is_told(monitor, clock, tmp_path, monkeypatch):
    names = this, other, half = "1.2-5a1b2c3d4e5f", "99.1-0a1b2c3d4e5f", "99.2-0a1b2c3d4e5f"
    for name in names:
        (tmp_path / "releases" / name / ".venv").mkdir(parents=True)
        (tmp_path / "releases" / name / "whole").touch()
    (tmp_path / "releases" / half / "whole").unlink()
    monkeypatch.setattr("sys.prefix", str(tmp_path / "releases" / this / ".venv"))
    told = []
    for name in (this, other, half, "99.3-pruned", this):
        (tmp_path / "current").unlink(missing_ok=True)
        (tmp_path / "current").symlink_to(f"releases/{name}")
        clock.advance(61)
        told.append(monitor.status().latest_version)
    running = monitor.status().version
    assert told == [running, "99.1", running, running, running]


class TestTheFaceThatIsInViewNow:
    """What `capture` sends."""

    def face(self, name, *box, person_id=None):
        return LiveFace(Box(*box), name, "identified", 0.8, 0.9, person_id)

    def see(self, monitor, clock, *faces):
        pixels = np.zeros((480, 640, 3), np.uint8)
        pixels[:, 320:] = 200
        monitor.saw(Frame(pixels, 0, clock.monotonic(), clock.now()), Result(faces=faces))

    def test_without_a_face_there_is_none(self, monitor, clock):
        assert monitor.snapshot_now() is None
        self.see(monitor, clock)
        assert monitor.snapshot_now() is None

    def test_the_largest_is_shown_with_what_is_around(self, monitor, clock):
        alice = self.face("Alice", 0.7, 0.4, 0.2, 0.2, person_id="a")
        self.see(monitor, clock, alice, self.face(None, 0, 0, 0.1, 0.1))
        shown = monitor.snapshot_now()
        assert shown.person_id == "a"
        picture = decode(Photo("snapshot", shown.jpeg))
        assert picture.shape == (256, 256, 3)
        assert (picture > 190).all()

    def test_a_frame_in_which_it_was_missed_does_not_matter(self, monitor, clock):
        self.see(monitor, clock, self.face(None, 0, 0, 0.2, 0.2))
        clock.advance(0.1)
        self.see(monitor, clock)
        assert monitor.snapshot_now().person_id is None
        clock.advance(2.0)
        self.see(monitor, clock)
        assert monitor.snapshot_now() is None

    def test_of_a_camera_that_gives_nothing_more_it_is_not_now(self, monitor, clock):
        self.see(monitor, clock, self.face(None, 0, 0, 0.2, 0.2))
        clock.advance(2.1)
        assert monitor.snapshot_now() is None
