# SPDX-License-Identifier: Apache-2.0
"""Faces of people, and forgetting everybody, over HTTP."""

import pytest
from support_web import ALICE, NOW, running

from daemon.client import RemotePeople
from daemon.errors import NoPictureKept, StorageError
from daemon.types import ForgetAllReceipt, Scope
from web_admin.server import serve_unix


def test_the_face_of_a_person_is_a_picture(api, service):
    answer = api.get(f"/api/v1/people/{ALICE.id}/face.jpg")
    assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    assert answer.data.startswith(b"\xff\xd8")
    assert service.asked[-1] == ("face", ALICE.id)


def test_a_face_that_is_not_kept_is_said_so(api, service):
    service.error = NoPictureKept("No picture is kept.")
    answer = api.get(f"/api/v1/people/{ALICE.id}/face.jpg")
    assert (answer.status_code, answer.json["detail"]) == (404, "No picture is kept.")


def test_forgetting_everybody_gives_a_receipt(api, service):
    answer = api.delete("/api/v1/people")
    assert answer.json == {
        "people": 3, "samples": 14, "pictures": 12, "visits": 40, "backups": 2, "at": "2026-11-21T19:30:02.113Z",
    }  # fmt: skip
    assert ("forget all",) in service.asked


def test_what_went_wrong_is_said(api, service):
    service.error = StorageError("Everybody is forgotten, but may still be in a backup.")
    answer = api.delete("/api/v1/people")
    assert (answer.status_code, answer.json["type"]) == (503, "/problems/storage-error")


@pytest.mark.parametrize("scope", [Scope.READ, Scope.ENROL])
def test_it_takes_the_scope_admin(bearer, service, scope):
    assert bearer(scope).delete("/api/v1/people").status_code == 403
    assert ("forget all",) not in service.asked


def test_a_browser_must_have_sent_the_password_lately(owner, service):
    service.clock.advance(301)
    answer = owner.delete("/api/v1/people")
    assert (answer.status_code, answer.json["type"]) == (403, "/problems/confirmation-needed")
    assert ("forget all",) not in service.asked


def test_the_socket_gives_the_same(api_app, service, tmp_path):
    with running(serve_unix(api_app, tmp_path / "whod.sock")):
        remote = RemotePeople(tmp_path / "whod.sock")
        assert remote.forget_all() == ForgetAllReceipt(3, 14, 12, 40, 2, NOW)
        assert remote.face("Alice").startswith(b"\xff\xd8")
        service.error = NoPictureKept("No picture is kept.")
        with pytest.raises(NoPictureKept, match="No picture is kept"):
            remote.face("Alice")
