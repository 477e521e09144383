# SPDX-License-Identifier: Apache-2.0
"""The settings and the log over the API."""

from __future__ import annotations

from daemon.types import Scope


def value(api, name):
    return next(s for s in api.get("/api/v1/settings").json["settings"] if s["name"] == name)


def test_settings_are_listed_with_their_limits(api):
    threshold = value(api, "gallery.threshold")
    assert (threshold["low"], threshold["high"], threshold["origin"]) == (0.2, 0.95, "default")
    assert value(api, "camera.zone")["kind"] == "zone"
    assert value(api, "privacy.history_days")["unit"] == "days"
    assert value(api, "web.listen")["at_start"]


def test_a_change_answers_what_it_changed(api):
    answer = api.patch("/api/v1/settings", json={"settings": {"gallery.k": 9, "web.listen": "127.0.0.1:9000"}})
    assert answer.json == {"changed": ["gallery.k", "web.listen"], "at_start": ["web.listen"]}
    assert value(api, "gallery.k")["value"] == 9
    assert api.delete("/api/v1/settings/gallery.k").json["changed"] == ["gallery.k"]
    assert api.post("/api/v1/settings/undo").json["changed"] == ["gallery.k"]
    assert value(api, "gallery.k")["origin"] == "page"


def test_what_is_wrong_is_told_of_each(api):
    answer = api.patch("/api/v1/settings", json={"settings": {"gallery.k": "many", "camera.fps": 0, "web.hosts": []}})
    assert answer.status_code == 422
    assert answer.json["type"] == "/problems/bad-setting"
    assert set(answer.json["wrong"]) == {"gallery.k", "camera.fps"}
    assert api.delete("/api/v1/settings/gallery.nothing").status_code == 422
    assert api.post("/api/v1/settings/undo").status_code == 404
    assert api.patch("/api/v1/settings", json={}).status_code == 400
    assert api.patch("/api/v1/settings", json={"gallery.k": 9}).status_code == 400


def test_a_password_is_taken_and_never_told(api, service):
    assert api.patch("/api/v1/settings", json={"mqtt_password": "s3cret"}).status_code == 200
    assert service.settings._kept.secrets == ["s3cret"]
    assert "s3cret" not in api.get("/api/v1/settings").text


def test_a_broker_that_is_none_is_told(api):
    answer = api.post("/api/v1/settings/broker-test", json={"settings": {}})
    assert (answer.json["works"], answer.json["kind"]) == (False, "no-host")
    answer = api.post("/api/v1/settings/broker-test", json={"settings": {"mqtt.port": 0}})
    assert answer.status_code == 422


def test_changes_are_on_record_and_looks_are_not(api, service):
    api.patch("/api/v1/settings", json={"settings": {"gallery.k": 9}})
    api.post("/api/v1/settings/broker-test", json={})
    api.get("/api/v1/settings")
    assert [deed.action for deed in service.access.deeds()] == ["change_settings"]


def test_only_admins_see_and_change(bearer):
    for scope in (Scope.READ, Scope.ENROL):
        client = bearer(scope)
        assert client.get("/api/v1/settings").status_code == 403
        assert client.patch("/api/v1/settings", json={"settings": {"gallery.k": 9}}).status_code == 403
        assert client.get("/api/v1/log").status_code == 403
    assert bearer(Scope.ADMIN).get("/api/v1/settings").status_code == 200


def messages(answer):
    return [entry["message"] for entry in answer.json["entries"]]


def test_the_log_by_level_text_and_place(api):
    assert len(messages(api.get("/api/v1/log"))) == 4
    assert len(messages(api.get("/api/v1/log?level=warning"))) == 2
    assert messages(api.get("/api/v1/log?level=info&text=LISTENS")) == ["Nothing listens at broker:1883"]
    assert messages(api.get("/api/v1/log?after=3")) == ["a look of 12 ms"]
    assert messages(api.get("/api/v1/log?limit=1")) == ["a look of 12 ms"]
    assert [e["part"] for e in api.get("/api/v1/log").json["entries"]] == ["whod", "camera", "broker", "recognition"]
    assert api.get("/api/v1/log?level=loud").status_code == 400


def test_details_for_a_while(api):
    assert api.get("/api/v1/log").json["detailed_s"] is None
    try:
        assert api.post("/api/v1/log/detail", json={"seconds": 60}).json["detailed_s"] == 60
    finally:
        assert api.post("/api/v1/log/detail", json={"seconds": 0}).json["detailed_s"] is None
    assert api.post("/api/v1/log/detail", json={"seconds": -1}).status_code == 400
