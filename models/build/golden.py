# SPDX-License-Identifier: Apache-2.0
"""Prints the [golden] table of manifest.toml, from what the chain finds in golden.png now.

Run it after a model has changed, look at the picture with the box and points drawn in, and only then paste it.
"""

import hashlib

from daemon.config import load
from daemon.types import Photo
from daemon.vision import Vision, decode, models_folder

folder = models_folder()
picture = folder / "golden.png"
vision = Vision.load(folder, load().settings)
pixels = decode(Photo(picture.name, picture.read_bytes()))
(face,) = (vision.embed(vision.portray(pixels, found)) for found in vision.detect(pixels))
found = face.detection
print("[golden]")
print('# The left part of scikit-image\'s "astronaut" at 2/3: Eileen Collins, NASA, public domain.')
print(f'file = "{picture.name}"')
print(f'sha256 = "{hashlib.sha256(picture.read_bytes()).hexdigest()}"')
print(f"box = {[round(v, 1) for v in found.box]}")
print(f"landmarks = {[[round(p.x, 1), round(p.y, 1)] for p in found.landmarks]}")
print(f"embedding = {[round(float(v), 3) for v in face.embedding.vector]}")
