# SPDX-License-Identifier: Apache-2.0
"""The unit file, as far as it can be judged without a systemd that runs; with one: tests/platform/systemd."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "systemd" / "whod.service"
SYSUSERS = ROOT / "systemd" / "whod.sysusers"

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed: apt install systemd"
)


def settings():
    """All values of each key."""
    found = {}
    for line in UNIT.read_text().splitlines():
        if "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


@pytest.fixture
def analysed(tmp_path):
    """systemd-analyze on a copy of the unit whose program is there."""
    unit = tmp_path / UNIT.name
    unit.write_text(re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", UNIT.read_text()))

    def analyse(*words):
        command = ["systemd-analyze", *words, str(unit)]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    return analyse


@needs_systemd
def test_systemd_has_nothing_to_say_about_it(analysed):
    done = analysed("verify", "--man=no", "--recursive-errors=no")
    # It exits with 0 for keys that it does not know, too.
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@needs_systemd
def test_it_may_do_little(analysed):
    done = analysed("security", "--offline=true", "--no-pager")
    score = re.search(r"Overall exposure level for whod.service: ([\d.]+)", done.stdout)
    assert score, done.stdout + done.stderr
    assert float(score[1]) <= 1.5


def test_what_would_break_the_camera_or_the_models_is_not_set():
    assert not settings().keys() & {"ProcSubset", "PrivateUsers", "PrivateDevices"}
    families = settings()["RestrictAddressFamilies"][0].split()
    assert "AF_NETLINK" in families
    allowed = {line.split()[0] for line in settings()["DeviceAllow"]}
    assert {"char-video4linux", "char-media", "char-dma_heap", "/dev/vcio", "/dev/vcio_gencmd"} <= allowed


def test_it_does_not_wait_for_the_network_or_the_clock():
    assert settings()["After"] == ["network.target"]
    assert not settings().keys() & {"Requires", "Wants", "BindsTo"}


def test_wrong_settings_are_final_and_all_else_is_tried_again():
    assert settings()["Restart"] == ["always"]
    assert settings()["RestartPreventExitStatus"] == ["78"]
    assert settings()["StartLimitIntervalSec"] == ["0"]


@pytest.mark.parametrize("unit", ["whod.service", "whod-https.service"])
def test_no_face_and_no_key_is_left_in_a_core(unit):
    assert "\nLimitCORE=0\n" in (UNIT.parent / unit).read_text()


def test_the_user_and_groups_are_made():
    made = [line.split() for line in SYSUSERS.read_text().splitlines() if not line.startswith("#")]
    users = {words[1] for words in made if words[0] == "u"}
    memberships = {tuple(words[1:3]) for words in made if words[0] == "m"}
    assert users == set(settings()["User"])
    assert memberships == {("whod", group) for group in settings()["SupplementaryGroups"][0].split()}


def test_the_guide_names_what_the_unit_needs():
    guide = (ROOT / "docs" / "install.md").read_text()
    program = settings()["ExecStart"][0]
    assert program == "/opt/whod/current/.venv/bin/whod run"
    for word in ("/opt/whod/current", "/etc/whod/config.toml", "mqtt_password"):
        assert word in guide
