# SPDX-License-Identifier: Apache-2.0
"""What the API and the client say of groups, of what can be undone, and of the pictures of samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support_groups import BOB, FAMILY, MERGE
from support_web import ALICE, running

from daemon.client import RemotePeople
from daemon.errors import NameTaken, NoPictureKept, NoSuchGroup, NoSuchUndo
from web_admin.server import serve_unix

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient
    from support_web import FakeService

API = "/api/v1"
GROUP = {
    "id": "g1",
    "name": "The family",
    "people": [
        {"id": ALICE.id, "name": "Alice", "familiar": False},
        {"id": "b0b", "name": "Bob", "familiar": True},
    ],
    "created_at": "2026-11-21T19:30:02.113Z",
}


@pytest.fixture
def remote(api_app: Flask, tmp_path: Path) -> Iterator[RemotePeople]:
    with running(serve_unix(api_app, tmp_path / "whod.sock")):
        yield RemotePeople(tmp_path / "whod.sock")


def test_groups_are_listed_and_found(api: FlaskClient, service: FakeService) -> None:
    assert api.get(f"{API}/groups").json == [GROUP]
    assert api.get(f"{API}/groups?ref=the%20Family").json == [GROUP]
    assert api.get(f"{API}/groups/g1").json == GROUP
    assert service.asked == [("groups",), ("group", "the Family"), ("group", "g1")]


def test_groups_are_made_changed_and_deleted(api: FlaskClient, service: FakeService) -> None:
    made = api.post(f"{API}/groups", json={"name": "The family", "people": ["Alice", "b0b"]})
    assert (made.status_code, made.json) == (201, GROUP)
    assert api.post(f"{API}/groups", json={"name": "The family"}).status_code == 201
    assert api.patch(f"{API}/groups/g1", json={"name": "Family", "add": ["b0b"]}).json == GROUP
    assert api.patch(f"{API}/groups/g1", json={"people": [], "remove": ["Carol"]}).json == GROUP
    assert api.delete(f"{API}/groups/g1").json == GROUP
    assert service.asked == [
        ("create group", "The family", ["Alice", "b0b"]),
        ("create group", "The family", []),
        ("change group", "g1", "Family", None, ["b0b"], []),
        ("change group", "g1", None, [], [], ["Carol"]),
        ("delete group", "g1"),
    ]


@pytest.mark.parametrize("body", [{}, {"name": 7}, {"people": "Alice"}, {"add": [7]}, {"remove": None}, {"who": "A"}])
def test_bodies_that_are_wrong(api: FlaskClient, service: FakeService, body: dict[str, Any]) -> None:
    assert api.patch(f"{API}/groups/g1", json=body).status_code == 400
    assert api.post(f"{API}/groups", json={"people": ["Alice"]}).status_code == 400
    assert service.asked == []


@pytest.mark.parametrize(("error", "status"), [(NoSuchGroup, 404), (NameTaken, 409)])
def test_what_is_wrong_with_a_group_is_said(
    api: FlaskClient, service: FakeService, error: type[Exception], status: int
) -> None:
    service.error = error("So it is.")
    answer = api.patch(f"{API}/groups/g1", json={"name": "X"})
    assert (answer.status_code, answer.json["detail"]) == (status, "So it is.")


def test_what_can_be_undone_is_listed_and_undone(api: FlaskClient, service: FakeService) -> None:
    (listed,) = api.get(f"{API}/undo").json
    assert listed == {
        "id": "u1",
        "kind": "merge",
        "person": {"id": "b0b", "name": "Bob", "familiar": True},
        "gone": "Robert",
        "made_at": "2026-11-21T19:30:02.113Z",
        "until": "2026-11-22T19:30:02.113Z",
    }
    assert api.post(f"{API}/undo/u1").json == {"id": "b0b", "name": "Bob", "familiar": True}
    service.error = NoSuchUndo("It is too late.")
    assert api.post(f"{API}/undo/u2").status_code == 404
    assert service.asked == [("undos",), ("undo", "u1"), ("undo", "u2")]


def test_the_picture_of_a_sample(api: FlaskClient, service: FakeService) -> None:
    answer = api.get(f"{API}/people/{ALICE.id}/samples/s0/picture.jpg")
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "image/jpeg", b"\xff\xd8\xff\xd9")
    service.error = NoPictureKept("No picture is kept with this sample.")
    answer = api.get(f"{API}/people/{ALICE.id}/samples/s0/picture.jpg")
    assert (answer.status_code, answer.json["type"]) == (404, "/problems/no-picture-kept")


def test_the_client_gives_what_the_service_gives(remote: RemotePeople, service: FakeService) -> None:
    groups = remote.groups
    assert groups.all() == [FAMILY]
    assert groups.find("The family/ä") == FAMILY
    assert groups.create("The family", ["Alice"]) == FAMILY
    assert groups.change("x", name="Y", people=["Z"], add=["A"], remove=["B"]) == FAMILY
    assert groups.change("x", add=["A"]) == FAMILY
    assert groups.delete("x") == FAMILY
    assert remote.undos.all() == [MERGE]
    assert remote.undos.undo("u1") == BOB
    assert remote.picture("Alice", "s0") == b"\xff\xd8\xff\xd9"
    assert [asked for asked in service.asked if asked[0] != "people"] == [
        ("groups",),
        ("group", "The family/ä"),
        ("create group", "The family", ["Alice"]),
        ("group", "x"),
        ("change group", "g1", "Y", ["Z"], ["A"], ["B"]),
        ("group", "x"),
        ("change group", "g1", None, None, ["A"], []),
        ("group", "x"),
        ("delete group", "g1"),
        ("undos",),
        ("undo", "u1"),
        ("picture", ALICE.id, "s0"),
    ]


@pytest.mark.parametrize("undo_id", ["", "a/b", "../people"])
def test_what_cannot_be_an_id_is_not_asked_for(remote: RemotePeople, undo_id: str) -> None:
    with pytest.raises(NoSuchUndo):
        remote.undos.undo(undo_id)
