# SPDX-License-Identifier: Apache-2.0
"""What `privacy.publish_snapshots` costs: on the way of a frame, beside it, in memory and on the wire.

    .venv/bin/python tests/bench/face_pictures.py [VISITS [SCALE]]

Two pipelines over one vision, one with pictures and one without, look in turn at the same frames of the demo's door,
640 x 480 times SCALE; each is the first at every other frame. Times are those of the thread's CPU, so that a busy
machine changes both alike; the difference is the median over the frames.
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import sys
import tempfile
import time
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
from frame_path import moments

from daemon.camera.demo import VISITORS, Scene
from daemon.camera.pictures import read_picture
from daemon.clock import SystemClock
from daemon.config import load
from daemon.gallery import Gallery
from daemon.pipeline import FacePicture, Pipeline, Result
from daemon.quiet import hush
from daemon.types import Frame
from daemon.vision import Vision, models_folder, snapshot

WITHOUT, WITH = load().settings, load(None, ["privacy.publish_snapshots=true"]).settings


def timed(pipeline: Pipeline, frame: Frame) -> tuple[Result, float]:
    """What came of a frame, and the ms it took."""
    began = time.thread_time()
    result = pipeline.process(frame, clock_synced=True)
    return result, 1000 * (time.thread_time() - began)


def main(visits: int, scale: float) -> None:
    cv2.setNumThreads(1)
    vision, scene = Vision.load(models_folder(), WITHOUT), Scene(models_folder() / "demo")
    took: dict[str, list[tuple[float, float]]] = defaultdict(list)
    pictures: list[FacePicture] = []
    with tempfile.TemporaryDirectory() as folder:
        gallery = Gallery.open(Path(folder) / "gallery.db", vision.model_id, WITHOUT.gallery, SystemClock())
        for visitor in VISITORS:
            photo = read_picture(models_folder() / "demo" / f"{visitor.stem}.jpg")
            gallery.enrol(visitor.stem, vision.analyse(photo), "demo")
        for visit in range(visits):
            rivals = Pipeline(vision, gallery, WITHOUT), Pipeline(vision, gallery, WITH)
            shows = "not decided yet"
            for seq, at_s in enumerate(at_s for at_s, standing in moments(visit) if standing):
                pixels = cv2.resize(scene.at(at_s), None, fx=scale, fy=scale)
                frame = Frame(pixels, seq, at_s, datetime.now(UTC))
                turn = (0, 1) if seq % 2 else (1, 0)
                results = {which: timed(rivals[which], frame) for which in turn}
                took[shows].append((results[0][1], results[1][1]))
                if results[1][0].events:
                    shows = "decided"
                pictures += results[1][0].pictures
        gallery.close()
    report(pixels.shape, took, pictures)


def report(shape: tuple[int, ...], took: dict[str, list[tuple[float, float]]], pictures: list[FacePicture]) -> None:
    """Medians, and the largest."""
    print(f"frames of {shape[1]} x {shape[0]}")
    for shows, pairs in took.items():
        without, with_, more = (np.median(column) for column in (*np.array(pairs).T, np.diff(pairs)))
        print(f"{shows:16} {len(pairs):5} frames {without:7.2f} ms without, {with_:7.2f} ms with: {more:+.3f} ms")
    jpegs, times = [], []
    for picture in pictures:
        began = time.thread_time()
        jpegs.append(snapshot(picture.pixels))
        times.append(1000 * (time.thread_time() - began))
    kept = max(picture.pixels.nbytes for picture in pictures) / 1000
    print(f"{len(pictures)} pictures: {kept:.0f} kB in memory at most, encoded in {np.median(times):.2f} ms")
    print(f"JPEG: {np.median(list(map(len, jpegs))) / 1000:.1f} kB, {max(map(len, jpegs)) / 1000:.1f} at most")


if __name__ == "__main__":
    hush()
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20, float(sys.argv[2]) if len(sys.argv) > 2 else 1.0)
