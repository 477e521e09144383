# SPDX-License-Identifier: Apache-2.0
"""Picamera2 as far as whod uses it, with what its real one does and leaves undone (0.3.38), and no camera behind it.

The real one is tried by ``make platform PART=picamera``.
"""

from __future__ import annotations

import os
import sys
import time
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

if TYPE_CHECKING:
    import pytest

CSI = {"Id": "/base/soc/i2c0mux/i2c@1/imx708@1a", "Model": "imx708", "Num": 0}
SECOND = {"Id": "/base/soc/i2c0mux/i2c@0/imx219@10", "Model": "imx219", "Num": 1}
USB = {"Id": "/base/scb/pcie@7d500000/usb@1,0-1:1.0-046d:0825", "Model": "UVC", "Num": 0}
FORMATS = {"BGR888": 3, "XBGR8888": 4}


class Manager:
    """libcamera's: it looks for cameras once, unless told to look again, which it does only while none is open."""

    def __init__(self) -> None:
        self.cameras: dict[int, FakePicamera2] = {}

    def reset(self) -> None:
        assert not self.cameras
        FakePicamera2.seen = FakePicamera2.plugged


class FakePicamera2:
    """Use `install`, which sets all of these anew."""

    plugged: ClassVar[list[dict[str, Any]]]
    seen: ClassVar[list[dict[str, Any]]]
    busy: ClassVar[bool]
    silent: ClassVar[bool]
    """No frame comes any more."""
    controls: ClassVar[dict[str, tuple[float, float, float]]]
    main_format: ClassVar[str]
    opened: ClassVar[list[FakePicamera2]]
    _cm: ClassVar[Manager]

    def __init__(self, camera_num: int = 0) -> None:
        self.notifyme_r, self.notifyme_w = os.pipe2(os.O_NONBLOCK)
        self.notifymeread = os.fdopen(self.notifyme_r, "rb")
        self.is_open = False
        if self.busy or camera_num >= len(self.seen) or camera_num in self._cm.cameras:
            raise RuntimeError("Camera __init__ sequence did not complete.")
        self.is_open = True
        self.set: dict[str, Any] = {}
        self.number = camera_num
        self.camera_properties = {"Model": self.seen[camera_num]["Model"]}
        self.opened.append(self)
        self._cm.cameras[camera_num] = self

    @classmethod
    def global_camera_info(cls) -> list[dict[str, Any]]:
        return cls.seen

    @property
    def camera_controls(self) -> dict[str, tuple[float, float, float]]:
        return self.controls

    def create_video_configuration(self, **streams: Any) -> dict[str, Any]:
        return streams

    def configure(self, wanted: dict[str, Any]) -> None:
        self.wanted = wanted
        width, height = wanted["main"]["size"]
        stride = width * FORMATS[self.main_format]
        self._main = {"format": self.main_format, "size": (width, height), "stride": stride}
        width, height = wanted["lores"]["size"]
        self._lores = {"format": "YUV420", "size": (width, height), "stride": width}

    def camera_configuration(self) -> dict[str, Any]:
        return {"main": self._main, "lores": self._lores}

    def set_controls(self, controls: dict[str, Any]) -> None:
        for name in controls:
            if name not in self.controls:
                raise RuntimeError(f"Control {name} is not advertised by libcamera")
        self.set |= controls

    def start(self) -> None:
        pass

    def capture_request(self, *, wait: bool) -> object:
        assert not wait  # or else it waits for ever
        return object()

    def wait(self, _job: object, timeout: float) -> Request:
        if self.silent:
            time.sleep(timeout)
            raise TimeoutError
        return Request(self)

    def close(self) -> None:
        if self.is_open:
            self.is_open = False
            del self._cm.cameras[self.number]
            self.notifymeread.close()
            os.close(self.notifyme_w)


class Request:
    """A frame, all 100 (red, green, blue; or Y, U and V)."""

    held = 0

    def __init__(self, camera: FakePicamera2) -> None:
        self._streams = camera.camera_configuration()
        Request.held += 1

    def get_metadata(self) -> dict[str, int]:
        return {"SensorTimestamp": time.monotonic_ns()}

    def make_buffer(self, name: str) -> np.ndarray[Any, np.dtype[np.uint8]]:
        stream = self._streams[name]
        rows = stream["size"][1] * (3 if name == "lores" else 2) // 2
        return np.full(stream["stride"] * rows, 100, np.uint8)

    def release(self) -> None:
        Request.held -= 1


def install(monkeypatch: pytest.MonkeyPatch) -> type[FakePicamera2]:
    """Picamera2 is installed, with a camera that is plugged in and has been seen."""
    for name, value in {
        "plugged": [CSI],
        "seen": [CSI],
        "busy": False,
        "silent": False,
        "controls": {"FrameDurationLimits": (8_333, 10_000_000, 33_333)},
        "main_format": "BGR888",
        "opened": [],
        "_cm": Manager(),
    }.items():
        monkeypatch.setattr(FakePicamera2, name, value, raising=False)
    monkeypatch.setattr(Request, "held", 0)
    modules = {
        "picamera2": {"Picamera2": FakePicamera2},
        "libcamera": {"ColorSpace": SimpleNamespace(Smpte170m=lambda: "Smpte170m")},
    }
    for name, content in modules.items():
        module = ModuleType(name)
        vars(module).update(content)
        monkeypatch.setitem(sys.modules, name, module)
    return FakePicamera2
