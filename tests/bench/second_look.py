# SPDX-License-Identifier: Apache-2.0
"""What the detector's two looks are worth, on faces of one width in frames of 640 x 480.

    .venv/bin/python tests/bench/second_look.py FOLDER PAIRS WIDTH [NAME=VALUE…]

The pairs of a file, as for `whod evaluate`; the faces are scaled to WIDTH pixels and placed as there. Other values
than the shipped ones may be given for the constants of daemon.vision.detector: _CLOSE_UP=2.8, side of the second look
in box sides; _CANDIDATE_FACTOR=0.4, the part of the threshold from which candidates get one; _AS_CLOSE=0.6, how close
the first look must have been to be enough (9: it never is; 0.3: it is for all but very small faces).
"""

import os
import sys
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np

from daemon.camera.pictures import read_picture
from daemon.config import load
from daemon.evaluation.detection import place
from daemon.evaluation.pairs import read_pairs
from daemon.evaluation.subject import subject
from daemon.evaluation.verification import cross_validate
from daemon.types import Box, Detection, Embedding
from daemon.vision import Vision, detector, models_folder


def main(folder: Path, pairs_file: Path, width: int, constants: list[str]) -> None:
    vision = Vision.load(models_folder(), load().settings)
    paths = dict.fromkeys(path for pair in read_pairs(pairs_file) for path in (pair.a, pair.b))
    pictures = {path: read_picture(folder / path) for path in paths}
    # The faces are placed by what the shipped constants find, and looked for with the others.
    boxes = {path: box for path, picture in pictures.items() if (box := face_of(vision, picture))}
    for name, value in (constant.split("=") for constant in constants):
        if not hasattr(detector, name):
            raise SystemExit(f"daemon.vision.detector has no {name}.")
        setattr(detector, name, float(value))
    embeddings = {path: embedding(vision, pictures[path], box, width) for path, box in boxes.items()}
    pairs = [pair for pair in read_pairs(pairs_file) if embeddings.get(pair.a) and embeddings.get(pair.b)]
    similarity = np.array([embeddings[pair.a].similarity(embeddings[pair.b]) for pair in pairs])
    same = np.array([pair.same for pair in pairs])
    accuracy = np.mean(cross_validate(similarity, same, np.array([pair.fold for pair in pairs]))[0])
    missed = sum(found is None for found in embeddings.values())
    print(f"{' '.join([f'{width} px', *constants])}: {missed} of {len(boxes)} missed; of the pairs that were found:")
    print(f"verification {accuracy:.2%}, d' {separation(similarity[same], similarity[~same]):.3f}")


def face_of(vision: Vision, picture: np.ndarray) -> Box | None:
    faces = vision.detect(picture)
    chosen = subject(faces, picture)
    return None if chosen is None else faces[chosen].box


def embedding(vision: Vision, picture: np.ndarray, box: Box, width: int) -> Embedding | None:
    frame, (there,) = place(picture, [box], 0, width, np.random.default_rng(7))
    found: list[Detection] = [face for face in vision.detect(frame) if face.box.iou(there) > 0.35]
    if not found:
        return None
    face = max(found, key=lambda face: face.box.iou(there))
    return vision.embed(vision.portray(frame, face)).embedding


def separation(same: np.ndarray, different: np.ndarray) -> float:
    """The distance of the means in standard deviations."""
    return float((same.mean() - different.mean()) / np.sqrt((same.var() + different.var()) / 2))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
