# SPDX-License-Identifier: Apache-2.0
"""In place of the module of this name for the Pi's own display, which Picamera2 imports and Debian does not have."""


class _Formats:
    def __getattr__(self, name):
        return name


PixelFormat = _Formats()
