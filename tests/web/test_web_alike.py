# SPDX-License-Identifier: Apache-2.0
"""`GET /api/v1/alike`, on the wire and by the client."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support_web import ALICE, running

from daemon.client import RemotePeople
from daemon.errors import InputError
from daemon.types import Advice, AlikeReport, Caution, Doubt, Pair, Person, Standing
from web_admin.server import serve_unix

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient
    from support_web import FakeService

BOB = Person("b", 'Bob "the Key"', familiar=True)
REPORT = AlikeReport(
    people=(
        Standing(ALICE, 3, 3, 1, 0, 0.5839, 0.6712, "s1", BOB, 0.1384),
        Standing(BOB, 1, 0, 0, 0, 0.5839, None, None, ALICE, 0.1384),
    ),
    pairs=(Pair(ALICE, BOB, 0.1384),),
    matrix=((1.0, 0.1384), (0.1384, 1.0)),
    cautions=(
        Caution(Doubt.ONE_SAMPLE, (BOB,), None, "Enrol more."),
        Caution(Doubt.ODD_SAMPLE, (ALICE, BOB), "s1", "Look at it."),
    ),
    advice=Advice(0.001, 0.522, 0.522, None),
)
NOBODY = AlikeReport((), (), (), ())


@pytest.fixture
def asked(service: FakeService, monkeypatch: pytest.MonkeyPatch) -> list[float | None]:
    """The rates that the service was asked for."""
    rates: list[float | None] = []

    def alike(false_accept: float | None = None) -> AlikeReport:
        rates.append(false_accept)
        if false_accept == 1:
            raise InputError("There is no measured threshold for 1.")
        return REPORT if false_accept else NOBODY

    monkeypatch.setattr(service, "alike", alike)
    return rates


def test_what_is_told(api: FlaskClient, asked: list[float | None]) -> None:
    assert api.get("/api/v1/alike").json == NOBODY.as_json()
    answer = api.get("/api/v1/alike?false_accept=0.001")
    assert answer.json == REPORT.as_json()
    assert answer.json["warnings"][1]["sample_id"] == "s1"
    assert asked == [None, 0.001]


@pytest.mark.parametrize("rate", ["", "few", "0,001"])
def test_a_rate_that_is_no_number(api: FlaskClient, asked: list[float | None], rate: str) -> None:
    answer = api.get(f"/api/v1/alike?false_accept={rate}")
    assert answer.status_code == 400
    assert "must be a number" in answer.json["detail"]
    assert asked == []


def test_the_client(api_app: Flask, asked: list[float | None], tmp_path: Path) -> None:
    path = tmp_path / "whod.sock"
    with running(serve_unix(api_app, path)):
        remote = RemotePeople(path)
        assert remote.alike(0.001) == REPORT
        assert remote.alike() == NOBODY
        with pytest.raises(InputError, match="no measured threshold for 1"):
            remote.alike(1)
    assert asked == [0.001, None, 1]


def test_nobody_without_a_token_is_told(page: FlaskClient) -> None:
    assert page.get("/api/v1/alike").status_code == 401
