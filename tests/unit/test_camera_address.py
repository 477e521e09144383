# SPDX-License-Identifier: Apache-2.0
"""What may be secret in a source never gets out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.camera import describe_source
from daemon.config import without_password


@pytest.mark.parametrize(
    ("source", "described"),
    [
        ("rtsp://10.0.0.5/stream1", "rtsp://10.0.0.5/stream1"),
        ("rtsp://admin:hunter2@10.0.0.5:554/stream1", "rtsp://10.0.0.5:554/stream1"),
        ("rtsps://admin@cam.lan/live", "rtsps://cam.lan/live"),
        ("http://u:p@[fe80::1]:8080/mjpeg", "http://[fe80::1]:8080/mjpeg"),
        ("https://cam.lan/video?user=admin&password=hunter2", "https://cam.lan/video"),
        ("http://cam.lan/video#hunter2", "http://cam.lan/video"),
        ("rtsp://10.0.0.5/user=admin&password=hunter2&channel=1", "rtsp://10.0.0.5/…"),
        ("rtsp://admin:hun@ter2@10.0.0.5/live", "rtsp://10.0.0.5/live"),
        ("rtsp://admin:hun/ter2@10.0.0.5/live", "rtsp://10.0.0.5/live"),
        ("rtsp://admin:hun#ter2@10.0.0.5/live", "rtsp://10.0.0.5/live"),
        ("rtsp://admin:hun?ter2@10.0.0.5/live", "rtsp://10.0.0.5/live"),
        ("http://10.0.0.5", "http://10.0.0.5"),
    ],
)
def test_addresses(source, described):
    assert describe_source(source) == described


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("rtsp://admin:hunter2@10.0.0.5/1", "rtsp://…@10.0.0.5/1"),
        ("rtsp://admin:hun/ter2@10.0.0.5/1", "rtsp://…@10.0.0.5/1"),
        ("http://cam/video?user=admin&password=hunter2", "http://cam/video?…"),
        ("rtsp://cam/user=admin&password=hunter2", "rtsp://cam/…"),
        ("admin:hunter2@10.0.0.5", "…@10.0.0.5"),
        ("RTSP://admin:hunter2@cam", "RTSP://…@cam"),
        ("mqtt://admin:hunter2@10.0.0.5", "mqtt://…@10.0.0.5"),
        ("alice@example.org", "alice@example.org"),
        ("rtsp://10.0.0.5/1", "rtsp://10.0.0.5/1"),
    ],
)
def test_the_settings_show_where_something_is_hidden(value, shown):
    assert without_password(value) == shown


@pytest.mark.parametrize("source", ["auto", "picamera2", "demo", "v4l2:/dev/video0", "file:a@b.mp4", "folder:/tmp/x"])
def test_what_is_no_address_stays_as_it_is(source):
    assert describe_source(source) == source


secrets = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=6).filter(
    lambda text: text not in "rtsp://cam.lan/live"
)


@given(secrets, secrets)
def test_no_password_survives_however_it_is_written(user, password):
    described = describe_source(f"rtsp://{user}:{password}@cam.lan/live")
    assert described == "rtsp://cam.lan/live"


@given(st.text())
def test_anything_can_be_described(text):
    for scheme in ("rtsp", "rtsps", "http", "https"):
        assert describe_source(f"{scheme}://{text}").startswith(f"{scheme}://")
