# SPDX-License-Identifier: Apache-2.0
"""The Raspberry Pi's own camera, through Picamera2."""

from __future__ import annotations

import gc
import logging
import os
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from daemon.camera.base import SENSOR_FROZEN_AFTER_S, Shot
from daemon.camera.exposure import frame_limits_us, libcamera_controls
from daemon.camera.yuv import FORMATS, Layout
from daemon.errors import CameraError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from daemon.camera.base import Timing
    from daemon.config import CameraSettings

_log = logging.getLogger(__name__)

LORES_LONGEST_PX = 320
SLOWEST_SENSOR_FPS = 10.0
"""Below this, exposure and white balance would take too long to settle; surplus frames are left out."""

_FAILURES = (RuntimeError, OSError, ValueError, LookupError)
"""What Picamera2 and libcamera are known to raise when a camera is missing, busy or refuses something."""
_TURN = threading.Lock()
"""To open or close one: Picamera2's last camera, closing, waits for one that opens just then until that closes."""


class PicameraSource:
    """Main stream at `camera.size` and a small one beside it, which the Pi's image processor makes for nothing.

    `number` is the camera's, as ``rpicam-hello --list-cameras`` has them. Needs Debian's ``python3-picamera2``.
    Raises CameraError if that is not there, or no such camera.
    """

    simulated = False
    frozen_after_s = SENSOR_FROZEN_AFTER_S

    def __init__(self, settings: CameraSettings, timing: Timing, number: int = 0) -> None:
        self._timing = timing
        self._read_timeout_s = settings.read_timeout_s
        self._called = _called(number)
        self._camera = _open(number)
        try:
            self._streams = _configure(self._camera, settings)
            self._camera.start()
        except CameraError:
            self.close()
            raise
        except _FAILURES as error:
            self.close()
            raise CameraError(f"{self._called} refuses {_by(settings.size)}: try another camera.size.") from error
        main = self._streams["main"]
        library = f"Picamera2:{number}" if number else "Picamera2"
        self.description = f"{library} {_model(self._camera)} {main.width}x{main.height}"

    def grab(self, due_s: float) -> Shot:
        """See `daemon.camera.base.Source.grab`."""
        earliest_s = self._timing.earliest(due_s)
        self._timing.until(earliest_s)
        deadline_s = self._timing.now() + self._read_timeout_s
        try:
            captured_s, buffers = self._buffers(earliest_s, deadline_s)
        except TimeoutError as error:
            raise CameraError(
                f"{self._called} gave no frame for {self._read_timeout_s:g} s: check its cable."
            ) from error
        except _FAILURES as error:
            raise CameraError(f"{self._called} failed: check its cable.") from error
        pictures = {name: layout.to_rgb(buffers[name]) for name, layout in self._streams.items()}
        return Shot(pictures["main"], captured_s, pictures.get("lores"))

    def close(self) -> None:
        """See `daemon.camera.base.Source.close`."""
        try:
            with _TURN:
                self._camera.close()
        except _FAILURES as error:
            _log.debug("closing the camera: %s", error)
        # Its parts refer to each other: without this their descriptors and memory stay until Python happens to look.
        gc.collect()

    def _buffers(self, earliest_s: float, deadline_s: float) -> tuple[float, Mapping[str, Any]]:
        while True:
            job = self._camera.capture_request(wait=False)
            request = self._camera.wait(job, timeout=max(deadline_s - self._timing.now(), 0))
            try:
                captured_s = self._captured_at(request.get_metadata())
                if captured_s >= earliest_s:
                    return captured_s, {name: request.make_buffer(name) for name in self._streams}
            finally:
                request.release()

    def _captured_at(self, metadata: Mapping[str, Any]) -> float:
        """When the sensor took it, on our clock; when it arrived, if the sensor's clock is another.

        The kernel stamps frames by CLOCK_MONOTONIC, which is Python's, but libcamera's documentation speaks
        of the time since boot, which also counts suspends: so the stamp must be plausible to be believed.
        """
        arrived_s = self._timing.now()
        sensor_s = float(metadata.get("SensorTimestamp", 0)) * 1e-9
        return sensor_s if 0 <= arrived_s - sensor_s <= self._read_timeout_s else arrived_s


def is_present() -> bool:
    """Whether Picamera2 is installed and sees a camera of the Pi's; USB cameras are left to V4L2."""
    try:
        picamera2 = _picamera2()
        with _TURN:
            return _sees_camera(picamera2, 0)
    except CameraError as error:
        _log.debug("%s", error)
        return False


def lores_size(size: tuple[int, ...]) -> tuple[int, int]:
    """Of the same shape as `size`, even, and at most `LORES_LONGEST_PX` long."""
    scale = min(1.0, LORES_LONGEST_PX / max(size))
    width, height = (max(2, 2 * round(side * scale / 2)) for side in size)
    return width, height


def frame_duration_us(fps: float, limits: tuple[int, int]) -> int:
    """How long a frame is to take at `fps`, within what the sensor can do."""
    shortest, longest = limits
    return min(max(round(1e6 / max(fps, SLOWEST_SENSOR_FPS)), shortest), longest)


def _picamera2() -> Any:
    # Both tell several lines each time that whod looks for its camera; what goes wrong comes as an error as well.
    os.environ.setdefault("LIBCAMERA_LOG_LEVELS", "*:WARN")
    logging.getLogger("picamera2").setLevel(logging.CRITICAL)
    try:
        from picamera2 import Picamera2  # noqa: PLC0415 - only here, and only on a machine that has it
    except Exception as error:  # whatever of the system's: ValueError, where simplejpeg is built for another numpy
        raise CameraError(
            f"Picamera2 cannot be used ({error}): sudo apt install --no-install-recommends python3-picamera2, "
            "in an environment that sees the system's packages."
        ) from error
    return Picamera2


def _sees_camera(picamera2: Any, number: int) -> bool:
    """Whether there is such a camera of the Pi's, by libcamera's list or, if that has none, by a new one.

    libcamera looks once and then hears of changes: a sensor that was half set up at boot is none for ever. It does
    not look anew while one of its cameras is open.
    """
    try:
        if not (seen := _has_csi(picamera2, number)) and not picamera2._cm.cameras:  # noqa: SLF001 - no other way
            picamera2._cm.reset()  # noqa: SLF001
            seen = _has_csi(picamera2, number)
    except _FAILURES as error:
        raise CameraError(f"libcamera cannot look for cameras ({error}).") from error
    return seen


def _has_csi(picamera2: Any, number: int) -> bool:
    """They come before those at USB."""
    return sum("/usb" not in camera["Id"] for camera in picamera2.global_camera_info()) > number


def _open(number: int) -> Any:
    picamera2 = _picamera2()
    with _TURN:
        if not _sees_camera(picamera2, number):
            raise CameraError(f"{_called(number)} is not connected (rpicam-hello --list-cameras shows what is).")
        camera = picamera2.__new__(picamera2)
        try:
            camera.__init__(number)  # in two steps, to have what is left of it when it fails
        except _FAILURES as error:
            _give_back(camera)
            raise CameraError(f"{_called(number)} cannot be opened: does another program use it?") from error
    return camera


def _give_back(camera: Any) -> None:
    """Close what Picamera2 leaves open when it cannot open its camera: a pipe, at each attempt."""
    with suppress(AttributeError, OSError):
        if not camera.is_open:
            camera.notifymeread.close()
            os.close(camera.notifyme_w)


def _configure(camera: Any, settings: CameraSettings) -> dict[str, Layout]:
    """Set the camera up; gives the streams as they came out."""
    from libcamera import ColorSpace  # noqa: PLC0415 - see _picamera2

    camera.configure(
        camera.create_video_configuration(
            main={"format": "BGR888", "size": tuple(settings.size)},
            lores={"format": "YUV420", "size": lores_size(settings.size)},
            raw=None,
            buffer_count=settings.buffers,
            colour_space=ColorSpace.Smpte170m(),  # the one that OpenCV turns back into RGB
            display=None,
            encode=None,
        )
    )
    offered = camera.camera_controls
    controls, remarks = libcamera_controls(settings, offered)
    for remark in remarks:
        _log.warning("%s", remark)
    if limits := offered.get("FrameDurationLimits"):
        duration = frame_duration_us(settings.fps, limits[:2])
        camera.set_controls({"FrameDurationLimits": frame_limits_us(settings, duration, limits[:2])})
    camera.set_controls(controls)
    return _streams(camera.camera_configuration())


def _streams(configuration: Mapping[str, Any]) -> dict[str, Layout]:
    main, lores = (Layout.of(configuration[name]) for name in ("main", "lores"))
    if main.format not in FORMATS:
        raise CameraError(f"The camera gives {main.format} pictures; whod knows {', '.join(sorted(FORMATS))}.")
    usable = lores.format in FORMATS and lores.width < main.width
    return {"main": main, "lores": lores} if usable else {"main": main}


def _called(number: int) -> str:
    return f"The Pi's camera {number}" if number else "The Pi's camera"


def _model(camera: Any) -> str:
    return str(camera.camera_properties.get("Model", "camera"))


def _by(size: tuple[int, ...]) -> str:
    return f"{size[0]}x{size[1]}"
