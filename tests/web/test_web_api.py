# SPDX-License-Identifier: Apache-2.0
"""The API as it is on the wire. What the command line makes of it is in test_web_client.py."""

from __future__ import annotations

import gc
import io
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pytest
from support_web import ALICE, ASIDE, FOUND, NASTY_NAMES, SAMPLE, UNDO

from daemon.errors import BadName, FaceCountError, NameTaken, PhotoTooLarge, StorageError, WhodError
from web_admin import limits

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from support_web import FakeService


def file(data: bytes = b"JPEG", name: str = "a.jpg") -> tuple[io.BytesIO, str]:
    return io.BytesIO(data), name


def test_enrolling_somebody_new_and_once_more(api: FlaskClient, service: FakeService) -> None:
    form = {"name": "Bob", "image": [file(b"one", "1.jpg"), file(b"two", "2.png")], "source": "import"}
    answer = api.post("/api/v1/enrol", data=form)
    assert answer.status_code == 201
    assert answer.json == {
        "change": "created",
        "person": {"id": "id-1", "name": "Bob", "familiar": False},
        "sample_ids": ["s0", "s1"],
        "set_aside": 0,
    }
    assert service.asked == [("enrol", "Bob", [("1.jpg", b"one"), ("2.png", b"two")], "import", False)]
    again = api.post("/api/v1/enrol", data={"name": "Bob", "image": file(), "force": "1"})
    assert (again.status_code, again.json["change"]) == (200, "updated")
    assert service.asked[-1][-2:] == ("upload", True)


def test_somebody_without_pictures(api: FlaskClient, service: FakeService) -> None:
    answer = api.post("/api/v1/people", json={"name": "Bob", "familiar": True})
    assert (answer.status_code, answer.json) == (201, {"id": "id-Bob", "name": "Bob", "familiar": True})
    assert api.post("/api/v1/people", json={"name": ""}).status_code == 201  # what a name is, the gallery says
    service.error = NameTaken('"Bob" is enrolled already.')
    assert api.post("/api/v1/people", json={"name": "Bob"}).status_code == 409
    assert service.asked == [("create", "Bob", True), ("create", "", False), ("create", "Bob", False)]


SAMPLES = f"/api/v1/people/{ALICE.id}/samples"


def test_samples_of_a_person(api: FlaskClient, service: FakeService) -> None:
    assert api.get(SAMPLES).json == [SAMPLE.as_json(), ASIDE.as_json()]
    assert ASIDE.as_json()["set_aside_at"] == "2026-11-21T19:30:02.113Z"
    added = api.post(SAMPLES, data={"image": [file(b"one", "1.jpg"), file(b"two", "2.png")]})
    assert (added.status_code, added.json["sample_ids"], added.json["set_aside"]) == (201, ["s0", "s1"], 1)
    assert service.asked[-1] == (
        "add", ALICE.id, "positive", [("1.jpg", b"one"), ("2.png", b"two")], "upload", False,
    )  # fmt: skip
    against = {"image": file(), "kind": "negative", "source": "visit", "force": "1"}
    assert api.post(SAMPLES, data=against).status_code == 201
    assert service.asked[-1] == ("add", ALICE.id, "negative", [("a.jpg", b"JPEG")], "visit", True)
    assert api.delete(f"{SAMPLES}/s0").json == {**asdict(ALICE), "undo": UNDO.as_json()}
    assert service.asked[-1] == ("delete", ALICE.id, "s0")
    assert api.post(f"{SAMPLES}/s1/restore").json == asdict(ALICE)
    assert service.asked[-1] == ("restore", ALICE.id, "s1")


@pytest.mark.parametrize(
    ("form", "said"),
    [({"kind": "maybe"}, "'negative'"), ({"force": "yes"}, "must be 1 or 0"), ({"image": []}, "no picture")],
)
def test_forms_of_samples_that_are_wrong(
    api: FlaskClient, service: FakeService, form: dict[str, Any], said: str
) -> None:
    answer = api.post(SAMPLES, data={"image": file(), **form})
    assert answer.status_code == 400
    assert said in answer.json["detail"]
    assert service.asked == []


def test_a_familiar_person(api: FlaskClient, service: FakeService) -> None:
    place = f"/api/v1/people/{ALICE.id}"
    assert api.patch(place, json={"familiar": True}).json == {**asdict(ALICE), "familiar": True}
    assert [person["familiar"] for person in api.get("/api/v1/people").json] == [True]
    both = api.patch(place, json={"name": "Al", "familiar": False})
    assert both.json == {"id": ALICE.id, "name": "Al", "familiar": False}
    for wrong in ({"familiar": "yes"}, {"familiar": 1}, {"name": "Bo", "familiar": "no"}):
        assert api.patch(place, json=wrong).status_code == 400
    assert service.find(ALICE.id).name == "Al"


def test_identifying(api: FlaskClient, service: FakeService) -> None:
    answer = api.post("/api/v1/identify", data={"image": file(b"two people", "door.webp")})
    assert service.asked == [("identify", "door.webp", b"two people")]
    first, second = answer.json["faces"]
    landmarks = [[40.1, 50.2], [60.3, 50.4], [50.5, 60.6], [50.7, 70.8]]
    assert first == {**FOUND.as_json(), "landmarks": landmarks}
    assert second["decision"]["name"] is None


def test_people(api: FlaskClient) -> None:
    [record] = api.get("/api/v1/people").json
    assert record["name"] == "Alice"
    assert record["last_seen_at"] == "2026-11-21T19:30:02.113Z"


@pytest.mark.parametrize("ref", [ALICE.id, *NASTY_NAMES])
def test_one_person(api: FlaskClient, service: FakeService, ref: str) -> None:
    service.rename(ALICE.id, ref)
    service.enrol("Bob", [])
    assert [record["id"] for record in api.get("/api/v1/people", query_string={"ref": ref}).json] == [ALICE.id]


def test_nobody_of_that_name(api: FlaskClient) -> None:
    answer = api.get("/api/v1/people?ref=Zed")
    assert answer.status_code == 404
    assert answer.json == {
        "type": "/problems/no-such-person",
        "title": "No such person",
        "status": 404,
        "detail": 'Nobody is called "Zed".',
    }


def test_changing_people(api: FlaskClient, service: FakeService) -> None:
    bob = service.enrol("Bob", []).person
    renamed = api.patch(f"/api/v1/people/{ALICE.id}", json={"name": "Alice B."})
    assert renamed.json == {"id": ALICE.id, "name": "Alice B.", "familiar": False}
    merged = api.post(f"/api/v1/people/{bob.id}/merge", json={"into": ALICE.id})
    assert merged.json == {"id": ALICE.id, "name": "Alice B.", "familiar": False, "undo": None}
    gone = api.delete(f"/api/v1/people/{ALICE.id}")
    assert (gone.json["name"], gone.json["samples"], gone.json["visits"]) == ("Alice B.", 2, 7)
    assert api.get("/api/v1/people").json == []
    assert api.delete(f"/api/v1/people/{ALICE.id}").status_code == 404


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (BadName("The name is empty."), 400, "bad-name"),
        (NameTaken("It is Bob's."), 409, "name-taken"),
        (StorageError("The disk is full."), 503, "storage-error"),
    ],
)
def test_errors_are_problems(
    api: FlaskClient, service: FakeService, error: WhodError, status: int, kind: str
) -> None:
    service.error = error
    answer = api.get("/api/v1/people")
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert answer.json == {
        "type": f"/problems/{kind}",
        "title": kind.replace("-", " ").capitalize(),
        "status": status,
        "detail": str(error),
    }


def test_a_wrong_number_of_faces_is_told(api: FlaskClient, service: FakeService) -> None:
    service.error = FaceCountError("2 faces were found in a.jpg.", 2)
    answer = api.post("/api/v1/enrol", data={"name": "Bob", "image": file()})
    assert (answer.status_code, answer.json["count"]) == (422, 2)


@pytest.mark.parametrize(
    ("call", "form", "said"),
    [
        ("enrol", {"name": "Bob"}, "no picture"),
        ("enrol", {"name": "Bob", "image": "text, not a file"}, "no picture"),
        ("enrol", {"image": "FILE"}, "no field 'name'"),
        ("enrol", None, "no picture"),
        ("identify", {}, "no picture"),
    ],
)
def test_incomplete_forms(
    api: FlaskClient, service: FakeService, call: str, form: dict[str, Any] | None, said: str
) -> None:
    if form and "FILE" in str(form):
        images = form["image"] if isinstance(form["image"], list) else [form["image"]]
        form = {**form, "image": [file() for _ in images]}
    answer = api.post(f"/api/v1/{call}", data=form)
    assert answer.status_code == 400
    assert said in answer.json["detail"]
    assert service.asked == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"name"', b"{}", b'{"name": 7}', b'{"name": null}', b"\xff"])
def test_bodies_that_are_no_json_with_a_name(api: FlaskClient, service: FakeService, body: bytes) -> None:
    answer = api.patch(f"/api/v1/people/{ALICE.id}", data=body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"
    assert service.asked == []


def test_a_body_of_another_kind(api: FlaskClient) -> None:
    answer = api.patch(f"/api/v1/people/{ALICE.id}", data={"name": "Bob"})
    assert (answer.status_code, "Content-Type: application/json" in answer.json["detail"]) == (415, True)


@pytest.mark.parametrize(
    ("path", "how", "said"),
    [
        ("identify", {"data": {"image": "FILE", "grup": "Family"}}, "There is no 'grup' here: did you mean 'group'?"),
        ("identify", {"data": {"image": "FILE", "file": "FILE"}}, "there are image, k, group, person."),
        ("identify?group=Family", {"data": {"image": "FILE"}}, "'group' stands in the address: send it in the form."),
        ("regions/r0/label", {"json": {"name": "Bob", "forse": True}}, "did you mean 'force'?"),
        ("people?limt=5", {}, "There is no 'limt' here: did you mean 'limit'?"),
    ],
)
def test_what_is_meant_is_not_passed_over(
    api: FlaskClient, service: FakeService, path: str, how: dict[str, Any], said: str
) -> None:
    data = {name: file() if value == "FILE" else value for name, value in how.get("data", {}).items()}
    send = api.post if how else api.get
    answer = send(f"/api/v1/{path}", **({**how, "data": data} if data else how))
    assert answer.status_code == 400
    assert said in answer.json["detail"]
    assert service.asked == []


@pytest.mark.parametrize("source", ["", "a b", "a\nb", "\x1b[2J", "x" * 31])
@pytest.mark.parametrize("path", ["/api/v1/enrol", SAMPLES])
def test_a_source_that_is_no_word(api: FlaskClient, service: FakeService, path: str, source: str) -> None:
    name = {"name": "Bob"} if path.endswith("enrol") else {}
    answer = api.post(path, data={**name, "image": file(), "source": source})
    assert (answer.status_code, "'source' must be one word" in answer.json["detail"]) == (400, True)
    assert service.asked == []


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the parser drops its open files
@pytest.mark.parametrize(
    ("form", "length"),
    [
        ({"name": "Bob", "image": [file(b"") for _ in range(limits.API_PARTS + 1)]}, None),
        ({"name": "x" * (limits.FIELD_BYTES + 1), "image": file()}, None),
        ({"name": "Bob", "image": file()}, limits.API_BODY_BYTES + 1),
    ],
    ids=["parts", "field", "bytes"],
)
def test_too_much_at_once(api: FlaskClient, service: FakeService, form: dict[str, Any], length: int | None) -> None:
    environ = {"CONTENT_LENGTH": str(length)} if length else {}
    answer = api.post("/api/v1/enrol", data=form, environ_overrides=environ)
    assert answer.status_code == PhotoTooLarge.http_status
    assert answer.json["type"] == "/problems/photo-too-large"
    assert "at most 198 pictures of 64 MB together" in answer.json["detail"]
    assert service.asked == []
    answer.request.input_stream.close()
    gc.collect()


def test_a_file_without_a_name(api: FlaskClient, service: FakeService) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="image"; filename=""\r\n\r\nJPEG\r\n--b--\r\n'
    answer = api.post("/api/v1/identify", data=body, content_type="multipart/form-data; boundary=b")
    assert answer.status_code == 200
    assert service.asked == [("identify", "the picture", b"JPEG")]


@pytest.mark.parametrize("url", ["status?limit=1", "people/Alice?method=DELETE", "people//Alice", "openapi.json?x"])
def test_what_an_address_has_not_is_refused(api: FlaskClient, url: str) -> None:
    answer = api.get(f"/api/v1/{url}")
    assert answer.status_code == (404 if "//" in url else 400)
    assert answer.content_type == "application/problem+json"


def test_a_part_of_a_form_without_a_name_is_refused(api):
    body = b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n"
    answer = api.post("/api/v1/identify", data=body, content_type="multipart/form-data; boundary=b")
    assert answer.status_code == 400
    assert answer.json["detail"] == "A part of the form has no name: give each one."
