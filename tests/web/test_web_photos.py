# SPDX-License-Identifier: Apache-2.0
"""What the API and the client say of pictures; what is really in them is in tests/unit/test_photos.py."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from support_photos import BROKEN, MODEL
from support_web import ALICE, FOUND, STRANGER

from daemon.client import RemotePeople
from daemon.errors import BadName, ModelMismatch, NoSuchRegion
from daemon.types import Among, Photo, RequestKey, SampleKind
from web_admin.server import serve_unix

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient
    from support_web import FakeService

API = "/api/v1"
EYE = {"left_eye": [40.1, 50.2], "right_eye": [60.3, 50.4], "nose": [50.5, 60.6], "mouth": [50.7, 70.8]}
DETECTED = {"box": [30.5, 40.0, 41.2, 52.9], "score": 0.9312, "landmarks": EYE, "quality": 0.8123}
PROBLEM = {"type": "/problems/photo-error", "title": "Photo error", "status": 415, "detail": str(BROKEN)}


def files(*names: str, **fields: str) -> dict[str, Any]:
    return {"image": [(io.BytesIO(b"JPEG"), name) for name in names], **fields}


class TestOnePicture:
    def test_its_result_stands_alone(self, api: FlaskClient) -> None:
        regions = api.post(f"{API}/detect", data=files("a.jpg")).json
        assert (regions["width"], regions["height"], len(regions["regions"])) == (640, 480, 2)
        assert regions["regions"][0] == {"id": "r0", **DETECTED, "objection": None, "flaw": None}
        assert regions["regions"][1]["objection"] == "the face is blurred: hold still"
        embedded = api.post(f"{API}/embed", data=files("a.jpg")).json
        assert (embedded["width"], embedded["height"], embedded["model_id"]) == (640, 480, MODEL)
        assert embedded["faces"][0] == {**DETECTED, "embedding": [0.6, 0.8]}
        assert list(api.post(f"{API}/identify", data=files("a.jpg")).json) == ["faces"]

    @pytest.mark.parametrize("call", ["detect", "embed", "identify"])
    def test_that_it_cannot_be_looked_at_is_an_error(self, api: FlaskClient, call: str) -> None:
        answer = api.post(f"{API}/{call}", data=files("broken.jpg"))
        assert (answer.status_code, answer.json) == (415, PROBLEM)


@pytest.mark.parametrize(("call", "key"), [("detect", "regions"), ("embed", "faces"), ("identify", "faces")])
def test_of_several_pictures_a_bad_one_does_not_fail_the_others(api: FlaskClient, call: str, key: str) -> None:
    answer = api.post(f"{API}/{call}", data=files("a.jpg", "broken.jpg", "b.jpg"))
    assert answer.status_code == 200
    results = answer.json["results"]
    assert [result["image"] for result in results] == ["a.jpg", "broken.jpg", "b.jpg"]
    assert [len(result[key]) for result in results] == [2, 0, 2]
    assert [result["error"] for result in results] == [None, PROBLEM, None]


class TestIdentify:
    def test_of_whom_is_to_be_told(self, api: FlaskClient, service: FakeService) -> None:
        asked = files("a.jpg", k="3", group="Family", person="Alice")
        assert api.post(f"{API}/identify", data=asked).status_code == 200
        assert service.asked == [("identify", "a.jpg", b"JPEG", Among(3, "Family", "Alice"))]

    @pytest.mark.parametrize("k", ["0", "101", "three", ""])
    def test_how_many_candidates_there_may_be(self, api: FlaskClient, k: str) -> None:
        answer = api.post(f"{API}/identify", data=files("a.jpg", k=k))
        assert answer.status_code == 400
        assert answer.json["detail"] == "The field 'k' must be a number from 1 to 100."

    def test_by_one_embedding_or_several(self, api: FlaskClient, service: FakeService) -> None:
        one = api.post(f"{API}/identify/embedding", json={"model_id": MODEL, "embedding": [0.6, 0.8]})
        assert one.json == FOUND.identification.told()
        both = {"model_id": MODEL, "embeddings": [[0.6, 0.8], [1, 0]], "k": 2, "group": "Family"}
        several = api.post(f"{API}/identify/embedding", json=both)
        assert several.json == {"results": [face.identification.told() for face in (FOUND, STRANGER)]}
        assert service.asked == [
            ("embeddings", MODEL, [[0.6, 0.8]], Among()),
            ("embeddings", MODEL, [[0.6, 0.8], [1, 0]], Among(2, "Family")),
        ]

    @pytest.mark.parametrize(
        ("body", "said"),
        [
            ({"model_id": MODEL}, "with 'embedding' or 'embeddings'"),
            ({"model_id": MODEL, "embedding": [1], "embeddings": [[1]]}, "not with both"),
            ({"embedding": [1.0]}, "'model_id' is missing"),
            ({"model_id": MODEL, "embedding": "many"}, "'embedding' must be a list of numbers"),
            ({"model_id": MODEL, "embedding": ["0.6"]}, "'embedding' must be a list of numbers"),
            ({"model_id": MODEL, "embedding": [float("nan")]}, "'embedding' must be a list of numbers"),
            ({"model_id": MODEL, "embedding": [10**400]}, "'embedding' must be a list of numbers"),
            ({"model_id": MODEL, "embeddings": []}, "a list of 1 to 100 lists"),
            ({"model_id": MODEL, "embeddings": [[1]] * 101}, "a list of 1 to 100 lists"),
            ({"model_id": MODEL, "embedding": [1], "k": 0}, "'k' must be a number from 1 to 100"),
        ],
    )
    def test_what_is_no_embedding(
        self, api: FlaskClient, service: FakeService, body: dict[str, Any], said: str
    ) -> None:
        answer = api.post(f"{API}/identify/embedding", json=body)
        assert answer.status_code == 400
        assert said in answer.json["detail"]
        assert service.asked == []


class TestLabel:
    def test_with_a_name_or_the_id_of_a_person(self, api: FlaskClient, service: FakeService) -> None:
        new = api.post(f"{API}/regions/r0/label", json={"name": "Bob"})
        assert (new.status_code, new.json["change"], new.json["person"]["name"]) == (201, "created", "Bob")
        known = {"person_id": ALICE.id, "kind": "negative", "source": "album", "force": True}
        answer = api.post(f"{API}/regions/r0/label", json=known)
        assert (answer.status_code, answer.json["change"], answer.json["sample_ids"]) == (200, "updated", ["s0"])
        assert service.asked == [
            ("label", "r0", "Bob", SampleKind.POSITIVE, "upload", False),
            ("label", "r0", ALICE.id, SampleKind.NEGATIVE, "album", True),
        ]

    @pytest.mark.parametrize(
        "body", [{}, {"name": "A", "person_id": "b"}, {"name": 7}, {"name": "A", "kind": "maybe"}, {"force": 1}]
    )
    def test_bodies_that_are_wrong(self, api: FlaskClient, service: FakeService, body: dict[str, Any]) -> None:
        assert api.post(f"{API}/regions/r0/label", json=body).status_code == 400
        assert service.asked == []

    def test_a_request_that_is_sent_again(self, api: FlaskClient, service: FakeService) -> None:
        for _ in range(2):
            api.post(f"{API}/regions/r0/label", json={"name": "Bob"}, headers={"Idempotency-Key": "k1"})
        assert [call[-1] for call in service.asked] == ["socket/k1"] * 2

    def test_a_region_that_is_no_longer_there(self, api: FlaskClient, service: FakeService) -> None:
        service.error = NoSuchRegion('There is no region "r0" (any more).')
        answer = api.post(f"{API}/regions/r0/label", json={"name": "Bob"})
        assert (answer.status_code, answer.json["type"]) == (404, "/problems/no-such-region")


class TestClient:
    @pytest.fixture
    def remote(self, api_app: Flask, tmp_path: Path) -> Iterator[RemotePeople]:
        from support_web import running  # noqa: PLC0415

        with running(serve_unix(api_app, tmp_path / "whod.sock")):
            yield RemotePeople(tmp_path / "whod.sock")

    def test_regions_come_back(self, remote: RemotePeople, service: FakeService) -> None:
        local = service.photos.detect([Photo("a.jpg", b"JPEG"), Photo("broken.jpg", b"JPEG")])
        found = remote.photos.detect([Photo("a.jpg", b"JPEG"), Photo("broken.jpg", b"JPEG")])
        assert found[0] == local[0]
        assert (found[1].faces, str(found[1].error)) == ((), str(BROKEN))
        (alone,) = remote.photos.detect([Photo("broken.jpg", b"JPEG")])
        assert (alone.image, alone.faces, str(alone.error)) == ("broken.jpg", (), str(BROKEN))

    def test_who_it_is_comes_back(self, remote: RemotePeople, service: FakeService) -> None:
        photos = [Photo("a.jpg", b"1"), Photo("b.jpg", b"2")]
        found = remote.photos.identify(photos, Among(k=3, person="Zoë"))
        assert [one.faces for one in found] == [(FOUND, STRANGER)] * 2
        assert service.asked == [("identify", "a.jpg", b"1", "b.jpg", b"2", Among(k=3, person="Zoë"))]
        decided = remote.photos.identify_embeddings(MODEL, [[0.6, 0.8]], Among(group="Family"))
        assert decided == [FOUND.identification]
        assert service.asked[-1] == ("embeddings", MODEL, [[0.6, 0.8]], Among(group="Family"))

    def test_labelling(self, remote: RemotePeople, service: FakeService) -> None:
        done = remote.photos.label("r0", "Bob", SampleKind.POSITIVE, "album", force=True)
        assert (done.person.name, done.sample_ids) == ("Bob", ("s0",))
        assert service.asked == [("label", "r0", "Bob", SampleKind.POSITIVE, "album", True)]
        remote.photos.label("r0", "Bob", request=RequestKey("k1", ""))
        assert service.asked[-1] == ("label", "r0", "Bob", SampleKind.POSITIVE, "upload", False, "socket/k1")
        with pytest.raises(BadName, match="UTF-8"):
            remote.photos.label("r0", "caf\udce9")

    def test_errors_are_raised_as_they_were(self, remote: RemotePeople, service: FakeService) -> None:
        service.error = ModelMismatch("These are of another model.")
        with pytest.raises(ModelMismatch, match="another model"):
            remote.photos.identify_embeddings("other", [[1.0]])
