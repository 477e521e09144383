# SPDX-License-Identifier: Apache-2.0
"""What `whod alike` warns of rightly and wrongly, and how long it takes.

    .venv/bin/python tests/bench/alike.py FOLDER

FOLDER/PERSON/PICTURE, such as LFW; of a picture the face that is large and near the middle counts. The seed is fixed.
"""

import sys
import time
import tracemalloc
from pathlib import Path

import numpy as np

from daemon.config import load
from daemon.evaluation.subject import subject
from daemon.gallery.index import Index
from daemon.gallery.lookalikes import LookAlikes, look_alikes
from daemon.types import Photo
from daemon.vision import Vision, decode, models_folder

PEOPLE, DRAWS = 20, 100
SETTINGS = load().settings
random = np.random.default_rng(0)


def main(folder: Path) -> None:
    vision = Vision.load(models_folder(), SETTINGS)
    everyone = {}
    for person in sorted(path for path in folder.iterdir() if path.is_dir()):
        found = (embedded(vision, path) for path in sorted(person.glob("*.jpg")))
        if rows := [vector for vector in found if vector is not None]:
            everyone[person.name] = np.stack(rows)
    warnings(everyone)
    speed()


def warnings(everyone: dict[str, np.ndarray]) -> None:
    strangers = [rows[0] for rows in everyone.values() if len(rows) == 1]
    for each in (2, 3, 5, 10):
        many = [rows for rows in everyone.values() if len(rows) >= 2 * each]
        samples, odd, couples, exchanged, strange, twice = 0, 0, 0, 0, 0, 0
        for _ in range(DRAWS):
            drawn = [random.permutation(many[i]) for i in random.choice(len(many), PEOPLE, replace=False)]
            people = [rows[:each] for rows in drawn]
            found = look(people)
            samples, odd, couples = samples + len(found.foreign), odd + len(found.odd), couples + len(found.couples)
            mixed = [np.concatenate([people[1][:1], people[0][1:]]), np.concatenate([people[0][:1], people[1][1:]])]
            exchanged += odd_first(look([*mixed, *people[2:]]), 0, 1)
            other = strangers[random.integers(len(strangers))]
            strange += odd_first(look([np.concatenate([other[np.newaxis], people[0][1:]]), *people[1:]]), 0)
            again = look([*people, drawn[0][each : 2 * each]])
            twice += (0, PEOPLE) in {(couple.first, couple.second) for couple in again.couples}
        print(f"{PEOPLE} people with {each} samples, {DRAWS} galleries:")
        print(f"  odd {odd / samples:.2%} of {samples} right samples; {couples} couples of two people")
        print(
            f"  found {exchanged / 2 / DRAWS:.1%} of exchanged samples, {strange / DRAWS:.0%} of strangers' samples,"
        )
        print(f"  {twice / DRAWS:.0%} of people who are enrolled twice")


def odd_first(found: LookAlikes, *places: int) -> int:
    """Of how many of these people the first sample is odd."""
    return len({(place, 0) for place in places} & {(odd.place, odd.number) for odd in found.odd})


def look(people: list[np.ndarray]) -> LookAlikes:
    owners = [str(place) for place, rows in enumerate(people) for _ in rows]
    return look_alikes(Index.build(owners, np.concatenate(people)), {}, SETTINGS.gallery)


def speed() -> None:
    rows = np.repeat(random.normal(size=(2000, 192)), 5, axis=0) + random.normal(size=(10_000, 192))
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    index = Index.build([str(i // 5) for i in range(len(rows))], rows)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        look_alikes(index, {}, SETTINGS.gallery)
        times.append(time.perf_counter() - start)
    tracemalloc.start()
    look_alikes(index, {}, SETTINGS.gallery)
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    print(f"10,000 samples of 2,000 people: {np.median(times):.2f} s (median of 5), {peak:.0f} MB at most")


def embedded(vision: Vision, path: Path) -> np.ndarray | None:
    pixels = decode(Photo(path.name, path.read_bytes()))
    faces = vision.analyse(pixels)
    chosen = subject([face.detection for face in faces], pixels)
    return None if chosen is None else faces[chosen].embedding.vector


if __name__ == "__main__":
    main(Path(sys.argv[1]))
