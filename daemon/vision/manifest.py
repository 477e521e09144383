# SPDX-License-Identifier: Apache-2.0
"""The models folder: which files belong in it and what they mean."""

from __future__ import annotations

import hashlib
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from daemon.errors import ModelRefused

MANIFEST = "manifest.toml"


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One model: its file, as checked against the manifest's sha256, and what it says of itself."""

    id: str
    path: Path
    input_size: int
    """Side of the square picture that it takes, in pixels."""


@dataclass(frozen=True, slots=True)
class Golden:
    """A picture and what the chain must find in it."""

    picture: Path
    box: tuple[float, float, float, float]
    landmarks: npt.NDArray[np.float64]
    """(4, 2), in the order of `daemon.types.Landmarks`."""
    embedding: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What models/manifest.toml says."""

    folder: Path
    detector: ModelFile
    embedder: ModelFile
    template: npt.NDArray[np.float64]
    """(4, 2): where the embedder wants the landmarks, in pixels of its input."""
    golden: Golden


def models_folder() -> Path:
    """The folder of the models: next to the package in a checkout, else where the package was installed to."""
    checkout = Path(__file__).resolve().parents[2] / "models"
    installed = Path(sys.prefix) / "share" / "whod" / "models"
    for folder in (checkout, installed):
        if (folder / MANIFEST).is_file():
            return folder
    raise ModelRefused(f"There are no models in {checkout} or {installed}: install whod again.")


def load_manifest(folder: Path) -> Manifest:
    """Read the manifest and check each file that it names.

    Raises ModelRefused if a file is missing or is not, byte for byte, the one in the manifest.
    """
    try:
        table = tomllib.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ModelRefused(f"The manifest {folder / MANIFEST} cannot be read: install whod again.") from error
    try:
        return Manifest(
            folder=folder,
            detector=_model(folder, table["detector"]),
            embedder=_model(folder, table["embedder"]),
            template=np.array(table["embedder"]["template"], dtype=np.float64),
            golden=_golden(folder, table["golden"]),
        )
    except KeyError as error:
        raise ModelRefused(f"The manifest {folder / MANIFEST} has no {error}: install whod again.") from error


def _model(folder: Path, entry: dict[str, Any]) -> ModelFile:
    path = _checked(folder, entry)
    return ModelFile(id=entry["id"], path=path, input_size=entry["input"]["size"])


def _golden(folder: Path, entry: dict[str, Any]) -> Golden:
    return Golden(
        picture=_checked(folder, entry),
        box=tuple(entry["box"]),
        landmarks=np.array(entry["landmarks"], dtype=np.float64),
        embedding=np.array(entry["embedding"], dtype=np.float32),
    )


def _checked(folder: Path, entry: dict[str, Any]) -> Path:
    path: Path = folder / entry["file"]
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ModelRefused(f"The model file {path} cannot be read ({error.strerror}): install whod again.") from error
    if digest != entry["sha256"]:
        raise ModelRefused(
            f"The model file {path} is not the one in the manifest (its sha256 is {digest[:16]}…): "
            "put the file of this release back in its place."
        )
    return path
