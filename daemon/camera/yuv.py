# SPDX-License-Identifier: Apache-2.0
"""From the buffers of a camera, padded as its hardware likes them, to RGB.

libcamera names its formats as the kernel's display drivers do, from the highest byte of a little-endian word
down: ``BGR888`` lies in memory as R, G, B, and ``XRGB8888`` as B, G, R, X.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from daemon.errors import CameraError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from daemon.types import Pixels

_PACKED: dict[str, tuple[int, int | None]] = {
    "BGR888": (3, None),
    "RGB888": (3, cv2.COLOR_BGR2RGB),
    "XBGR8888": (4, cv2.COLOR_RGBA2RGB),
    "XRGB8888": (4, cv2.COLOR_BGRA2RGB),
}
"""Bytes a pixel, and the conversion to RGB where one is needed."""

_PLANAR = {"YUV420": cv2.COLOR_YUV2RGB_I420, "NV12": cv2.COLOR_YUV2RGB_NV12}
"""Full-size Y, then U and V at half the size; 12 bits a pixel."""

FORMATS = frozenset(_PACKED) | frozenset(_PLANAR)


@dataclass(frozen=True, slots=True)
class Layout:
    """How one stream of a camera lies in its buffer."""

    format: str
    width: int
    height: int
    stride: int
    """Bytes from one row to the next; of Y where there are planes."""

    @classmethod
    def of(cls, stream: Mapping[str, Any]) -> Layout:
        """Of a stream in Picamera2's `camera_configuration()`, as it came out and not as it was asked for."""
        width, height = stream["size"]
        return cls(stream["format"], width, height, stream["stride"])

    def to_rgb(self, buffer: npt.NDArray[np.uint8]) -> Pixels:
        """The picture in a buffer (1-D, bytes) as (height, width, 3), C-contiguous.

        Raises CameraError if the buffer is too short or the format is none of `FORMATS`.
        """
        if self.format in _PACKED:
            return self._packed(buffer)
        if self.format in _PLANAR:
            return self._planar(buffer)
        raise CameraError(f"The camera gives {self.format} pictures; whod knows {', '.join(sorted(FORMATS))}.")

    def _packed(self, buffer: npt.NDArray[np.uint8]) -> Pixels:
        channels, conversion = _PACKED[self.format]
        rows = self._rows(buffer, self.height)[:, : self.width * channels]
        pixels = rows.reshape(self.height, self.width, channels)
        if conversion is None:
            return np.ascontiguousarray(pixels)
        return np.asarray(cv2.cvtColor(pixels, conversion), np.uint8)

    def _planar(self, buffer: npt.NDArray[np.uint8]) -> Pixels:
        # U and V are padded in proportion, so the padding can go through the conversion and be cut off after.
        rows = self._rows(buffer, self.height * 3 // 2)
        padded = np.asarray(cv2.cvtColor(rows, _PLANAR[self.format]), np.uint8)
        return np.ascontiguousarray(padded[:, : self.width])

    def _rows(self, buffer: npt.NDArray[np.uint8], count: int) -> npt.NDArray[np.uint8]:
        needed = count * self.stride
        if buffer.size < needed:
            raise CameraError(
                f"The camera gave {buffer.size} bytes where a {self.width}x{self.height} {self.format} picture "
                f"has {needed}: try another camera.size."
            )
        return buffer[:needed].reshape(count, self.stride)
