# SPDX-License-Identifier: Apache-2.0
"""What the settings of exposure make a camera do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.camera.exposure import LONGEST_US, frame_limits_us, libcamera_controls, wishes
from daemon.config import load

IMX708 = {
    "AeExposureMode": (0, 3, 0),
    "ExposureValue": (-8.0, 8.0, 0.0),
    "ExposureTime": (26, 220_417_486, 20_000),
    "AnalogueGain": (1.12, 16.0, 1.12),
}
"""The controls of light of a Camera Module 3."""


def settings(**values):
    return load(None, [f"camera.{name}={value}" for name, value in values.items()]).settings.camera


wished = st.fixed_dictionaries(
    {
        "exposure": st.sampled_from(["auto", "short", "long"]),
        "exposure_value": st.floats(-8, 8),
        "exposure_ms": st.floats(0, 1000),
        "gain": st.floats(0, 1024),
    }
)


def test_nothing_is_wished_for_by_itself():
    assert wishes(settings()) == []
    assert libcamera_controls(settings(), IMX708) == ({}, [])


@pytest.mark.parametrize(
    ("value", "controls"),
    [
        ({"exposure": "short"}, {"AeExposureMode": 1}),
        ({"exposure": "long"}, {"AeExposureMode": 2}),
        ({"exposure_value": "-0.5"}, {"ExposureValue": -0.5}),
        ({"exposure_ms": "8.5"}, {"ExposureTime": 8500}),
        ({"gain": "4"}, {"AnalogueGain": 4}),
    ],
)
def test_each_wish_in_libcameras_terms(value, controls):
    assert libcamera_controls(settings(**value), IMX708) == (controls, [])


@given(values=wished, offered=st.sets(st.sampled_from(sorted(IMX708))))
def test_only_what_is_offered_is_set_within_its_limits_and_the_rest_is_told(values, offered):
    own = settings(**values)
    controls, remarks = libcamera_controls(own, {name: IMX708[name] for name in offered})
    assert controls.keys() <= offered
    assert all(IMX708[name][0] <= value <= IMX708[name][1] for name, value in controls.items())
    told = [name for name in wishes(own) if any(remark.startswith(f"{name} is") for remark in remarks)]
    assert len(told) == len(remarks)
    assert len(wishes(own)) - len(controls) <= len(remarks)


def test_more_than_the_camera_can_is_told():
    controls, (remark,) = libcamera_controls(settings(gain=100), IMX708)
    assert controls == {"AnalogueGain": 16}
    assert remark == "camera.gain is more or less than this camera can do: AnalogueGain is 16."


LIMITS = (8_333, 10_000_000)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, (100_000, 100_000)),
        ({"exposure_ms": 50}, (100_000, 100_000)),
        ({"exposure_ms": 400}, (400_000, 400_000)),
        ({"exposure": "short"}, (100_000, 100_000)),
        ({"exposure": "long"}, (100_000, LONGEST_US)),
    ],
)
def test_a_frame_takes_as_long_as_its_light_needs(values, expected):
    assert frame_limits_us(settings(**values), 100_000, LIMITS) == expected


@given(values=wished, shortest=st.integers(1, 10**6), limit=st.integers(10**3, 10**8))
def test_frames_stay_within_what_the_sensor_can(values, shortest, limit):
    shortest = min(shortest, limit)
    least, most = frame_limits_us(settings(**values), shortest, (1, limit))
    assert shortest <= least <= most <= limit
