# SPDX-License-Identifier: Apache-2.0

"""The recipe itself, with the real packages: takes minutes, and a network the first time."""

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("ai_edge_litert", reason="the schema of the files is in ai-edge-litert")

from support_networks import difference

from recipe import packages
from recipe.equalise import Strength, equalise
from recipe.fold import fold_linear
from recipe.forward import run
from recipe.heads import BOX_UNITS, rescale_heads
from recipe.pixels import centre_pixels
from recipe.prelu import split_prelu
from recipe.ranges import observe
from recipe.reader import read

pytestmark = pytest.mark.slow

BUILD = Path(__file__).parents[2] / "models" / "build" / "build.sh"
CACHE = Path(
    os.environ.get("WHOD_RECIPE_CACHE")
    or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "whod-recipe")
)
EXACT = 1e-4


def source(package, path):
    try:
        return packages.member(package, CACHE, path)
    except packages.RecipeError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def blazeface():
    return read(source(packages.DETECTOR, "package/face_detection_full_range.tflite"), half=127.5)


@pytest.fixture(scope="module")
def mobilefacenet():
    return read(source(packages.EMBEDDER, "package/android/src/main/assets/MobileFaceNet.tflite"), half=128.0)


@pytest.fixture(scope="module")
def noise():
    return lambda size: np.random.default_rng(0).integers(0, 256, (2, size, size, 3)).astype(np.uint8)


def test_the_detectors_rewrites_change_nothing(blazeface, noise):
    shots = noise(192)
    boxes, scores = run(blazeface, shots)
    rescaled = rescale_heads(blazeface)
    new_boxes, new_scores = run(rescaled, shots)
    assert difference([new_boxes * BOX_UNITS], [np.clip(boxes, -BOX_UNITS, BOX_UNITS)]) < EXACT
    assert difference([2 * (new_scores - 3)], [np.clip(scores, -6, 6)]) < EXACT
    equal = equalise(rescaled, observe(rescaled, shots), Strength(0.7, 0.5))
    assert difference(run(equal, shots), (new_boxes, new_scores)) < EXACT


def test_the_embedders_rewrites_change_nothing(mobilefacenet, noise):
    shots = noise(112)
    wanted = run(mobilefacenet, shots)
    folded = fold_linear(mobilefacenet)
    assert len(folded.nodes) == len(mobilefacenet.nodes) - 2
    assert difference(run(folded, shots), wanted) < EXACT
    split = split_prelu(equalise(folded, observe(folded, shots), Strength(0.4, 0.5)))
    assert difference(run(split, shots), wanted) < EXACT
    # Not exact: half a grey level of padding at the border.
    assert difference(run(centre_pixels(split), shots), wanted) < 0.02


def test_one_command_makes_the_files_of_the_manifest(tmp_path):
    done = subprocess.run([BUILD, tmp_path, "--check"], capture_output=True, text=True, check=False)
    if any(words in done.stderr for words in ("pip cannot install", "cannot be downloaded", "There is no")):
        pytest.skip(done.stderr.strip().splitlines()[-1])
    assert done.returncode == 0, done.stderr
    assert "These are the files of the manifest." in done.stdout
