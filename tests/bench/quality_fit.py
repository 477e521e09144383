# SPDX-License-Identifier: Apache-2.0
"""Fits the constants of daemon/vision/quality.py, and prints them.

    .venv/bin/python tests/bench/quality_fit.py FOLDER

Looks at one half of the people of FOLDER/PERSON/PICTURE.jpg, as quality.py does at the other. The chance that a look
is recognised is a logistic regression on the parts. Each part is a sum of ramps between neighbouring values of its
measure, with weights not below 0, so it never falls as the picture gets better; they are drawn a little to 0.
"""

import itertools
import sys
from pathlib import Path

import numpy as np
from quality import SETTINGS, THRESHOLD, Look, looks_of, people_of
from scipy.optimize import minimize

from daemon.vision import Vision, models_folder

KNOTS: dict[str, tuple[float, ...]] = {
    "size": (20, 32, 48, 64, 96),
    "sharpness": (0.05, 0.1, 0.15, 0.2, 0.3, 0.4),
    "contrast": (4, 8, 16, 24, 32),
    "brightness": (20, 40, 60, 80, 110),
    "glare": (0.6, 0.3, 0.1, 0.0),
    "yaw": (2.0, 1.5, 1.0),
    "pitch": (0.2, 0.12, 0.05),
    "score": (0.5, 0.6, 0.7, 0.8, 0.9),
}
"""Of each measure, from bad to good."""
PULL = 1e-4


def main(folder: Path) -> None:
    looks = looks_of(Vision.load(models_folder(), SETTINGS), people_of(folder, half=0))
    ramps = np.hstack([ramps_of(looks, name) for name in KNOTS])
    constant, weights = fit(ramps, np.array([look.own >= THRESHOLD for look in looks]))
    print(f"_LOG_ODDS_AT_WORST = {constant:.2f}\n_SCALES = {{")
    for name, knots in KNOTS.items():
        own, weights = weights[: len(knots) - 1], weights[len(knots) - 1 :]
        print(f'    "{name}": {scale(knots, own)},')
    print("}")


def ramps_of(looks: list[Look], name: str) -> np.ndarray:
    """For each step between two values, how far a look has come on it, 0 to 1."""
    values = np.array([getattr(look.measures, name) for look in looks])
    knots = KNOTS[name]
    return np.stack([np.clip((values - a) / (b - a), 0, 1) for a, b in itertools.pairwise(knots)], axis=1)


def fit(ramps: np.ndarray, passes: np.ndarray) -> tuple[float, np.ndarray]:
    """The constant and the weights of the greatest likelihood."""

    def loss(v: np.ndarray) -> tuple[float, np.ndarray]:
        z = v[0] + ramps @ v[1:]
        off = (1 / (1 + np.exp(-np.clip(z, -50, 50))) - passes) / len(passes)
        value = np.mean(np.logaddexp(0, z) - passes * z) + PULL * (v[1:] ** 2).sum()
        return value, np.concatenate([[off.sum()], ramps.T @ off + 2 * PULL * v[1:]])

    count = ramps.shape[1]
    start = np.array([-3.0, *[0.5] * count])
    bounds = [(None, None), *[(0, None)] * count]
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 2000})
    return float(found.x[0]), found.x[1:]


def scale(knots: tuple[float, ...], weights: np.ndarray) -> str:
    """As it stands in the file: the whole weight, and the part at each value, the values rising."""
    whole = float(weights.sum())
    parts = [0.0, *np.cumsum(weights) / max(whole, 1e-9)]
    points = sorted(zip(knots, parts, strict=True))
    at, part = (", ".join(f"{point[i]:.4g}" for point in points) for i in (0, 1))
    return f"_Scale({whole:.2f}, ({at}), ({part}))"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
