# SPDX-License-Identifier: Apache-2.0
"""What differs between libcamera's virtual camera and a Pi's, bridged within Picamera2: its user need not know.

Imported at the end of the root's ``picamera2/__init__.py``.
"""

import mmap

import libcamera
from picamera2 import Picamera2
from picamera2.allocators import LibcameraAllocator


class _Mapped:
    """libcamera 0.4's virtual camera does not say how much of a buffer it has used: map the whole."""

    def __init__(self, _allocator, buffer, _write):
        self._planes = buffer.planes
        self._memory = None

    def __enter__(self):
        self._memory = mmap.mmap(self._planes[0].fd, sum(plane.length for plane in self._planes))
        return self._memory

    def __exit__(self, *_):
        if self._memory is not None:
            self._memory.close()


class _Exported(LibcameraAllocator):
    """Buffers of two planes, as the virtual camera writes them; those of Picamera2 have one."""

    def __init__(self, camera):
        super().__init__(camera)
        self.sync = _Mapped


def _modes(self):
    """The virtual camera has no raw stream to ask for its modes."""
    stream = self.camera.generate_configuration([libcamera.StreamRole.VideoRecording]).at(0)
    return [{"format": str(stream.pixel_format), "size": (stream.size.width, stream.size.height)}]


_init = Picamera2.__init__


def _init_exported(self, *arguments, **named):
    _init(self, *arguments, **named)
    self.allocator = _Exported(self.camera)


Picamera2._get_raw_modes = _modes
Picamera2.__init__ = _init_exported
