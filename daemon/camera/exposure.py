# SPDX-License-Identifier: Apache-2.0
"""How a camera is to gather light: the settings in the terms of libcamera."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daemon.config.sections import EXPOSURES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from daemon.config import CameraSettings

LONGEST_US = 200_000
"""For which a picture may gather light in the dark with ``camera.exposure = "long"``; a walker is a smear by then."""

AUTO = EXPOSURES[0]

UNMET = "{} is left alone: this camera has no such control."
"""Of a setting, as ``camera.key``."""


def wishes(settings: CameraSettings) -> list[str]:
    """The settings of exposure that are not left to the camera, as ``camera.key``."""
    wished = {
        "exposure": settings.exposure != AUTO,
        "exposure_value": settings.exposure_value,
        "exposure_ms": settings.exposure_ms,
        "gain": settings.gain,
    }
    return [f"camera.{key}" for key, is_wished in wished.items() if is_wished]


def libcamera_controls(
    settings: CameraSettings, offered: Mapping[str, tuple[float, float, object]]
) -> tuple[dict[str, float], list[str]]:
    """The controls to set, by libcamera's names, and a sentence about each wish that cannot be met.

    Args:
        settings: the [camera] section; what it leaves to the camera is not set.
        offered: the camera's controls with their least and greatest value (Picamera2's `camera_controls`).
    """
    terms: dict[str, tuple[str, float]] = {
        "camera.exposure": ("AeExposureMode", EXPOSURES.index(settings.exposure)),
        "camera.exposure_value": ("ExposureValue", settings.exposure_value),
        "camera.exposure_ms": ("ExposureTime", round(settings.exposure_ms * 1000)),
        "camera.gain": ("AnalogueGain", settings.gain),
    }
    controls: dict[str, float] = {}
    remarks = []
    for name in wishes(settings):
        control, value = terms[name]
        if control not in offered:
            remarks.append(UNMET.format(name))
            continue
        lowest, highest = offered[control][:2]
        controls[control] = min(max(value, lowest), highest)
        if controls[control] != value:
            remarks.append(f"{name} is more or less than this camera can do: {control} is {controls[control]:g}.")
    return controls, remarks


def frame_limits_us(settings: CameraSettings, shortest: int, limits: tuple[int, int]) -> tuple[int, int]:
    """From and to how many microseconds a frame may take, within what the sensor can do (`limits`).

    A picture cannot gather light for longer than its frame takes. `shortest` is what the frame rate asks for.
    """
    least = min(max(shortest, round(settings.exposure_ms * 1000)), limits[1])
    longest = LONGEST_US if settings.exposure == "long" else 0
    return least, min(max(least, longest), limits[1])
