# SPDX-License-Identifier: Apache-2.0
"""Pages of lists, and requests that depend on what was before."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from support_web import ALICE, VERSION, running, visit

from daemon.client import RemotePeople
from daemon.errors import Changed
from daemon.types import Photo, RequestKey, SampleKind, Scope
from web_admin.server import serve_unix

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient
    from support_web import FakeService

PERSON = f"/api/v1/people/{ALICE.id}"
TAG = f'"{VERSION}"'


def pages(client: FlaskClient, url: str) -> list[list[dict[str, Any]]]:
    """Every page, as the header `Link` leads to them."""
    found = []
    while url:
        answer = client.get(url)
        assert answer.status_code == 200
        found.append(answer.json)
        link = answer.headers.get("Link")
        url = ""
        if link:
            assert link.endswith('>; rel="next"')
            url = link[1 : link.index(">")]
    return found


class TestPages:
    def test_people(self, api: FlaskClient, service: FakeService) -> None:
        for name in ("Bob & Co?", "Cleo", "Dan", "Eve"):
            service.enrol(name, [])
        whole = api.get("/api/v1/people")
        assert (len(whole.json), "Link" in whole.headers) == (5, False)
        for size, count in ((1, 5), (2, 3), (4, 2), (5, 1), (1000, 1)):
            found = pages(api, f"/api/v1/people?limit={size}")
            assert len(found) == count
            assert [person for page in found for person in page] == whole.json

    def test_samples_unknowns_and_tokens(self, api: FlaskClient, service: FakeService) -> None:
        for _ in range(3):
            service.access.create("x", Scope.READ)
        for url, count in ((f"{PERSON}/samples", 2), ("/api/v1/unknowns", 1), ("/api/v1/tokens", 3)):
            assert [len(page) for page in pages(api, f"{url}?limit=1")] == [1] * count

    def test_visits(self, api: FlaskClient, service: FakeService) -> None:
        service.seen = [visit(sighting_id=f"s{i}") for i in range(5)]
        first = api.get("/api/v1/sightings?limit=2&outcome=identified&before=s9")
        assert [record["sighting_id"] for record in first.json] == ["s0", "s1"]
        assert first.headers["Link"] == '</api/v1/sightings?limit=2&outcome=identified&after=s1>; rel="next"'
        assert service.asked[-1] == ("recent", 3, "s9", None, "identified")
        api.get("/api/v1/sightings?limit=2&outcome=identified&after=s1")
        assert service.asked[-1] == ("recent", 3, "s1", None, "identified")
        assert "Link" not in api.get("/api/v1/sightings?limit=5").headers

    @pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "limit=", "limit=1.5", "after=nobody"])
    def test_questions_that_are_wrong(self, api: FlaskClient, query: str) -> None:
        answer = api.get(f"/api/v1/people?{query}")
        assert (answer.status_code, "must be" in answer.json["detail"]) == (400, True)


class TestVersions:
    def test_a_person_has_a_tag(self, api: FlaskClient) -> None:
        first = api.get(PERSON)
        assert (first.status_code, first.headers["ETag"], first.json["version"]) == (200, TAG, VERSION)
        for known in (TAG, f"W/{TAG}", f'"other", {TAG}', "*"):
            again = api.get(PERSON, headers={"If-None-Match": known})
            assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", TAG)
        assert api.get(PERSON, headers={"If-None-Match": '"other"'}).status_code == 200
        assert api.get("/api/v1/people/nobody").status_code == 404

    CHANGES: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("PATCH", PERSON, {"json": {"name": "Alicia"}}),
        ("PATCH", PERSON, {"json": {"familiar": True}}),
        ("POST", f"{PERSON}/merge", {"json": {"into": "Bob"}}),
        ("DELETE", f"{PERSON}/samples/s0", {}),
        ("POST", f"{PERSON}/samples/s1/restore", {}),
        ("DELETE", PERSON, {}),
    )

    @pytest.mark.parametrize(("method", "url", "body"), CHANGES)
    def test_changes_depend_on_it(
        self, api: FlaskClient, service: FakeService, method: str, url: str, body: dict[str, Any]
    ) -> None:
        service.enrol("Bob", [])
        for stale in ('"another"', f"W/{TAG}", "", "rubbish"):
            answer = api.open(url, method=method, headers={"If-Match": stale}, **body)
            assert (answer.status_code, answer.json["type"]) == (412, "/problems/changed")
            assert service.find(ALICE.id) == ALICE
        answer = api.open(url, method=method, headers={"If-Match": f'"another", {TAG}'}, **body)
        assert answer.status_code == 200
        assert service.asked[-1][-1] == VERSION

    @pytest.mark.parametrize(("method", "url", "body"), CHANGES)
    def test_any_version_will_do(
        self, api: FlaskClient, service: FakeService, method: str, url: str, body: dict[str, Any]
    ) -> None:
        service.enrol("Bob", [])
        assert api.open(url, method=method, headers={"If-Match": "*"}, **body).status_code == 200
        assert VERSION not in service.asked[-1]

    def test_two_changes_are_one(self, api: FlaskClient, service: FakeService) -> None:
        both = {"name": "Alicia", "familiar": True}
        assert api.patch(PERSON, json=both, headers={"If-Match": TAG}).status_code == 200
        assert service.asked[-1] == ("change", ALICE.id, "Alicia", True, VERSION)

    def test_over_the_socket(self, api_app: Flask, tmp_path: Path, service: FakeService) -> None:
        with running(serve_unix(api_app, tmp_path / "s")):
            remote = RemotePeople(tmp_path / "s")
            assert remote.person("Alice").version == VERSION
            calls: tuple[Callable[[str], object], ...] = (
                lambda version: remote.rename("Alice", "Alice", expected=version),
                lambda version: remote.set_familiar("Alice", familiar=False, expected=version),
                lambda version: remote.add_samples("Alice", SampleKind.POSITIVE, [PHOTO], expected=version),
                lambda version: remote.delete_sample("Alice", "s0", expected=version),
                lambda version: remote.restore_sample("Alice", "s1", expected=version),
                lambda version: remote.forget("Alice", expected=version),
            )
            for call in calls:
                with pytest.raises(Changed):
                    call("another")
                call(VERSION)
                assert service.asked[-1][-1] == VERSION


PHOTO = Photo("a.jpg", b"JPEG")


class TestKeys:
    """What they do is the gallery's; here is that the same request has the same fingerprint, and no other one has."""

    @staticmethod
    def send(client: FlaskClient, url: str = "/api/v1/enrol", key: str | None = "k-1", **form: object) -> int:
        name = {"name": "Bob"} if url.endswith("enrol") else {}
        whole = {**name, "image": (io.BytesIO(b"JPEG"), "a.jpg"), **form}
        return client.post(url, data=whole, headers={"Idempotency-Key": key} if key is not None else {}).status_code

    def test_the_same_request(self, api: FlaskClient, service: FakeService) -> None:
        for _ in range(2):
            assert self.send(api) in (200, 201)
        first, again = service.requests
        assert first == again
        assert isinstance(first, RequestKey)
        assert self.send(api, key=None) == 200
        assert service.requests[-1] is None

    def test_another_request(
        self, api: FlaskClient, service: FakeService, bearer: Callable[[Scope], FlaskClient]
    ) -> None:
        self.send(api)
        self.send(api, name="Zoë")
        self.send(api, force="1")
        self.send(api, source="import")
        self.send(api, image=(io.BytesIO(b"PNG"), "a.jpg"))
        self.send(api, image=[(io.BytesIO(b"JPEG"), "a.jpg"), (io.BytesIO(b""), "b.jpg")])
        self.send(api, url=f"{PERSON}/samples")
        fingerprints = [request.fingerprint for request in service.requests if request]
        assert len(fingerprints) == len(set(fingerprints)) == 7
        assert len({request.key for request in service.requests if request}) == 1
        self.send(bearer(Scope.ENROL))
        self.send(bearer(Scope.ENROL))
        assert len({request.key for request in service.requests if request}) == 3

    @pytest.mark.parametrize("key", ["", " ", "a b", "x" * 101, "ü"])
    def test_keys_that_are_none(self, api: FlaskClient, service: FakeService, key: str) -> None:
        assert self.send(api, key=key) == 400
        assert service.asked == []

    def test_over_the_socket(self, api_app: Flask, tmp_path: Path, service: FakeService) -> None:
        with running(serve_unix(api_app, tmp_path / "s")):
            remote = RemotePeople(tmp_path / "s")
            remote.enrol("Bob", [PHOTO], request=RequestKey("k-1", ""))
            remote.add_samples("Bob", SampleKind.POSITIVE, [PHOTO], request=RequestKey("k-2", ""))
        assert [request and request.key for request in service.requests] == ["socket/k-1", "socket/k-2"]
