# SPDX-License-Identifier: Apache-2.0
"""How much of a core whod takes at 10 frames a second: nobody there, something that moves, one person.

    .venv/bin/python tests/bench/cpu_share.py [--seconds N] [--rounds N] [--size WIDTH HEIGHT] [--set NAME=VALUE]…

A daemon with broker and page for each scene, by turns; processor's time of the whole process, after ten seconds.
Frames are JPEG files, which a Pi's camera does not give: what decoding them takes is measured beside it, and told.
"""

import argparse
import contextlib
import statistics
import sys
import tempfile
import time
from pathlib import Path

import cv2

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "soak"))

from support_broker import Broker
from support_daemon import EILEEN, Daemon, broker_settings
from support_soak_home import film

FPS, WARM_UP_S = 10, 10
WANTED = {"nobody": "≤ 25 %", "nobody, something moves": "", "one person": "≤ 40 %"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--size", type=int, nargs=2, default=(1280, 720))
    parser.add_argument("--set", action="append", default=[])
    given = parser.parse_args()
    shares: dict[str, list[float]] = {scene: [] for scene in WANTED}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        films = _films(folder, tuple(given.size))
        for number in range(given.rounds):
            for scene, found in shares.items():
                place = folder / f"{number}-{scene.replace(' ', '-')}"
                found.append(share(place, films[scene], given.seconds, given.set))
        decoding = _decoding(films["one person"])
    print("| at 10 frames a second | wanted | measured | of that, decoding |\n|---|---|---|---|")
    for scene, found in shares.items():
        told = f"{statistics.median(found):.1%} ({min(found):.1%} to {max(found):.1%})"
        print(f"| {scene} | {WANTED[scene]} | {told} | {decoding:.1%} |")


def _films(folder: Path, size: tuple[int, int]) -> dict[str, Path]:
    """A folder of frames for each scene."""
    film(folder / "nobody", [None], size)
    film(folder / "one", [EILEEN], size)
    film(folder / "moves", [None], size)
    for number, path in enumerate(sorted((folder / "moves" / "looks").iterdir())):
        pixels = cv2.imread(str(path))
        x = size[0] * number // 10
        pixels[size[1] // 3 :, x : x + size[0] // 5] //= 3  # something dark goes by
        cv2.imwrite(str(path), pixels)
    return dict(zip(WANTED, (folder / "nobody", folder / "moves", folder / "one"), strict=True))


def share(folder: Path, pictures: Path, seconds: float, settings: list[str]) -> float:
    """Processor's time in parts of one core."""
    (folder / "mosquitto").mkdir(parents=True)
    with contextlib.ExitStack() as stack:
        broker = stack.enter_context(contextlib.closing(Broker(folder / "mosquitto")))
        broker.start()
        daemon = stack.enter_context(contextlib.closing(Daemon(folder)))
        daemon.whod("enrol", "Eileen", EILEEN)
        options = (f"camera.source=folder:{pictures}", f"camera.fps={FPS}", "camera.loop=true", *settings)
        daemon.start(*options, *broker_settings(broker.port))
        assert daemon.process is not None
        _wait(daemon, WARM_UP_S)
        used, begun_s = _used_s(daemon.process.pid), time.monotonic()
        _wait(daemon, seconds)
        return (_used_s(daemon.process.pid) - used) / (time.monotonic() - begun_s)


def _wait(daemon: Daemon, seconds: float) -> None:
    """And take what it tells systemd, as systemd does."""
    until_s = time.monotonic() + seconds
    while time.monotonic() < until_s:
        daemon.heard("")
        time.sleep(0.2)


def _used_s(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def _decoding(pictures: Path) -> float:
    """Of the frames of a second."""
    paths = sorted(pictures.glob("*.jpg"))[:50]
    begun_s = time.process_time()
    for path in paths:
        cv2.imread(str(path))
    return (time.process_time() - begun_s) / len(paths) * FPS


if __name__ == "__main__":
    main()
