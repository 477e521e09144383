# SPDX-License-Identifier: Apache-2.0
"""The people whom whod knows: their names, their samples, and who a face is."""

from daemon.gallery.decide import Reason, decide
from daemon.gallery.gallery import Gallery
from daemon.gallery.names import Name, normalise
from daemon.gallery.whatif import WhatIf

__all__ = ["Gallery", "Name", "Reason", "WhatIf", "decide", "normalise"]
