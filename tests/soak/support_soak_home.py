# SPDX-License-Identifier: Apache-2.0
"""The household that a soak looks at: a whod whose days go by fast, a thousand samples, people who come and go."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from skimage.data import brick
from support_broker import Broker
from support_daemon import BARACK, EILEEN, JOE, Daemon, broker_settings
from support_login import Browser, first_login
from support_soak_calendar import LEAKS
from support_village import fill

from daemon.client import RemotePeople, RemoteSettings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SIZE = 640, 480
FPS = 120
"""As many frames a second as may be set."""
LOOKS = 8
"""Pictures of one scene, each a little other than the last."""
STAYS, AWAY = 60, 140
"""Frames that a visitor is there, and that nobody is."""
VILLAGERS = 330
"""With three samples each."""
PROGRAM = Path(__file__).with_name("support_soak_calendar.py")


class FastDaemon(Daemon):
    """A daemon by the fast calendar; with `leaks` one that grows on purpose."""

    def __init__(self, folder: Path, *, leaks: bool) -> None:
        super().__init__(folder)
        self.program = (str(PROGRAM), LEAKS) if leaks else (str(PROGRAM),)


class Home:
    """One daemon with its broker; `browser` is its owner's."""

    def __init__(self, folder: Path, *, leaks: bool = False) -> None:
        self._open = contextlib.ExitStack()
        self.daemon = self._open.enter_context(contextlib.closing(FastDaemon(folder, leaks=leaks)))
        (folder / "mosquitto").mkdir()
        self.broker = self._open.enter_context(contextlib.closing(Broker(folder / "mosquitto")))
        self.people = RemotePeople(self.daemon.state / "whod.sock")
        self.settings = RemoteSettings(self.daemon.state / "whod.sock")
        self._street = folder / "street"
        self.browser: Browser

    def start(self) -> int:
        """Gives how many samples are enrolled."""
        fill(self.daemon.state, [f"Person {number:04}" for number in range(VILLAGERS)], visits=0)
        self.broker.start()
        film(self._street, (EILEEN, None, BARACK, None, JOE, None))
        options = (f"camera.fps={FPS}", "camera.loop=true", "tracking.sighting_gap_s=0.5")
        self.daemon.start(f"camera.source=folder:{self._street}", *options, *broker_settings(self.broker.port))
        self.daemon.whod("enrol", "Eileen", EILEEN)
        self.browser = first_login(self.daemon)
        return sum(person.samples for person in self.people.people())

    def visits(self) -> list[dict[str, Any]]:
        """For `support_routes.address`."""
        return [visit.as_json() for visit in self.people.visits.recent(50)]

    @property
    def process(self) -> int:
        assert self.daemon.process is not None
        return self.daemon.process.pid

    def close(self) -> None:
        self._open.close()


def film(folder: Path, scenes: Sequence[Path | None], size: tuple[int, int] = SIZE) -> None:
    """Pictures of these people before a wall, and of the wall; links to them are the frames."""
    looks = folder / "looks"
    looks.mkdir(parents=True)
    random, number = np.random.default_rng(7), 0
    for scene, picture in enumerate(scenes):
        for look, pixels in enumerate(_seen(picture, size, random)):
            cv2.imwrite(str(looks / f"{scene}-{look}.jpg"), pixels)
        for frame in range(STAYS if picture else AWAY):
            (folder / f"{number:05}.jpg").symlink_to(f"looks/{scene}-{frame // 2 % LOOKS}.jpg")
            number += 1


def _seen(picture: Path | None, size: tuple[int, int], random: np.random.Generator) -> Iterator[np.ndarray]:
    """What a camera with some noise shows of somebody who does not stand quite still."""
    wall = cv2.cvtColor(cv2.resize(brick(), size), cv2.COLOR_GRAY2BGR)
    for _ in range(LOOKS):
        shown = wall.copy()
        if picture:
            face = cv2.resize(cv2.imread(str(picture)), (size[1] * 2 // 3, size[1] * 2 // 3))
            x, y = size[0] // 3 + random.integers(12), size[1] // 4 + random.integers(12)
            shown[y : y + len(face), x : x + len(face)] = face
        yield np.clip(shown + random.normal(0, 2, shown.shape), 0, 255).astype(np.uint8)
