# SPDX-License-Identifier: Apache-2.0
"""The pages of the settings and the log."""

from __future__ import annotations

import html
import inspect
import re
import tomllib
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path

import pytest
from support_pages import read
from support_settings import desk, desk_of_file
from support_values import LOST_BROKER, LOST_CAMERA, REPLAY
from support_web import with_parts

import daemon.service.settings
import web_admin
from daemon.mqtt import problems, trial
from daemon.service.settings_list import abouts
from daemon.types import BrokerTrial, CameraStatus, PartHealth, State
from web_admin.pages.settings import TRIAL_KINDS

TEXTS = Path(web_admin.__file__).parent / "texts"
DE = {"Accept-Language": "de"}


def fields(form: str) -> dict[str, list[str]]:
    """What a browser would send of the form of a page as it is."""
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if not name or " disabled" in tag or ('type="checkbox"' in tag and " checked" not in tag):
            continue
        found.setdefault(name[1], []).append(value[1] if value else "")
    for name, body in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        found[name] = re.findall(r'<option value="([^"]+)" selected', body)
    for name, body in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', form, re.DOTALL):
        found[name] = [body]
    return found


def sent(owner, section: str, **changes: object) -> dict[str, object]:
    form = fields(owner.get(f"/settings/{section}").text)
    for name, value in changes.items():
        form[name.replace("__", ".")] = value
    return {name: value for name, value in form.items() if value is not None}


def value(service, name: str) -> object:
    return next(setting.value for setting in service.settings.view().settings if setting.name == name)


SECTIONS = sorted({name.partition(".")[0] for name in abouts()})


def test_each_section_has_a_card_and_a_page_with_each_of_its_settings(owner):
    links = read(owner.get("/settings").text).links.values()
    for section in SECTIONS:
        assert f"/settings/{section}" in links
        page = owner.get(f"/settings/{section}").text
        for name in abouts():
            assert (f'id="{name}"' in page) == name.startswith(f"{section}.")


@pytest.mark.parametrize("section", SECTIONS)
def test_a_form_that_was_not_touched_changes_nothing(owner, service, section):
    service.settings = desk("camera.source=rtsp://bob:s3cret@cam/1", "camera.zone=[0.3333333,0.1,0.5,0.5]")
    answer = owner.post(f"/settings/{section}", data=sent(owner, section))
    assert answer.status_code == HTTPStatus.SEE_OTHER
    assert service.settings._kept.table == {}


def test_what_is_saved_is_in_force_and_can_be_taken_back(owner, service):
    data = sent(owner, "camera", camera__fps="7,5", camera__hflip="1", camera__rotation="90", camera__watch=None)
    data |= {"camera.zone": ["10", "20", "50", "60.5"], "camera.groups": "Family\r\n\r\nPost"}
    assert owner.post("/settings/camera", data=data).headers["Location"] == "/settings/camera"
    assert value(service, "camera.fps") == 7.5
    assert value(service, "camera.rotation") == 90
    assert value(service, "camera.zone") == (0.1, 0.2, 0.5, 0.605)
    assert value(service, "camera.groups") == ("Family", "Post")
    assert (value(service, "camera.hflip"), value(service, "camera.watch")) == (True, False)
    page = owner.get("/settings/camera").text
    assert page.count("changed here") == 6
    assert "Saved, and in force." in page
    owner.post("/settings/camera.fps/reset", data=sent(owner, "camera"))
    assert value(service, "camera.fps") == 10.0
    owner.post("/settings/undo")
    assert value(service, "camera.fps") == 7.5


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(owner, service):
    answer = owner.post("/settings/gallery", data=sent(owner, "gallery", gallery__threshold="7", gallery__k="9"))
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert 'id="e-gallery.threshold">gallery.threshold must be from 0.2 to 0.95, not 7.' in answer.text
    assert re.search(
        r'name="gallery.threshold" value="7" aria-describedby="e-gallery.threshold [^>]*aria-invalid', answer.text
    )
    assert 'name="gallery.k" value="9"' in answer.text
    assert value(service, "gallery.k") == 7
    german = owner.post("/settings/gallery", data=sent(owner, "gallery", gallery__threshold="x"), headers=DE).text
    assert "Bitte gib eine Zahl von 0.2 bis 0.95 an." in german


def test_what_is_pinned_cannot_be_typed(owner, service):
    service.settings = desk("gallery.threshold=0.7")
    page = owner.get("/settings/gallery").text
    assert re.search(r'name="gallery.threshold" value="0.7"[^>]* disabled', page)
    assert "cannot be changed here" in page
    owner.post("/settings/gallery", data=sent(owner, "gallery", gallery__margin="0.1"))
    assert value(service, "gallery.margin") == 0.1
    refused = owner.post("/settings/gallery.threshold/reset", data={})
    assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "--set" in refused.text


def test_a_suggestion_is_filled_in_and_not_saved(owner, service):
    page = owner.get("/settings/gallery?threshold=0.63").text
    assert 'name="gallery.threshold" value="0.63"' in page
    assert "Suggested values are filled in" in page
    assert value(service, "gallery.threshold") == 0.55
    hostile = owner.get('/settings/gallery?threshold="><script>x</script>&nothing=1').text
    assert "<script>x" not in hostile


def test_several_choices_are_check_boxes(owner, service):
    page = owner.get("/settings/mqtt").text
    assert fields(page)["was:mqtt.commands"] == [""]
    assert "mqtt.commands" not in fields(page)
    owner.post("/settings/mqtt", data=sent(owner, "mqtt", mqtt__commands=["pause", "capture"]))
    assert value(service, "mqtt.commands") == ("pause", "capture")
    page = owner.get("/settings/mqtt").text
    assert fields(page)["mqtt.commands"] == fields(page)["was:mqtt.commands"] == ["pause", "capture"]
    owner.post("/settings/mqtt", data=sent(owner, "mqtt", mqtt__commands=None))
    assert value(service, "mqtt.commands") == ()
    assert "usually nothing" in owner.get("/settings/mqtt").text


def test_choices_in_another_order_are_no_change(owner, service, tmp_path):
    file = tmp_path / "config.toml"
    file.write_text('[mqtt]\ncommands = ["restart", "pause"]\n')
    service.settings = desk_of_file(file)
    owner.post("/settings/mqtt", data=sent(owner, "mqtt"))
    assert service.settings._kept.table == {}


def test_wrong_choices_are_refused_and_the_right_ones_stay(owner, service):
    data = sent(owner, "mqtt", mqtt__commands=["pause", "fly"])
    answer = owner.post("/settings/mqtt", data=data)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert 'id="e-mqtt.commands">mqtt.commands may hold' in answer.text
    assert fields(answer.text)["mqtt.commands"] == ["pause"]
    assert value(service, "mqtt.commands") == ()


def test_what_waits_for_a_start_says_so(owner):
    owner.post("/settings/web", data=sent(owner, "web", web__listen="127.0.0.1:9000"))
    page = owner.get("/settings/web").text
    assert "Saved. It takes effect when whod starts again" in page
    assert "A new start is needed" in page
    assert "A new start is needed" in owner.get("/settings").text


@pytest.mark.parametrize(
    ("listen", "here", "status"),
    [
        ("127.0.0.1:8737", "192.168.1.5", HTTPStatus.UNPROCESSABLE_ENTITY),
        ("localhost:8737", "192.168.1.5", HTTPStatus.UNPROCESSABLE_ENTITY),
        ("[::1]:8737", "192.168.1.5", HTTPStatus.UNPROCESSABLE_ENTITY),
        ("", "192.168.1.5", HTTPStatus.UNPROCESSABLE_ENTITY),
        ("192.168.1.5:9000", "192.168.1.5", HTTPStatus.SEE_OTHER),
        ("0.0.0.0:9000", "192.168.1.5", HTTPStatus.SEE_OTHER),
        ("127.0.0.1:9000", "127.0.0.1", HTTPStatus.SEE_OTHER),
    ],
)
def test_nobody_closes_the_page_to_themselves(owner, service, listen, here, status):
    environ = {"whod.local_address": here}
    answer = owner.post("/settings/web", data=sent(owner, "web", web__listen=listen), environ_overrides=environ)
    assert answer.status_code == status
    assert (value(service, "web.listen") == listen) == (status == HTTPStatus.SEE_OTHER)
    assert ('id="e-web.listen"' in answer.text) == (status != HTTPStatus.SEE_OTHER)


def test_behind_a_proxy_the_page_may_be_on_the_device_alone(owner, service):
    environ = {"whod.local_address": "192.168.1.5", "werkzeug.proxy_fix.orig": {}}
    owner.post("/settings/web", data=sent(owner, "web", web__listen="127.0.0.1:8737"), environ_overrides=environ)
    assert value(service, "web.listen") == "127.0.0.1:8737"


def test_two_owners_at_once_change_only_what_each_typed(owner, service):
    one = sent(owner, "camera", camera__fps="5", camera__zone=["10", "10", "50", "50"])
    other = sent(owner, "camera", camera__hflip="1", camera__watch=None, camera__groups="Family\r\nPost")
    owner.post("/settings/camera", data=other)
    owner.post("/settings/camera", data=one)
    assert (value(service, "camera.fps"), value(service, "camera.zone")) == (5.0, (0.1, 0.1, 0.5, 0.5))
    assert (value(service, "camera.hflip"), value(service, "camera.watch")) == (True, False)
    assert value(service, "camera.groups") == ("Family", "Post")


def test_what_another_owner_has_saved_is_shown_beside_what_is_wrong(owner, service):
    wrong = sent(owner, "gallery", gallery__threshold="7")
    owner.post("/settings/gallery", data=sent(owner, "gallery", gallery__margin="0.2"))
    answer = owner.post("/settings/gallery", data=wrong)
    assert fields(answer.text)["gallery.margin"] == ["0.2"]
    assert fields(answer.text)["gallery.threshold"] == ["7"]
    again = fields(answer.text) | {"gallery.threshold": "0.7"}
    assert owner.post("/settings/gallery", data=again).status_code == HTTPStatus.SEE_OTHER
    assert (value(service, "gallery.margin"), value(service, "gallery.threshold")) == (0.2, 0.7)


def test_a_link_suggests_no_broker(owner):
    page = owner.get("/settings/mqtt?host=evil.example").text
    assert fields(page)["mqtt.host"] == [""]
    assert "Suggested values" not in page


def test_it_can_be_tried_on_past_visits(owner, service):
    service.visits.report = REPLAY
    answer = owner.post("/settings/gallery/try", data=sent(owner, "gallery", gallery__threshold="0.7"))
    (trial,) = (asked[1] for asked in service.asked if asked[0] == "replay")
    assert trial.settings == ("gallery.threshold=0.7",)
    assert 'name="gallery.threshold" value="0.7"' in answer.text
    assert f"Of the last {REPLAY.visits} visits" in answer.text
    assert value(service, "gallery.threshold") == 0.55
    assert "Change something first" in owner.post("/settings/gallery/try", data=sent(owner, "gallery")).text


def test_the_broker_is_tried_without_saving(owner, service):
    answer = owner.post("/settings/mqtt/test", data=sent(owner, "mqtt", mqtt_password="s3cret"))
    assert "Fill in the address of the broker first." in answer.text
    assert "s3cret" not in answer.text
    assert service.settings._kept.table == {}


def test_each_answer_of_a_broker_has_words_here():
    modules = (problems, trial, daemon.service.settings)
    source = "".join(inspect.getsource(module) for module in modules)
    kinds = set(re.findall(r'kind="([a-z-]+)"|"(cert-[a-z]+)"', source))
    kinds = {one or other for one, other in kinds} | {"denied-read", "denied-write"}
    assert kinds == set(TRIAL_KINDS)


def test_the_broker_is_tried_with_all_that_was_typed(owner, service):
    asked = []
    found = BrokerTrial(works=False, sentence="mqtt.ca_file: /nowhere.", kind="files", place="pi:8883")
    service.settings.try_broker = lambda *sent: asked.append(sent) or found
    typed = {"mqtt__host": "pi", "mqtt__port": "8883", "mqtt__tls": "1", "mqtt__ca_file": "/nowhere"}
    answer = owner.post("/settings/mqtt/test", data=sent(owner, "mqtt", **typed), headers=DE)
    values = {"mqtt.host": "pi", "mqtt.port": 8883, "mqtt.tls": True, "mqtt.ca_file": "/nowhere"}
    assert asked == [(values, None)]
    assert "Mit diesen Dateien geht es nicht: mqtt.ca_file: /nowhere." in answer.text


def test_a_password_is_kept_changed_and_forgotten(owner, service):
    owner.post("/settings/mqtt", data=sent(owner, "mqtt", mqtt__username="whod", mqtt_password="s3cret"))
    assert service.settings._kept.secrets == ["s3cret"]
    page = owner.get("/settings/mqtt").text
    assert "A password is kept." in page
    assert "s3cret" not in page
    owner.post("/settings/mqtt", data=sent(owner, "mqtt"))
    assert value(service, "mqtt.password_file") != ""
    owner.post("/settings/mqtt", data=sent(owner, "mqtt", forget_password="1"))
    assert value(service, "mqtt.password_file") == ""


def test_the_picture_is_turned_as_asked(owner, service):
    asked = []
    service.whole_picture = lambda rotation, **how: asked.append((rotation, how)) or b"\xff\xd8"
    answer = owner.get("/settings/camera.jpg?rotation=90&hflip=1&vflip=0")
    assert (answer.mimetype, asked) == ("image/jpeg", [(90, {"hflip": True, "vflip": False})])
    service.whole_picture = lambda *_, **__: None
    assert owner.get("/settings/camera.jpg").status_code == HTTPStatus.NO_CONTENT
    assert owner.get("/settings/camera.jpg?rotation=45").status_code == HTTPStatus.BAD_REQUEST


def test_other_sections_are_not_found(owner):
    assert owner.get("/settings/nothing").status_code == HTTPStatus.NOT_FOUND
    assert owner.post("/settings/nothing", data={}).status_code == HTTPStatus.SEE_OTHER


def test_each_setting_has_help_and_in_german_too_and_a_label():
    labels = [tomllib.loads((TEXTS / code / "settings.toml").read_text())["label"] for code in ("en", "de")]
    told = tomllib.loads((TEXTS / "de" / "settings_help.toml").read_text())
    for name, about in abouts().items():
        section, _, key = name.partition(".")
        assert about, name
        assert told[section][key].strip(), name
        assert all(table[section][key] for table in labels), name
    for section, keys in told.items():
        assert {f"{section}.{key}" for key in keys} <= set(abouts())


def test_the_help_is_german_for_germans(owner):
    assert "So weit muss die beste Person vor der zweiten liegen." in owner.get("/settings/gallery", headers=DE).text
    assert "How far the best person must be ahead of the second." in owner.get("/settings/gallery").text


def test_the_log_is_filtered_and_inert(owner):
    page = owner.get("/log").text
    assert "a look of 12 ms" not in page
    assert "&lt;b&gt;see to it&lt;/b&gt;" in page
    assert "a look of 12 ms" in owner.get("/log?level=debug").text
    page = owner.get("/log?level=warning&text=broker").text
    assert "Nothing listens" in page
    assert "The camera is gone" not in page
    assert "No message fits" in owner.get("/log?text=nothing-like-it").text
    assert owner.get("/log?level=loud").status_code == HTTPStatus.BAD_REQUEST


def test_details_are_logged_for_a_while(owner, service):
    try:
        assert owner.post("/log/detail", data={"on": "1"}).headers["Location"] == "/log?level=debug"
        assert "Everything is logged for" in owner.get("/log").text
    finally:
        owner.post("/log/detail", data={"on": "0"})
    assert service.logs.detailed_s() is None


def test_the_state_of_camera_and_broker_stands_beside_their_settings(owner, service):
    service.now = with_parts(LOST_CAMERA, LOST_BROKER)
    for section, part in (("camera", LOST_CAMERA), ("mqtt", LOST_BROKER)):
        for url in (f"/settings/{section}", f"/settings/{section}/state"):
            assert part.detail[1:] in html.unescape(owner.get(url).text)
    service.now = with_parts(PartHealth("camera", State.OK), PartHealth("broker", State.OK))
    assert "The camera gives pictures." in owner.get("/settings/camera/state").text
    assert "connected to the broker" in owner.get("/settings/mqtt/state").text
    service.now = with_parts(PartHealth("camera", State.OK))
    assert owner.get("/settings/mqtt/state").text.strip() == ""
    service.now = replace(with_parts(PartHealth("camera", State.OK)), paused=True)
    assert "whod is paused" in owner.get("/settings/camera/state").text
    assert "gives pictures" not in owner.get("/settings/camera/state").text
    assert "whod is paused" not in owner.get("/settings/mqtt/state").text


def test_all_cameras_are_told_of_beside_the_settings_of_the_first(owner, service):
    page = owner.get("/settings/camera").text
    assert "[cameras.garden] with a source" in page
    garden = CameraStatus("garden", State.WAITING, "rtsp://cam.local", 0.0)
    lost = PartHealth("camera garden", State.WAITING, "nothing answers at cam.local.")
    service.now = replace(with_parts(PartHealth("camera", State.OK), lost), cameras=(*service.now.cameras, garden))
    for url in ("/settings/camera", "/settings/camera/state"):
        page = html.unescape(owner.get(url).text)
        for said in ("The camera (garden)", "Nothing answers at cam.local.", "rtsp://cam.local", "no picture"):
            assert said in page, said
        assert "What is set here is of main" in page
        assert "below [cameras.garden]" in page
        assert "The camera gives pictures." not in page
    assert "[cameras.garden] with a source" not in owner.get("/settings/camera").text
    assert "All cameras" not in owner.get("/settings/mqtt").text
