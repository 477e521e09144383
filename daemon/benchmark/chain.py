# SPDX-License-Identifier: Apache-2.0
"""The chain of the daemon, with stopwatches around its models and around each of its stages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daemon.benchmark.clocks import Stopwatch
from daemon.vision import Vision, check_golden

if TYPE_CHECKING:
    from pathlib import Path

    from daemon.config import Settings
    from daemon.gallery import Gallery


class TimedVision:
    """A chain as the daemon loads it: `vision`. What `Pipeline` wants of it is timed here, stage by stage.

    Raises ModelRefused as `Vision.load` and `check_golden` do.
    """

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.models = Stopwatch(), Stopwatch()
        watches = iter(self.models)
        self.vision = Vision.load(folder, settings, lambda model: next(watches).around(model))
        check_golden(self.vision)
        for watch in self.models:
            watch.laps.clear()
        names = ("resize", "detector_1", "detector_2", "alignment", "embedder", "search")
        self.stages = {name: Stopwatch(*self.models) for name in names}
        self.view = self.stages["resize"].around(self.vision.view)
        self.glance = self.stages["detector_1"].around(self.vision.glance)
        self.confirm = self.stages["detector_2"].around(self.vision.confirm)
        self.revisit = self.stages["detector_2"].around(self.vision.revisit)
        self.portray = self.stages["alignment"].around(self.vision.portray)
        self.embed = self.stages["embedder"].around(self.vision.embed)

    @property
    def invokes(self) -> int:
        """How often a model was invoked so far."""
        return sum(len(model.laps) for model in self.models)

    @property
    def stages_s(self) -> float:
        """What all stages took so far."""
        return sum(stage.total_s for stage in self.stages.values())


class TimedGallery:
    """What `Pipeline` wants of a gallery, its search timed."""

    def __init__(self, gallery: Gallery, search: Stopwatch) -> None:
        self._gallery = gallery
        self.identify = search.around(gallery.identify)
        self.person = gallery.person

    @property
    def changes(self) -> int:
        """See `Gallery.changes`."""
        return self._gallery.changes
