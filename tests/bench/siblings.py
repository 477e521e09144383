# SPDX-License-Identifier: Apache-2.0
"""How often a look-alike is taken for somebody enrolled, before and after a counter-example: `docs/decisions.md`.

    .venv/bin/python tests/bench/siblings.py [FOLDER]

Brothers and sisters are stood in for by the 1 % of other people whose first picture is most like a person who is
enrolled (20 people with three pictures, 10 draws). Their further pictures are searched for, and the person's own. As
few of them reach what is asked for, the same is told at a threshold of 0.40, where a fifth of them would be taken for
the person: that is how twins would fare.
"""

import os
import sys
from dataclasses import replace
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
from decisions import Looks, draws, rule

from daemon.config import load
from daemon.gallery.index import Index
from daemon.gallery.roster import Entry, Roster
from daemon.gallery.state import State
from daemon.gallery.stored import StoredPerson

PEOPLE, SAMPLES, DRAWS, PART, PROBES = 20, 3, 10, 0.01, 5


class Door:
    """A gallery of some people, one of whom may have a counter-example."""

    def __init__(self, samples, threshold):
        people, each, width = samples.shape
        self.ids = [str(i) for i in range(people)]
        index = Index.build([id_ for id_ in self.ids for _ in range(each)], samples.reshape(-1, width))
        self.state = State(Roster.of(Entry(StoredPerson(id_, id_, id_, "", "")) for id_ in self.ids), index)
        self.settings = replace(load().settings.gallery, threshold=threshold)

    def names(self, person, vectors, counter=None):
        """How many of the faces are taken for this person."""
        negatives = {} if counter is None else {self.ids[person]: counter[None]}
        state = replace(self.state, negatives=negatives)
        found = [state.identify(vector, self.settings, frozenset()).person for vector in vectors]
        return sum(one is not None and one.id == self.ids[person] for one in found)


def main():
    looks = Looks(Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/faces/lfw"))
    photos, frames = looks.ways["and from farther"], looks.ways["one"]
    several = {name: rows for name, rows in looks.people.items() if len(rows) > 1}
    rules = ("mean, one threshold", "as shipped", "and a counter-example")
    print("| threshold | rule | look-alikes taken for the person | the person's own named |\n|---|---|---|---|")
    for threshold in (0.55, 0.40):
        taken, own, counts = np.zeros(3, int), np.zeros(3, int), np.zeros(2, int)
        for number, (enrolled, probes, _) in enumerate(draws(looks.people, PEOPLE, SAMPLES)):
            if number == DRAWS:
                break
            inside, door = set(enrolled.ravel().tolist()), Door(photos[enrolled], threshold)
            others = [rows for rows in several.values() if not inside & set(rows)]
            firsts = photos[[rows[0] for rows in others]]
            for person, rows in enumerate(enrolled):
                mine = frames[probes[probes[:, 1] == person, 0]]
                alike = np.argsort(-(firsts @ photos[rows].mean(axis=0)))[: max(round(PART * len(others)), 1)]
                for sibling in alike:
                    theirs, counter = frames[others[sibling][1 : 1 + PROBES]], firsts[sibling]
                    for faces, into in ((theirs, taken), (mine, own)):
                        score, best = rule(photos[enrolled], faces)
                        into += [
                            int(((score >= threshold) & (best == person)).sum()),
                            door.names(person, faces),
                            door.names(person, faces, counter),
                        ]
                    counts += [len(theirs), len(mine)]
        for name, wrong, right in zip(rules, taken, own, strict=True):
            print(f"| {threshold:.2f} | {name} | {100 * wrong / counts[0]:.2f} % of {counts[0]:,} | "
                  f"{100 * right / counts[1]:.2f} % of {counts[1]:,} |")  # fmt: skip


if __name__ == "__main__":
    main()
