# SPDX-License-Identifier: Apache-2.0
"""What video devices say of themselves, byte for byte as the kernel writes it."""

import os
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.camera import open_camera
from daemon.camera.v4l2 import VIDIOC_QUERYCAP, Capability, cameras
from daemon.clock import SystemClock
from daemon.config import load
from daemon.errors import CameraError


def capability(driver, card, whole, of_this_node):
    return struct.pack("=16s32s32sIII12x", driver, card, b"bus", 0x060C22, whole, of_this_node)


def test_the_request_number_is_the_kernels():
    assert VIDIOC_QUERYCAP == 0x80685600


@pytest.mark.parametrize(
    ("data", "is_camera"),
    [
        pytest.param(capability(b"uvcvideo", b"HD Webcam", 0x84A00001, 0x04200001), True, id="USB camera"),
        pytest.param(capability(b"uvcvideo", b"HD Webcam", 0x84A00001, 0x04A00000), False, id="its metadata"),
        pytest.param(capability(b"unicam", b"unicam", 0x85A00001, 0x05200001), False, id="raw end of a Pi 4 camera"),
        pytest.param(
            capability(b"rp1-cfe", b"rp1-cfe", 0xBCA00001, 0x24200001), False, id="raw end of a Pi 5 camera"
        ),
        pytest.param(capability(b"bcm2835-isp", b"isp", 0x84200001, 0x04200001), False, id="image processor"),
        pytest.param(capability(b"bcm2835-codec", b"decode", 0x84204000, 0x04204000), False, id="decoder"),
        pytest.param(capability(b"some-cfe", b"new", 0xA4200001, 0x24200001), False, id="needs a media pipeline"),
        pytest.param(capability(b"old", b"tuner", 0x04000001, 0), True, id="driver older than device_caps"),
        pytest.param(capability(b"readonly", b"", 0x81000001, 0x01000001), False, id="no streaming"),
    ],
)
def test_which_devices_are_cameras(data, is_camera):
    assert Capability.parse(data).is_camera is is_camera


def test_names_end_at_the_first_zero():
    parsed = Capability.parse(capability(b"uvcvideo\0rubbish", b"HD Webcam: HD Webcam", 0x80000000, 5))
    assert parsed == Capability("uvcvideo", "HD Webcam: HD Webcam", 5)


@given(st.binary(min_size=104, max_size=104))
def test_no_answer_of_a_driver_breaks_us(data):
    Capability.parse(data)


def test_what_is_no_video_device_is_no_camera(tmp_path):
    (tmp_path / "video0").symlink_to("/dev/null")
    (tmp_path / "video1").write_bytes(b"a file")
    (tmp_path / "video2").mkdir()
    (tmp_path / "video3").symlink_to(tmp_path / "gone")
    os.mkfifo(tmp_path / "video-other")
    assert cameras(tmp_path) == []


def test_a_folder_without_devices(tmp_path):
    assert cameras(tmp_path) == []
    assert cameras(tmp_path / "missing") == []


def opened(device):
    overrides = [f"camera.source=v4l2:{device}", "camera.open_timeout_s=2"]
    return open_camera(load(None, overrides).settings.camera, SystemClock(), Path("no-models"))


def test_a_device_that_is_not_there():
    with pytest.raises(CameraError, match="There is no device /dev/video97"):
        opened("/dev/video97")


def test_a_device_that_is_no_camera():
    with pytest.raises(CameraError, match=r"^V4L2 /dev/null cannot be opened"):
        opened("/dev/null")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may open everything")
def test_a_device_of_somebody_else(tmp_path):
    device = tmp_path / "video0"
    device.write_bytes(b"")
    device.chmod(0)
    with pytest.raises(CameraError, match="add it to the group video"):
        opened(device)
