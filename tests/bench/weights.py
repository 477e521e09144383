# SPDX-License-Identifier: Apache-2.0
"""What the frames of a visit should weigh: `docs/decisions.md`.

    .venv/bin/python tests/bench/weights.py [FOLDER]

Visits as of `whod evaluate --visits`, in galleries of 100 people with three pictures each, 10 draws, decided by the
average of all frames: how many residents are named at the threshold that names one stranger's visit in a thousand.
"""

import os
import sys
from pathlib import Path
from random import Random

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
from decisions import Looks, unit

from daemon.config import load
from daemon.evaluation.enrolled import Enrolled
from daemon.evaluation.rates import NEVER, threshold_at
from daemon.evaluation.visitors import Visitors
from daemon.types import Photo
from daemon.vision import MIN_QUALITY, decode

PEOPLE, SAMPLES, DRAWS, RATE = 100, 3, 10, 1e-3
WEIGHTS = {
    "all the same": np.ones_like,
    "quality": lambda quality: quality,
    "its square": lambda quality: quality**2,
    "its fourth power (shipped)": lambda quality: quality**4,
    "its eighth power": lambda quality: quality**8,
    "only the best three frames": lambda quality: quality >= np.sort(quality)[-3:].min(),
}


def main():
    folder, settings = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/faces/lfw"), load().settings
    looks = Looks(folder)
    visitors = Visitors(looks.vision, settings.detector.min_face_px, MIN_QUALITY)
    for name in looks.people:
        last = max((folder / name).glob("*.jpg"))
        visitors.look(name, decode(Photo(last.name, last.read_bytes())))
    seen = {name: found for name, found in visitors.looks.items() if found}
    able = [name for name in seen if len(looks.people[name]) > SAMPLES]
    photos = looks.ways["and from farther"]
    print("| weight of a frame | residents named at 0.1 % |\n|---|---|")
    for title, weigh in WEIGHTS.items():
        means = {name: mean(found, weigh) for name, found in seen.items()}
        residents, strangers = [], []
        for draw in range(DRAWS):
            drawn = Random(draw).sample(able, PEOPLE)
            enrolled = Enrolled(np.stack([photos[looks.people[name][:SAMPLES]] for name in drawn]))
            score, best = enrolled.scores(np.stack([means[name] for name in drawn]), settings.gallery.margin)
            residents.append(np.where(best == np.arange(PEOPLE), score, NEVER))
            others = np.stack([vector for name, vector in means.items() if name not in set(drawn)])
            strangers.append(enrolled.scores(others, settings.gallery.margin)[0])
        threshold = threshold_at(np.concatenate(strangers), RATE)
        print(f"| {title} | {100 * (np.concatenate(residents) >= threshold).mean():.1f} % |")


def mean(found, weigh):
    weights = np.asarray(weigh(np.array([look.quality for look in found])), np.float32)
    return unit(weights @ np.stack([look.embedding.vector for look in found]))


if __name__ == "__main__":
    main()
