# SPDX-License-Identifier: Apache-2.0
"""Whether the picture that is kept of a face gives the embedding that the photo gave.

    python tests/bench/keepsakes.py FOLDER [COUNT]

FOLDER has a folder of pictures for each person. Of COUNT pictures (300) with one face: the cosine of the embedding of
the photo and that of its keepsake, the share of keepsakes in which not exactly one face is found, and their bytes.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from daemon.config import load
from daemon.types import Photo
from daemon.vision import MAX_ENROL_BYTES, Vision, decode, keepsake, models_folder


def main(folder: Path, count: int) -> None:
    vision = Vision.load(models_folder(), load().settings)
    cosines, sizes, lost = [], [], 0
    for path in sorted(folder.glob("*/*.jpg"))[:: max(1, len(sorted(folder.glob("*/*.jpg"))) // count)]:
        pixels = decode(Photo(path.name, path.read_bytes()), MAX_ENROL_BYTES)
        faces = vision.analyse(pixels)
        if len(faces) != 1:
            continue
        jpeg = keepsake(pixels, faces[0].detection)
        again = vision.analyse(decode(Photo("keepsake", jpeg), MAX_ENROL_BYTES))
        sizes.append(len(jpeg))
        if len(again) == 1:
            cosines.append(again[0].embedding.similarity(faces[0].embedding))
        else:
            lost += 1
    low, middle = np.percentile(cosines, (5, 50))
    print(f"{len(sizes)} pictures, {lost} keepsakes without exactly one face")
    print(f"cosine: median {middle:.4f}, 5 % are below {low:.4f}, least {min(cosines):.4f}")
    print(f"bytes: median {np.median(sizes):.0f}, most {max(sizes)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 300)
