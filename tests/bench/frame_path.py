# SPDX-License-Identifier: Apache-2.0
"""The yardstick: the daemon's way from a frame to what is told of it, against the same chain written plainly.

    .venv/bin/python tests/bench/frame_path.py [VISITS]

Both look in turn at the same frames of the demo's door, 640 x 480, in one process, with the same two int8 files and
one thread. The plain chain finds the faces (the whole frame in one area-averaging resize, then once more on a square
of 2.4 boxes around each) and embeds them; the daemon's also judges, follows, identifies and decides. Wanted: at most
0.65 of the plain chain's time for a frame without a face, 0.77 for one whose face is embedded, and 1.15 of the time
inside the models for either.
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np

from daemon.benchmark.chain import TimedVision
from daemon.benchmark.clocks import Stopwatch
from daemon.camera.demo import AWAY_S, CYCLE_S, ENTER_S, VISITORS, Scene
from daemon.camera.pictures import read_picture
from daemon.clock import SystemClock
from daemon.config import Settings, load
from daemon.gallery import Gallery
from daemon.pipeline import Pipeline
from daemon.quiet import hush
from daemon.types import Frame
from daemon.vision import models_folder
from daemon.vision.runtime import load_model

FPS, FOLLOWED, EMPTY, PAUSE_S = 10, 6, 6, 1.1
DETECTOR_SIZE, EMBEDDER_SIZE, GRID, CLOSE_UP = 192, 112, 48, 2.4
THRESHOLD, SAME_FACE = 0.5, 0.3


class Plain:
    """The chain as one would write it first: numpy, OpenCV, no thought of time."""

    def __init__(self, detector: Callable, embedder: Callable, template: np.ndarray) -> None:
        self.detector, self.embedder, self.template = detector, embedder, template
        cells = [((x + 0.5) / GRID, (y + 0.5) / GRID) for y in range(GRID) for x in range(GRID)]
        self.anchors = np.array(cells, np.float32)
        self.scale = np.array([24, 24, 192, 192] + [96] * 12, np.float32) / DETECTOR_SIZE

    def __call__(self, picture: np.ndarray) -> list[np.ndarray]:
        """The embeddings of all faces."""
        faces = []
        for box, _ in self.detect(picture):
            centre, side = (box[:2] + box[2:]) / 2, CLOSE_UP * (box[2:] - box[:2]).max()
            corner = np.round(centre - side / 2).astype(int)
            near = self.detect(cut(picture, corner, round(side)))
            if near:
                faces.append(self.embed(picture, near[0][1] + corner))
        return faces

    def detect(self, picture: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
        """Box (left, top, right, bottom) and the points (6, 2) of each face, best first."""
        square, scale, pad = letterbox(picture)
        outputs = self.detector(square)
        raw, scores = (next(o for o in outputs if o.shape[-1] == last) for last in (16, 1))
        scores = 1 / (1 + np.exp(-2 * (scores[:, 0] - 3)))
        kept = scores >= THRESHOLD
        values, scores, anchors = raw[kept] * self.scale, scores[kept], self.anchors[kept]
        centres, sizes = anchors + values[:, :2], values[:, 2:4]
        boxes = np.concatenate([centres - sizes / 2, centres + sizes / 2], axis=1)
        points = anchors[:, None] + values[:, 4:].reshape(-1, 6, 2)
        return [
            ((box.reshape(2, 2) * DETECTOR_SIZE - pad).reshape(4) / scale, (marks * DETECTOR_SIZE - pad) / scale)
            for box, marks in suppress(boxes, scores, points)
        ]

    def embed(self, picture: np.ndarray, points: np.ndarray) -> np.ndarray:
        matrix = umeyama(points[:4], self.template)
        (vector,) = self.embedder(cv2.warpAffine(picture, matrix, (EMBEDDER_SIZE, EMBEDDER_SIZE)))
        return vector / np.linalg.norm(vector)


def letterbox(picture: np.ndarray) -> tuple[np.ndarray, float, np.ndarray]:
    """The picture in the middle of a black square, the scale, and where it begins."""
    height, width = picture.shape[:2]
    scale = DETECTOR_SIZE / max(height, width)
    size = round(width * scale), round(height * scale)
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    left, top = (DETECTOR_SIZE - size[0]) // 2, (DETECTOR_SIZE - size[1]) // 2
    square = np.zeros((DETECTOR_SIZE, DETECTOR_SIZE, 3), np.uint8)
    square[top : top + size[1], left : left + size[0]] = small
    return square, scale, np.array([left, top])


def cut(picture: np.ndarray, corner: np.ndarray, side: int) -> np.ndarray:
    """A square of the picture, black where it reaches over the edges."""
    square = np.zeros((side, side, 3), np.uint8)
    low = np.clip(corner, 0, picture.shape[1::-1])
    high = np.clip(corner + side, 0, picture.shape[1::-1])
    (x, y), (right, bottom) = low - corner, high - corner
    square[y:bottom, x:right] = picture[low[1] : high[1], low[0] : high[0]]
    return square


def suppress(boxes: np.ndarray, scores: np.ndarray, points: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Non-maximum suppression that averages by score what lies on the best."""
    left, kept = np.argsort(-scores), []
    while len(left):
        low = np.maximum(boxes[left[0], :2], boxes[left, :2])
        high = np.minimum(boxes[left[0], 2:], boxes[left, 2:])
        both = np.clip(high - low, 0, None).prod(axis=1)
        areas = (boxes[left, 2:] - boxes[left, :2]).prod(axis=1)
        same = both / (areas[0] + areas - both) > SAME_FACE
        group, left = left[same], left[~same]
        weights = scores[group] / scores[group].sum()
        kept.append(((boxes[group] * weights[:, None]).sum(0), (points[group] * weights[:, None, None]).sum(0)))
    return kept


def umeyama(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The similarity transform (2, 3) that brings `source` nearest to `target`; Umeyama 1991."""
    source_mean, target_mean = source.mean(0), target.mean(0)
    s, t = source - source_mean, target - target_mean
    u, d, v = np.linalg.svd(t.T @ s / len(s))
    signs = np.array([1.0, np.sign(np.linalg.det(u) * np.linalg.det(v))])
    rotation = u @ np.diag(signs) @ v
    scale = (d * signs).sum() / s.var(axis=0).sum()
    return np.column_stack([scale * rotation, target_mean - scale * rotation @ source_mean])


class Rivals:
    """Both chains, with the laps of each."""

    def __init__(self, settings: Settings) -> None:
        self.vision = TimedVision(models_folder(), settings)
        manifest, models = self.vision.vision.manifest, (Stopwatch(), Stopwatch())
        found = models[0].around(load_model(manifest.detector, "int8", threads=1))
        embedded = models[1].around(load_model(manifest.embedder, "int8", threads=1))
        self.ours, self.theirs = Stopwatch(*self.vision.models), Stopwatch(*models)
        self.plain = self.theirs.around(Plain(found, embedded, np.array(manifest.template)))

    def look(self, pipeline: Pipeline, frame: Frame) -> tuple[int, bool]:
        """How many faces the plain chain finds, and whether ours decides; each is the first in every other frame."""
        if frame.seq % 2:
            faces = self.plain(frame.pixels)
        result = self.ours.around(pipeline.process)(frame, clock_synced=True)
        if not frame.seq % 2:
            faces = self.plain(frame.pixels)
        return len(faces), bool(result.events)


def main(visits: int) -> None:
    cv2.setNumThreads(1)
    settings = load().settings
    rivals, scene, rows = Rivals(settings), Scene(models_folder() / "demo"), defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        model_id = rivals.vision.vision.model_id
        gallery = Gallery.open(Path(folder) / "gallery.db", model_id, settings.gallery, SystemClock())
        for visitor in VISITORS:
            picture = read_picture(models_folder() / "demo" / f"{visitor.stem}.jpg")
            gallery.enrol(visitor.stem, rivals.vision.vision.analyse(picture), "demo")
        for visit in range(-1, visits):  # the first warms up
            for shows, row in play(max(visit, 0), Pipeline(rivals.vision, gallery, settings), rivals, scene):
                rows[shows].extend([row] * (visit >= 0))
        gallery.close()
    report(rows)


def play(visit: int, pipeline: Pipeline, rivals: Rivals, scene: Scene) -> Iterator[tuple[str, tuple[float, ...]]]:
    """What each frame of a visit shows, and what both took for it."""
    followed = 0
    for seq, (at_s, standing) in enumerate(moments(visit), start=visit):
        invokes = rivals.vision.invokes
        faces, decides = rivals.look(pipeline, Frame(scene.at(at_s), seq, at_s, datetime.now(UTC)))
        if faces != standing:
            raise SystemExit(
                f"The plain chain finds {faces} faces instead of {int(standing)}, {at_s:.2f} s into the demo."
            )
        invokes = rivals.vision.invokes - invokes
        empty = "no face" if invokes else "no face, no change"
        shows = empty if not standing else "one face, followed" if followed else "one face, embedded"
        yield shows, (*rivals.ours.laps[-1], invokes, *rivals.theirs.laps[-1])
        followed += bool(followed or decides)
        if followed > FOLLOWED:
            return


def moments(visit: int) -> Iterator[tuple[float, bool]]:
    """Times of the demo, and whether somebody stands there."""
    start = (visit + 1) * CYCLE_S + 0.01 * (visit % FPS)
    # Looked at after a pause only, as nothing changes.
    yield from ((start - AWAY_S + 0.1 + PAUSE_S * (i // 2) + i % 2 / FPS, False) for i in range(2 * EMPTY))
    yield from ((start + ENTER_S + 0.2 + i / FPS, True) for i in range(3 * FPS))


def report(rows: dict[str, list[tuple[float, ...]]]) -> None:
    """Medians of the milliseconds and of what is around the models, and the ratio of the medians."""
    print(f"{'':20} frames     ours   models  invokes  ours/models    plain   models  ours/plain")
    for shows, found in rows.items():
        ours, in_ours, invokes, plain, in_plain = np.array(found).T
        over = np.median(ours / in_ours) if in_ours.all() else np.nan
        ms = [1000 * np.median(times) for times in (ours, in_ours, plain, in_plain)]
        print(
            f"{shows:20} {len(found):6} {ms[0]:8.2f} {ms[1]:8.2f} {invokes.mean():8.2f} {over:12.3f} "
            f"{ms[2]:8.2f} {ms[3]:8.2f} {ms[0] / ms[2]:11.3f}"
        )


if __name__ == "__main__":
    hush()
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
