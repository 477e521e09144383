# SPDX-License-Identifier: Apache-2.0
"""`whod doctor` on the machine: what it says of devices, disks, the clock and heat that are not as they should be."""

import os
import pwd
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from daemon import firmware, machine
from daemon.cli import machine_checks, whod
from daemon.cli.findings import Level
from daemon.config import load

OTHER = pwd.struct_passwd(("nobody", "x", 65534, 65534, "", "/", "/bin/false"))
PI = "Raspberry Pi 5 Model B Rev 1.0\0"


@pytest.fixture
def context(tmp_path):
    """`whod doctor` with a source, on a machine of files."""

    def made(source="auto", *others):
        settings = load(None, [f"camera.source={source}", *others]).settings
        return SimpleNamespace(settings=settings, state_dir=tmp_path / "state")

    return made


@pytest.fixture
def dev(tmp_path, monkeypatch):
    """An empty /dev."""
    folder = tmp_path / "dev"
    folder.mkdir()
    monkeypatch.setattr(machine_checks, "DEVICES", folder)
    return folder


def device(dev, name, mode=0o660):
    path = dev / name
    path.parent.mkdir(exist_ok=True)
    path.touch()
    path.chmod(mode)
    return path


def model(tmp_path, monkeypatch, words=PI):
    path = tmp_path / "model"
    path.write_text(words)
    monkeypatch.setattr(machine_checks, "MODEL", path)


class TestDevices:
    def test_a_machine_without_any_has_a_note(self, context, dev):
        assert machine_checks.devices(context()) == (Level.NOTE, f"there is no camera device in {dev}")

    def test_one_that_is_named_by_a_path_of_its_own_is_found(self, context, dev, tmp_path):
        own = tmp_path / "own-video"
        assert machine_checks.devices(context(f"v4l2:{own}"))[0] is Level.NOTE
        own.touch()
        assert machine_checks.devices(context(f"v4l2:{own}")) == (Level.OK, f"the user root may use {own}")

    @pytest.mark.parametrize("source", ["demo", "rtsp://192.168.1.9/1", "folder:/pictures"])
    def test_none_is_needed_for_a_camera_that_is_no_device(self, context, dev, source):
        assert machine_checks.devices(context(source))[0] is Level.OK

    def test_ones_own_may_be_used(self, context, dev):
        device(dev, "video0")
        device(dev, "media0")
        level, told = machine_checks.devices(context())
        assert level is Level.OK
        assert told.endswith(f"may use {dev}/media0 and 1 more")

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root may open what is not open to it for somebody else")
    def test_the_group_that_is_missing_is_told(self, context, dev, monkeypatch):
        monkeypatch.setattr(machine_checks, "_user_of", lambda _: OTHER)
        os.chown(device(dev, "video0"), 0, 44)
        os.chown(device(dev, "dma_heap/system"), 0, 44)
        monkeypatch.setattr(machine_checks.grp, "getgrgid", lambda gid: SimpleNamespace(gr_name={44: "video"}[gid]))
        level, told = machine_checks.devices(context())
        assert level is Level.BAD
        assert told.startswith(f"the user nobody may not use {dev}/dma_heap/system and 1 more")
        assert "sudo usermod -aG video nobody" in told
        os.chown(dev / "video0", 0, 0)
        os.chown(dev / "dma_heap/system", 0, 0)
        assert "root alone" in machine_checks.devices(context())[1]

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
    def test_a_group_without_a_name_is_told_by_its_number(self, context, dev, monkeypatch):
        monkeypatch.setattr(machine_checks, "_user_of", lambda _: OTHER)
        os.chown(device(dev, "video0"), 0, 54321)
        level, told = machine_checks.devices(context())
        assert level is Level.BAD
        assert "a group without a name (54321): give it one with sudo groupadd -g" in told

    def test_a_user_without_a_name_is_told_by_its_number(self, context, dev, monkeypatch):
        monkeypatch.setattr(machine_checks.os, "getuid", lambda: 54321)
        assert machine_checks._user_of(dev / "not-there").pw_name == "54321"

    def test_a_name_that_is_left_of_a_device_is_none(self, context, dev, monkeypatch):
        monkeypatch.setattr(machine_checks, "_user_of", lambda _: OTHER)
        (dev / "video7").symlink_to("gone")
        assert machine_checks.devices(context())[0] is Level.NOTE
        device(dev, "video8", 0o666)
        assert machine_checks.devices(context()) == (Level.OK, f"the user nobody may use {dev}/video8")

    @pytest.mark.parametrize(("mode", "uid", "gid", "may"), [
        (0o660, 0, 65534, True),
        (0o640, 0, 65534, False),
        (0o666, 0, 0, True),
        (0o660, 0, 0, False),
        (0o600, 65534, 0, True),
    ])  # fmt: skip
    @pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
    def test_the_mode_of_a_device_decides(self, dev, mode, uid, gid, may):
        path = device(dev, "video0", mode)
        os.chown(path, uid, gid)
        assert machine_checks._may_use(OTHER, path) is may

    def test_only_the_camera_that_is_set_is_asked_for(self, context, dev, monkeypatch):
        device(dev, "video0")
        asked = []
        monkeypatch.setattr(machine_checks, "_may_use", lambda _, path: not asked.append(path.name))
        device(dev, "video2")
        machine_checks.devices(context("v4l2:/dev/video2"))
        assert asked == ["video2"]

    def test_a_pi_without_dma_heap_is_too_old(self, context, dev, tmp_path, monkeypatch):
        model(tmp_path, monkeypatch)
        device(dev, "video0")
        level, told = machine_checks.devices(context())
        assert level is Level.BAD
        assert "dma_heap" in told
        assert machine_checks.devices(context("v4l2:/dev/video0"))[0] is Level.OK


class TestDisk:
    @pytest.fixture
    def mounted(self, tmp_path, monkeypatch):
        """/proc/self/mounts with one more line, of the folder that holds the state folder."""
        monkeypatch.setattr(machine_checks, "CONTAINERS", ())

        def mount(kind, options="rw,relatime"):
            path = tmp_path / "mounts"
            here = str(tmp_path).replace(" ", r"\040")
            path.write_text(f"/dev/root / ext4 rw 0 0\nx {here} {kind} {options} 0 0\ntmpfs /run tmpfs rw 0 0\n")
            monkeypatch.setattr(machine_checks, "MOUNTS", path)

        return mount

    def test_an_ordinary_one_is_well(self, context, mounted):
        mounted("ext4")
        level, told = machine_checks.disk(context())
        assert level is Level.OK
        assert told.startswith("ext4, ")

    @pytest.mark.parametrize("kind", ["overlay", "tmpfs"])
    def test_what_is_gone_at_the_next_start_is_bad(self, context, mounted, kind):
        mounted(kind)
        level, told = machine_checks.disk(context())
        assert level is Level.BAD
        assert f"is in memory ({kind})" in told
        assert "raspi-config" in told

    def test_the_overlay_of_a_container_stays(self, context, mounted, monkeypatch):
        mounted("overlay")
        monkeypatch.setattr(machine_checks, "CONTAINERS", (Path("/"),))
        assert machine_checks.disk(context())[0] is Level.OK
        mounted("tmpfs")
        assert machine_checks.disk(context())[0] is Level.BAD

    def test_one_that_became_read_only_is_bad(self, context, mounted):
        mounted("ext4", "ro,relatime,errors=remount-ro")
        assert "is read-only" in machine_checks.disk(context())[1]

    def test_a_full_one_is_bad(self, context, mounted, monkeypatch):
        mounted("ext4")
        monkeypatch.setattr(machine_checks.shutil, "disk_usage", lambda _: SimpleNamespace(free=99_000_000))
        assert machine_checks.disk(context())[0] is Level.BAD
        assert "only 99 MB" in machine_checks.disk(context())[1]

    @pytest.mark.parametrize("name", [b"\xff", "\u2028".encode(), b"a\x0bb"])
    def test_a_place_of_any_name_may_be_in_the_table(self, context, mounted, monkeypatch, name):
        mounted("ext4")
        with machine_checks.MOUNTS.open("ab") as table:
            table.write(b"/dev/sda1 /media/" + name + b" vfat rw 0 0\n")
        assert machine_checks.disk(context())[1].startswith("ext4, ")

    def test_without_a_table_the_room_is_told(self, context, tmp_path, monkeypatch):
        monkeypatch.setattr(machine_checks, "MOUNTS", tmp_path / "no-proc")
        level, told = machine_checks.disk(context())
        assert level is Level.OK
        assert told.startswith("unknown, ")

    def test_this_machine_s_own_table_can_be_read(self, context):
        assert machine_checks._mount(Path("/proc/self"))[0] == "proc"


class TestHeat:
    @pytest.fixture
    def firmware(self, tmp_path, monkeypatch):
        """What the firmware tells, and the temperature."""
        folder = tmp_path / "soc" / "soc:firmware"
        folder.mkdir(parents=True)
        thermal = tmp_path / "temp"
        monkeypatch.setattr(firmware, "_MAILBOXES", ())
        monkeypatch.setattr(firmware, "_PLATFORM", tmp_path)
        monkeypatch.setattr(machine, "_THERMAL", thermal)

        def tells(bits, millidegrees=51_234):
            if bits is not None:
                (folder / "get_throttled").write_text(f"{bits:x}\n")
            thermal.write_text(f"{millidegrees}\n")

        return tells

    @pytest.mark.parametrize(("told_by_it", "level", "words"), [
        ((0, 51_234), Level.OK, "51.2 °C"),
        ((None, 51_234), Level.OK, "51.2 °C; whether its firmware holds the processor back is not known"),
        ((0x50000, 51_234), Level.NOTE, "since the start"),
        ((0x50005, 51_234), Level.BAD, "the firmware holds the processor back: check the power supply"),
        ((0, 81_000), Level.BAD, "81.0 °C, and from 80 °C on"),
    ])  # fmt: skip
    def test_it_is_told(self, context, firmware, told_by_it, level, words):
        firmware(*told_by_it)
        found, told = machine_checks.heat(context())
        assert found is level
        assert words in told
        assert ("not known" in told) is (told_by_it[0] is None)

    def test_a_machine_that_tells_nothing_has_a_note(self, context, firmware):
        level, told = machine_checks.heat(context())
        assert level is Level.NOTE
        assert told.startswith("this machine does not tell its temperature; ")


def test_the_machine_has_its_name(context, tmp_path, monkeypatch):
    model(tmp_path, monkeypatch)
    assert machine_checks.machine(context())[1].startswith("Raspberry Pi 5 Model B Rev 1.0, Python 3.")


def test_the_time_is_told(context, monkeypatch):
    monkeypatch.setattr(machine_checks.SystemClock, "synced", lambda _: False)
    level, told = machine_checks.clock(context())
    assert level is Level.NOTE
    assert told.startswith("20")
    assert "not set by the network" in told
    assert "NTP=" in told


@pytest.mark.parametrize(
    ("timesyncd", "words"), [(True, "set by the network"), (False, "taken as it is: systemd-timesyncd does not run")]
)
def test_who_has_set_the_time_is_told(context, tmp_path, monkeypatch, timesyncd, words):
    path = tmp_path / "timesync" / "synchronized"
    if timesyncd:
        path.parent.mkdir()
        path.touch()
    monkeypatch.setattr(machine_checks, "SYNCHRONIZED", path)
    monkeypatch.setattr("daemon.clock.SYNCHRONIZED", path)
    level, told = machine_checks.clock(context())
    assert level is Level.OK
    assert words in told


def test_a_check_that_breaks_hides_no_other(monkeypatch):
    def broken(_):
        raise KeyError(991)

    monkeypatch.setattr("daemon.cli.doctor.CHECKS", {"first": broken, "second": lambda _: (Level.OK, "well")})
    done = CliRunner().invoke(whod, ["doctor"])
    first, second = done.stdout.splitlines()
    assert first.startswith(
        "BAD   first         could not be looked at: KeyError: 991 (test_doctor_machine.py, line "
    )
    assert second == "ok    second        well"
    assert done.exit_code == 1
