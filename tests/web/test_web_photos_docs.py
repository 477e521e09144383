# SPDX-License-Identifier: Apache-2.0
"""The examples of docs/http.md on pictures are as the answers are."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support_photos import MODEL

if TYPE_CHECKING:
    from flask.testing import FlaskClient

DOCS = (Path(__file__).parents[2] / "docs" / "http.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^### `POST /api/v1/([\w/]+)`.*?\n(.*?)(?=^##)", DOCS, re.MULTILINE | re.DOTALL))


def example(call: str, number: int = 0) -> Any:
    return json.loads(re.findall(r"```json\n(.*?)```", SECTIONS[call], re.DOTALL)[number])


def shape(value: Any) -> Any:
    """Its keys, all the way down, and the kinds of its values."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    return [shape(inner) for inner in value[:1]] if isinstance(value, list) else value is None


def form(*names: str) -> dict[str, Any]:
    return {"image": [(io.BytesIO(b"JPEG"), name) for name in names]}


@pytest.mark.parametrize("call", ["detect", "embed", "identify"])
def test_of_one_picture(api: FlaskClient, call: str) -> None:
    assert shape(api.post(f"/api/v1/{call}", data=form("a.jpg")).json) == shape(example(call))


def test_of_several_pictures(api: FlaskClient) -> None:
    answer = api.post("/api/v1/detect", data=form("a.jpg", "broken.jpg")).json
    (found, broken), (told, told_broken) = answer["results"], example("detect", 1)["results"]
    assert {**shape(found), "regions": []} == shape(told)
    assert shape(broken) == shape(told_broken)


def test_of_an_embedding(api: FlaskClient) -> None:
    answer = api.post("/api/v1/identify/embedding", json={"model_id": MODEL, "embedding": [0.6, 0.8]})
    assert shape(answer.json) == shape(example("identify/embedding"))
