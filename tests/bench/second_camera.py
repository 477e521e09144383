# SPDX-License-Identifier: Apache-2.0
"""How much memory a second camera takes of the daemon.

    .venv/bin/python tests/bench/second_camera.py [--rounds N]

By turns, a daemon with one network camera (H.264, 1280 x 720, 10 frames a second, served by ffmpeg, where somebody is
there half of the time) and one with two of them; resident memory after 25 s, and the medians of N rounds.
"""

import argparse
import contextlib
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import cv2
import numpy as np
from support_broker import free_port
from support_daemon import BARACK, EILEEN, Daemon

WIDTH, HEIGHT, FPS, SCENE_S = 1280, 720, 10, 4
SETTLED_S = 25


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        clips = [scene(Path(folder, f"{picture.stem}.mp4"), picture) for picture in (EILEEN, BARACK)]
        rounds = []
        for _ in range(given.rounds):
            rounds.append((resident(clips[:1]), resident(clips)))
            print("one camera {:.1f} MB, two {:.1f} MB".format(*rounds[-1]))
    added = [two - one for one, two in rounds]
    print(f"the second camera takes {statistics.median(added):.1f} MB ({min(added):.1f} to {max(added):.1f})")


def scene(file: Path, picture: Path) -> Path:
    """A room in which somebody stands for some seconds and then nobody does, as a film."""
    face = cv2.imread(str(picture))
    face = cv2.resize(face, None, fx=0.6 * HEIGHT / face.shape[0], fy=0.6 * HEIGHT / face.shape[0])
    room = np.full((HEIGHT, WIDTH, 3), 120, np.uint8)
    somebody = room.copy()
    somebody[100 : 100 + face.shape[0], 400 : 400 + face.shape[1]] = face
    noise = np.random.default_rng(1)
    taken = f"ffmpeg -v error -f rawvideo -pix_fmt bgr24 -s {WIDTH}x{HEIGHT} -r {FPS} -i -"
    sent = f"-c:v libx264 -bf 0 -refs 1 -g {FPS}"  # as the encoders of cameras do: one reference, nothing held back
    with subprocess.Popen([*taken.split(), *sent.split(), str(file)], stdin=subprocess.PIPE) as ffmpeg:
        for frame in (*[somebody] * (SCENE_S * FPS), *[room] * (SCENE_S * FPS)):
            ffmpeg.stdin.write(np.clip(frame + noise.integers(-4, 5, frame.shape), 0, 255).astype(np.uint8).tobytes())
    return file


@contextlib.contextmanager
def served(clip: Path):
    """Its address: a film that never ends, to one who asks."""
    url = f"http://127.0.0.1:{free_port()}/camera"
    command = f"ffmpeg -v error -re -stream_loop -1 -i {clip} -c copy -f mpegts -listen 1 {url}"
    with subprocess.Popen(command.split()) as ffmpeg:
        try:
            yield url
        finally:
            ffmpeg.kill()


def resident(clips: list[Path]) -> float:
    """In MB, of a daemon with these cameras."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        daemon = stack.enter_context(contextlib.closing(Daemon(folder)))
        first, *more = (stack.enter_context(served(clip)) for clip in clips)
        tables = (f'[cameras.camera{number}]\nsource = "{url}"\n' for number, url in enumerate(more, 2))
        settings = folder / "whod.toml"
        settings.write_text(f'[camera]\nsource = "{first}"\nfps = {FPS}\n{"".join(tables)}')
        daemon.program = (*daemon.program, "--config", str(settings))
        daemon.start()
        time.sleep(SETTLED_S)
        health = daemon.health()
        if not health["ok"]:
            raise SystemExit(f"It does not work: {health['problem']}")
        status = Path(f"/proc/{daemon.process.pid}/status").read_text(encoding="utf-8")
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:")) / 1024


if __name__ == "__main__":
    main()
