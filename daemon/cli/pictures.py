# SPDX-License-Identifier: Apache-2.0
"""`whod embed` and `whod identify`: what is in pictures."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from daemon.ahead import made_ahead
from daemon.cli.files import PATH, check, one_line, pictures, read, read_small, watched
from daemon.errors import InputError
from daemon.types import Among, Features

if TYPE_CHECKING:
    from pathlib import Path

    from daemon.cli.context import Context
    from daemon.service import PeopleApi
    from daemon.types import Pixels
    from daemon.vision import Vision

_paths = click.argument("paths", nargs=-1, required=True, metavar="PATH…", type=PATH)
_jsonl = click.option("--jsonl", is_flag=True, help="One JSON object a picture.")


@click.command()
@_paths
@_jsonl
@click.pass_obj
def embed(context: Context, paths: tuple[Path, ...], *, jsonl: bool) -> None:
    """Find the faces in pictures, or in folders of them, and give their embeddings."""
    check(paths)
    for opened in made_ahead(_open, watched(pictures(paths))):
        record = _embedded(context.vision, opened)
        click.echo(json.dumps(record, ensure_ascii=False) if jsonl else _summary(record))


@click.command()
@_paths
@_jsonl
@click.option("--k", type=click.IntRange(1, 100), metavar="N", help="How many candidates to tell of each face.")
@click.option("--group", metavar="NAME", help="Tell only people of this group; anybody else is unknown.")
@click.option("--person", metavar="NAME", help="Tell only this person; anybody else is unknown.")
@click.pass_obj
def identify(
    context: Context, paths: tuple[Path, ...], *, jsonl: bool, k: int | None, group: str | None, person: str | None
) -> None:
    """Say who is in pictures, by the rules of the daemon."""
    check(paths)
    with context.people() as api:
        for path in watched(pictures(paths)):
            record = _identified(api, path, Among(k, group, person))
            click.echo(json.dumps(record, ensure_ascii=False) if jsonl else _summary(record))


class _Opened(NamedTuple):
    """A picture, ready to be looked at."""

    path: Path
    pixels: Pixels | None = None
    scale: float = 1.0
    """How many pixels of the file one of these is, along a side."""
    error: str | None = None
    """Why there are no pixels."""


def _open(path: Path) -> _Opened:
    from daemon.vision import MAX_BYTES, decode, scale_of  # noqa: PLC0415

    try:
        photo = read(path, MAX_BYTES)
        pixels = decode(photo)
    except InputError as error:
        return _Opened(path, error=str(error))
    return _Opened(path, pixels, scale_of(photo, pixels))


def _embedded(vision: Vision, opened: _Opened) -> dict[str, Any]:
    path, pixels, scale, error = opened
    record: dict[str, Any] = {"path": str(path), "width": None, "height": None, "model_id": vision.model_id}
    if pixels is None:
        return {**record, "faces": [], "error": error}
    height, width = (round(side * scale) for side in pixels.shape[:2])
    found = vision.analyse(pixels)
    faces = [Features(face.detection.scaled(scale), face.quality, face.embedding).as_json() for face in found]
    return {**record, "width": width, "height": height, "faces": faces, "error": None}


def _identified(api: PeopleApi, path: Path, among: Among) -> dict[str, Any]:
    try:
        photo = read_small(path)
    except InputError as error:
        return {"path": str(path), "faces": [], "error": str(error)}
    (found,) = api.photos.identify([photo], among)
    faces = [replace(face, detection=face.detection.scaled(photo.scale)).as_json() for face in found.faces]
    return {"path": str(path), "faces": faces, "error": str(found.error) if found.error else None}


def _summary(record: dict[str, Any]) -> str:
    """A line for a person."""
    if record["error"]:
        return one_line(str(record["error"]))
    faces = record["faces"]
    words = ", ".join(_word(face) for face in faces) if faces else "no face"
    return one_line(f"{record['path']}: {words}")


def _word(face: dict[str, Any]) -> str:
    x, y, w, h = (round(v) for v in face["box"])
    if "decision" not in face:
        return f"a face of {w} x {h} at ({x}, {y}), quality {face['quality']:.2f}"
    decision = face["decision"]
    who, familiar = decision["name"] or "unknown", "familiar, " if decision["familiar"] else ""
    return f"{who} ({familiar}similarity {decision['similarity']:.2f}, {decision['reason']})"
