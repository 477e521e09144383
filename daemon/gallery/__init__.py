# SPDX-License-Identifier: Apache-2.0
"""The people whom whod knows: their names, their samples, and who a face is."""

from daemon.gallery.admission import COPY
from daemon.gallery.camera import at_camera, group_parts
from daemon.gallery.correcting import Lesson
from daemon.gallery.decide import Reason, decide, limited
from daemon.gallery.gallery import Gallery
from daemon.gallery.names import Name, normalise
from daemon.gallery.samples import Faces
from daemon.gallery.stored import Foreign
from daemon.gallery.undo import Traces
from daemon.gallery.whatif import WhatIf

__all__ = [
    "COPY",
    "Faces",
    "Foreign",
    "Gallery",
    "Lesson",
    "Name",
    "Reason",
    "Traces",
    "WhatIf",
    "at_camera",
    "decide",
    "group_parts",
    "limited",
    "normalise",
]
