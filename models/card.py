# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: INP001 a script, no package
"""Makes the figures in MODEL_CARD.md from what `whod evaluate` measures.

    .venv/bin/python models/card.py FOLDER --pairs FILE [--report FILE.html]

measures on FOLDER, and on scikit-image's pictures without people; keeps the figures in models/evaluation.json,
but not the names of pictures; and writes the table. The options are those of `whod evaluate`. Without any argument
it writes the table from the figures that are kept.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from daemon.evaluation.table import OPEN_SET_HEADS, SHOWN_SAMPLES, chains, open_set_rows, table

if TYPE_CHECKING:
    from collections.abc import Sequence

MODELS = Path(__file__).parent
CARD, FIGURES = MODELS / "MODEL_CARD.md", MODELS / "evaluation.json"
BEGIN, END = "<!-- Made by models/card.py: do not edit. -->", "<!-- End of what is made. -->"
WITH_PEOPLE = {"astronaut", "camera"}
"""Of scikit-image's pictures; its `camera` shows a man in profile."""


def measure(options: list[str]) -> dict[str, Any]:
    """What `whod evaluate` says with these options; raises CalledProcessError if it fails, having said why."""
    import skimage.data  # noqa: PLC0415 not needed to write the table

    with tempfile.TemporaryDirectory() as folder:
        for picture in Path(skimage.data.__file__).parent.iterdir():
            if picture.suffix in {".png", ".jpg"} and picture.stem not in WITH_PEOPLE:
                (Path(folder) / picture.name).symlink_to(picture)
        # A report is asked for, as everything is measured for one.
        wanted = ["--json", "--nobody", folder, "--report", str(Path(folder) / "report.html")]
        command = [sys.executable, "-m", "daemon", "evaluate", *wanted, *options]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True)  # noqa: S603 ourselves
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def without_names(report: dict[str, Any]) -> dict[str, Any]:
    """The figures alone: the pictures that were missed are named after people."""
    return {
        key: without_names(value) if isinstance(value, dict) else value
        for key, value in report.items()
        if key != "missed_pictures"
    }


def section(report: dict[str, Any]) -> str:
    """The figures as Markdown."""
    about = report["about"]
    rows = [(row.what, row.wanted, *row.values) for row in table(report)]
    measured = f"{about['pictures']:,} pictures of {about['people']:,} people, {about['at'][:10]}"
    runtime = f"whod {about['whod']}, {about['runtime']} on {about['machine']}"
    parts = [
        f"{measured}; {runtime}. In brackets: 95 % bounds.",
        _markdown(("what", "wanted", *chains(report)), rows),
    ]
    for chain in chains(report):
        if found := [row for row in open_set_rows(report, chain) if row[1] == str(SHOWN_SAMPLES)]:
            parts += [f"One picture against a gallery, {chain}:", _markdown(OPEN_SET_HEADS, found)]
    models = [
        (chain, f"{kind} `{model['id']}`", model["precision"], f"{model['sha256'][:16]}…")
        for chain, kinds in about["models"].items()
        for kind, model in kinds.items()
    ]
    return "\n\n".join([*parts, _markdown(("chain", "model", "precision", "sha256"), models)])


def with_section(card: str, made: str) -> str:
    """The card with what is made in its place."""
    before, rest = card.split(BEGIN)
    return f"{before}{BEGIN}\n\n{made}\n\n{END}{rest.split(END)[1]}"


def _markdown(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (heads, ["---"] * len(heads), *rows))


def main(options: list[str]) -> None:
    """Measure, if there is something to measure on, and write the card."""
    if options:
        FIGURES.write_text(json.dumps(without_names(measure(options)), indent=1) + "\n", encoding="utf-8")
    report = json.loads(FIGURES.read_text(encoding="utf-8"))
    CARD.write_text(with_section(CARD.read_text(encoding="utf-8"), section(report)), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
