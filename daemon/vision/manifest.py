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

from daemon.config import PRECISIONS
from daemon.errors import ModelRefused

MANIFEST = "manifest.toml"


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file of the folder, and what it must be."""

    path: Path
    sha256: str

    def checked(self) -> Path:
        """Where it is. Raises ModelRefused if it is missing or is not, byte for byte, the one in the manifest."""
        try:
            digest = hashlib.sha256(self.path.read_bytes()).hexdigest()
        except OSError as error:
            raise ModelRefused(
                f"The model file {self.path} cannot be read ({error.strerror}): install whod again."
            ) from error
        if digest != self.sha256:
            raise ModelRefused(
                f"The model file {self.path} is not the one in the manifest (its sha256 is {digest[:16]}…): "
                "put the file of this release back in its place."
            )
        return self.path


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One model: what the manifest says of it, and its file in each precision."""

    id: str
    input_size: int
    """Side of the square picture that it takes, in pixels."""
    files: dict[str, DataFile]
    """By precision, those that are there."""

    def file(self, precision: str) -> Path:
        """The model in this precision. Raises ModelRefused if it is not there or not the one in the manifest."""
        if precision not in self.files:
            raise ModelRefused(
                f"There is no {precision} file of {self.id}: install whod again, or set another precision."
            )
        return self.files[precision].checked()


@dataclass(frozen=True, slots=True)
class Golden:
    """A picture and what the chain must find in it."""

    picture: DataFile
    box: tuple[float, float, float, float]
    landmarks: npt.NDArray[np.float64]
    """(4, 2), in the order of `daemon.types.Landmarks`."""
    embedding: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What models/manifest.toml says."""

    folder: Path
    detector: ModelEntry
    embedder: ModelEntry
    template: tuple[tuple[float, float], ...]
    """Four points: where the embedder wants the landmarks, in pixels of its input."""
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
    """Read the manifest; the files that it names are checked when they are used. Raises ModelRefused."""
    try:
        table = tomllib.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ModelRefused(f"The manifest {folder / MANIFEST} cannot be read: install whod again.") from error
    try:
        return Manifest(
            folder=folder,
            detector=_model(folder, table["detector"]),
            embedder=_model(folder, table["embedder"]),
            template=tuple((float(x), float(y)) for x, y in table["embedder"]["template"]),
            golden=_golden(folder, table["golden"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ModelRefused(f"The manifest {folder / MANIFEST} is not complete: install whod again.") from error


def _model(folder: Path, entry: dict[str, Any]) -> ModelEntry:
    named = {precision: _file(folder, entry[precision]) for precision in PRECISIONS if precision in entry}
    there = {precision: file for precision, file in named.items() if file.path.is_file()}
    return ModelEntry(entry["id"], entry["input"]["size"], there)


def _golden(folder: Path, entry: dict[str, Any]) -> Golden:
    return Golden(
        picture=_file(folder, entry),
        box=tuple(entry["box"]),
        landmarks=np.array(entry["landmarks"], dtype=np.float64),
        embedding=np.array(entry["embedding"], dtype=np.float32),
    )


def _file(folder: Path, entry: dict[str, Any]) -> DataFile:
    return DataFile(folder / entry["file"], entry["sha256"])
