# SPDX-License-Identifier: Apache-2.0
"""Every bench has its place in docs/figures.md, and every command there is one that exists."""

import json
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
FIGURES = (ROOT / "docs" / "figures.md").read_text()


def test_every_bench_is_named_and_every_named_file_exists():
    benches = {path.name for path in (ROOT / "tests" / "bench").glob("*.py")}
    assert set(re.findall(r"tests/bench/(\w+\.py)", FIGURES)) == benches
    for path in re.findall(r"(?:tests|models)/[\w/]+\.(?:py|sh)", FIGURES):
        assert (ROOT / path).is_file(), path


def test_the_evaluation_is_of_the_models_that_are_shipped():
    manifest = tomllib.loads((ROOT / "models" / "manifest.toml").read_text())
    shipped = {
        manifest[part][precision]["sha256"] for part in ("detector", "embedder") for precision in ("int8", "float")
    }
    measured = json.loads((ROOT / "models" / "evaluation.json").read_text())["about"]["models"]
    assert {model["sha256"] for chain in measured.values() for model in chain.values()} == shipped
