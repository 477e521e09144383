# SPDX-License-Identifier: Apache-2.0
"""Which rule of identification misses the fewest residents when as many strangers are named: `docs/decisions.md`.

    .venv/bin/python tests/bench/decisions.py [FOLDER]

FOLDER/PERSON/PICTURE; by default ../shared/faces/lfw. People are split in two halves by a hash of their names: rules
are chosen on the tuning half, and the other half is for reporting. In each, 20 times, 50 people with four pictures or
more are drawn (or as many as there are) and enrolled with three; up to ten of their other pictures are searched for,
and one picture of everybody who was not drawn. Residents missed are given at the threshold that names 1 % and 0.1 %
of these.
"""

import hashlib
import os
import sys
from functools import partial
from pathlib import Path
from random import Random

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np

from daemon.config import load
from daemon.evaluation.rates import NEVER, threshold_at, wilson
from daemon.evaluation.subject import subject
from daemon.types import Photo, Portrait
from daemon.vision import Vision, decode, models_folder
from daemon.vision.align import align

PEOPLE, SAMPLES, PROBES, DRAWS = 50, 3, 10, 20
FARTHER, SHIPPED = 0.93, 0.55
SIZES = (2, 5, 10, 20, 50, 100, 150)


def unit(rows):
    return rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-9)


class Looks:
    """Each picture embedded in three ways; the rows of the three matrices belong together."""

    def __init__(self, folder):
        self.vision = Vision.load(models_folder(), load().settings)
        size = self.vision.manifest.embedder.input_size
        self.far = [(size / 2 + FARTHER * (x - size / 2), size / 2 + FARTHER * (y - size / 2)) for x, y in
                    self.vision.manifest.template]  # fmt: skip
        self.people, rows = {}, []
        for person in sorted(path for path in folder.iterdir() if path.is_dir()):
            for path in sorted(person.glob("*.jpg")):
                if (looks := self.at(path)) is not None:
                    self.people.setdefault(person.name, []).append(len(rows))
                    rows.append(looks)
        plain, mirrored, farther = np.array(rows).transpose(1, 0, 2)
        self.ways = {
            "one": plain,
            "and mirrored": unit(plain + mirrored),
            "and from farther": unit(plain + mirrored + farther),
        }

    def at(self, path):
        pixels = decode(Photo(path.name, path.read_bytes()))
        faces = self.vision.detect(pixels)
        chosen = subject(faces, pixels)
        if chosen is None:
            return None
        portrait = self.vision.portray(pixels, faces[chosen])
        crops = [portrait.crop, np.ascontiguousarray(portrait.crop[:, ::-1])]
        crops.append(align(pixels, faces[chosen].landmarks, self.far, len(portrait.crop)))
        return [self.vision.embed(Portrait(faces[chosen], crop, 1.0)).embedding.vector for crop in crops]


def top(rows, count):
    """The mean of the `count` highest of each row, those that are missing as 0; at least 0."""
    return np.maximum(np.sort(rows, axis=1)[:, ::-1][:, :count].sum(axis=1) / count, 0)


def rule(samples, probes, *, nearest=0.0, crowd=0, of_face=0.0, of_person=0.0, votes=0.0, margin=0.0):
    """Scores of (n, d) probes in a gallery (people, samples, d), and who is meant.

    `nearest` is the part of the nearest sample in the likeness; `crowd` the number of other people, whose mean
    likeness to the face and to the person is taken off, by `of_face` and `of_person`; `votes` what is added for the
    part of the seven nearest samples, weighted by the fourth power of their similarity, that are the person's.
    """
    people, each, width = samples.shape
    means = unit(samples.sum(axis=1))
    alone = (probes @ samples.reshape(-1, width).T).reshape(len(probes), people, each)
    alike = (1 - nearest) * (probes @ means.T) + nearest * alone.max(axis=2)
    best = alike.argmax(axis=1)
    ranked = np.sort(alike, axis=1)[:, ::-1]
    score = ranked[:, 0].copy()
    if crowd:
        among = means @ means.T
        np.fill_diagonal(among, 0)
        score -= of_face * top(ranked[:, 1:], crowd) + of_person * top(among, crowd)[best]
    if votes:
        flat = alone.reshape(len(probes), -1)
        seven = np.argsort(-flat, axis=1)[:, :7]
        weight = np.take_along_axis(flat, seven, axis=1).clip(0) ** 4
        score += votes * (weight * (seven // each == best[:, None])).sum(axis=1) / weight.sum(axis=1)
    return np.where(ranked[:, 0] - ranked[:, 1] >= margin, score, NEVER), best


def clusters(samples, probes, *, count):
    """The nearest of `count` prototypes a person, by k-means."""
    prototypes = np.stack([kmeans(person, count) for person in samples])
    alike = np.einsum("nd,pkd->npk", probes, prototypes).max(axis=2)
    return alike.max(axis=1), alike.argmax(axis=1)


def kmeans(rows, count):
    centres = rows[:count]
    for _ in range(10):
        owner = (rows @ centres.T).argmax(axis=1)
        centres = unit(np.stack([rows[owner == k].mean(axis=0) if (owner == k).any() else centres[k]
                                 for k in range(count)]))  # fmt: skip
    return centres


CROWD = {"crowd": 5, "of_face": 0.15, "of_person": 0.15}
RULES = {
    "mean, one threshold": rule,
    "and a margin of 0.05": partial(rule, margin=0.05),
    "nearest sample, one threshold": partial(rule, nearest=1.0),
    "mean 0.7 and nearest 0.3": partial(rule, nearest=0.3),
    "two prototypes a person": partial(clusters, count=2),
    "mean, and weighted votes of 7": partial(rule, votes=0.05),
    "mean, less the crowd of the face": partial(rule, crowd=5, of_face=0.3),
    "mean, less the crowd of the person": partial(rule, crowd=5, of_person=0.3),
    "mean, less both": partial(rule, **CROWD),
    "mean 0.7, nearest 0.3, less both": partial(rule, nearest=0.3, **CROWD),
    "the same, crowd of 3": partial(rule, nearest=0.3, **{**CROWD, "crowd": 3}),
    "the same, crowd of 10": partial(rule, nearest=0.3, **{**CROWD, "crowd": 10}),
    "the same, and votes": partial(rule, nearest=0.3, votes=0.05, **CROWD),
    "as shipped (margin of 0.05)": partial(rule, nearest=0.3, margin=0.05, **CROWD),
}


WITH_MANY = ("mean, one threshold", "mean 0.7 and nearest 0.3", "two prototypes a person", list(RULES)[-1])


def half(name):
    return hashlib.sha256(name.encode()).digest()[0] % 2


def draws(people, size, samples):
    """Rows of the enrolled, (size, samples), of their probes with whose they are, and of strangers."""
    able = [name for name, rows in people.items() if len(rows) > samples]
    for draw in range(DRAWS):
        random = Random(draw)
        drawn = random.sample(able, min(size, len(able)))
        shuffled = [random.sample(people[name], len(people[name])) for name in drawn]
        probes = [(row, i) for i, rows in enumerate(shuffled) for row in rows[samples : samples + PROBES]]
        strangers = [rows[0] for name, rows in people.items() if name not in set(drawn)]
        yield np.array([rows[:samples] for rows in shuffled]), np.array(probes), np.array(strangers)


def measure(vectors, scores, found):
    """Residents missed at 1 % and at 0.1 % of strangers named, and how many searches that is of."""
    residents, strangers = [], []
    for enrolled, probes, others in found:
        score, best = scores(vectors[enrolled], vectors[probes[:, 0]])
        residents.append(np.where(best == probes[:, 1], score, NEVER))
        strangers.append(scores(vectors[enrolled], vectors[others])[0])
    residents, strangers = np.concatenate(residents), np.concatenate(strangers)
    missed = [float((residents < threshold_at(strangers, rate)).mean()) for rate in (1e-2, 1e-3)]
    return missed, len(residents)


def over_sizes(vectors, people):
    """The threshold that names 0.1 % of strangers, and what 0.55 names, in galleries of growing size."""
    print(
        "\n| people | mean: threshold at 0.1 % | strangers named at 0.55 | as shipped: threshold at 0.1 % | at 0.55 |"
    )
    print("|---|---|---|---|---|")
    for size in SIZES:
        cells = []
        for scores in (RULES[WITH_MANY[0]], RULES[WITH_MANY[-1]]):
            found = draws(people, size, SAMPLES)
            named = np.concatenate([scores(vectors[rows], vectors[others])[0] for rows, _, others in found])
            cells += [f"{threshold_at(named, 1e-3):.3f}", f"{100 * (named >= SHIPPED).mean():.3f} %"]
        print(f"| {size} | " + " | ".join(cells) + " |")


def table(title, rows):
    print(f"\n{title}\n\n| rule | tuning: missed at 1 % | at 0.1 % | reporting: missed at 1 % | at 0.1 % |")
    print("|---|---|---|---|---|")
    for name, cells in rows:
        print(f"| {name} | " + " | ".join(f"{100 * cell:.2f} %" for cell in cells) + " |")


def main():
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/faces/lfw")
    looks = Looks(folder)
    halves = [{name: rows for name, rows in looks.people.items() if half(name) == side} for side in (0, 1)]
    print(f"{sum(map(len, looks.people.values()))} pictures of {len(looks.people)} people; "
          f"halves of {len(halves[0])} and {len(halves[1])}")  # fmt: skip

    def both(vectors, scores, size=PEOPLE, samples=SAMPLES):
        return [cell for people in halves for cell in measure(vectors, scores, draws(people, size, samples))[0]]

    far = looks.ways["and from farther"]
    table(
        f"{PEOPLE} people, {SAMPLES} pictures each, three looks", [(name, both(far, r)) for name, r in RULES.items()]
    )
    shipped = RULES[WITH_MANY[-1]]
    table("Looks at a photo, rule as shipped", [(name, both(rows, shipped)) for name, rows in looks.ways.items()])
    table("10 people, 10 pictures each", [(name, both(far, RULES[name], 10, 10)) for name in WITH_MANY])
    over_sizes(far, looks.people)
    for size in (20, 100):
        missed, count = measure(far, shipped, draws(looks.people, size, SAMPLES))
        low, high = wilson(missed[1] * count / DRAWS, max(round(count / DRAWS), 1))
        print(f"\nas shipped, everyone, {size} people: named rightly at 0.1 %: {100 * (1 - missed[1]):.2f} % "
              f"({100 * (1 - high):.2f} to {100 * (1 - low):.2f})")  # fmt: skip


if __name__ == "__main__":
    main()
