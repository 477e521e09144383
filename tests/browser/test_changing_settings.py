# SPDX-License-Identifier: Apache-2.0
"""Settings in a browser: the zone drawn on the picture, the broker's test, a wrong value, a change and its undo."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from support_broker import free_port, wait_until
from support_chromium import DESKTOP
from support_daemon import EILEEN

from daemon.client import RemoteSettings

FETCHED = re.compile("^blob:")
"""How an address of a picture begins that the script has put there."""


@pytest.fixture
def running(household):
    household.start((EILEEN, 10))
    return household


def value(household, name):
    settings = RemoteSettings(household.daemon.state / "whod.sock").view().settings
    return next(setting.value for setting in settings if setting.name == name)


@pytest.mark.slow
def test_the_part_that_counts_is_drawn_on_the_picture(visit, running):
    page = visit(running, "/settings/camera", **DESKTOP)
    picture = page.locator(".whole")
    expect(picture.locator("img")).to_have_attribute("src", FETCHED)
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + box["height"] * 0.9)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5)
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.1)
    page.mouse.up()
    drawn = [float(each.input_value()) for each in page.locator("[name='camera.zone']").all()]
    assert drawn == pytest.approx([25, 10, 50, 80], abs=1)
    page.mouse.click(box["x"] + 10, box["y"] + 10)  # a tap draws nothing
    assert [float(each.input_value()) for each in page.locator("[name='camera.zone']").all()] == drawn
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved, and in force.")).to_be_visible()
    assert value(running, "camera.zone") == pytest.approx([0.25, 0.1, 0.5, 0.8], abs=0.01)
    page.get_by_role("button", name="The whole picture", exact=True).click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved, and in force.")).to_be_visible()
    assert list(value(running, "camera.zone")) == [0, 0, 1, 1]
    page.get_by_role("button", name="Undo the last change").click()
    expect(page.get_by_text("The last change is undone.")).to_be_visible()
    assert value(running, "camera.zone")[0] == pytest.approx(0.25, abs=0.01)


@pytest.mark.slow
def test_the_picture_shows_how_it_is_turned_before_it_is_saved(visit, running):
    page = visit(running, "/settings/camera")
    picture = page.locator(".whole img")
    expect(picture).to_have_attribute("src", FETCHED)
    ratio = "image => image.naturalWidth / image.naturalHeight"
    upright = picture.evaluate(ratio)
    page.get_by_label("Turn clockwise").select_option("90")
    wait_until(lambda: abs(picture.evaluate(ratio) * upright - 1) < 0.02, "the picture to be turned")
    assert value(running, "camera.rotation") == 0


@pytest.mark.slow
def test_the_broker_is_tested_and_what_was_typed_stays(visit, running):
    page = visit(running, "/settings/mqtt")
    page.get_by_label("Address of the broker").fill("127.0.0.1")
    page.get_by_label("Port").fill(str(free_port()))
    page.get_by_label("Password", exact=True).fill("s3cret")
    page.get_by_label("Encrypt the connection (TLS)").check()
    page.get_by_label("Pause and go on").check()
    page.get_by_role("button", name="Test the connection").click()
    expect(page.get_by_text("Nothing listens at 127.0.0.1")).to_be_visible()
    assert page.get_by_label("Encrypt the connection (TLS)").is_checked()
    assert page.get_by_label("Password", exact=True).input_value() == "s3cret"
    assert value(running, "mqtt.host") == ""


@pytest.mark.slow
def test_a_slider_a_wrong_value_and_then_a_right_one(visit, running, complaints):
    complaints.forgive("status of 422")
    page = visit(running, "/settings/gallery")
    number = page.locator("[name='gallery.threshold']")
    page.locator("input[type=range]").first.fill("0.7")
    assert number.input_value() == "0.7"
    number.fill("7")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("gallery.threshold must be from 0.2 to 0.95, not 7.")).to_be_visible()
    assert number.input_value() == "7"
    number.fill("0.66")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("changed here")).to_be_visible()
    assert value(running, "gallery.threshold") == 0.66
    page.get_by_role("button", name="Back to 0.55").click()
    expect(page.get_by_text("It is as before again.")).to_be_visible()
    assert value(running, "gallery.threshold") == 0.55


@pytest.mark.slow
def test_without_a_script(visit, running):
    page = visit(running, "/settings/camera", java_script_enabled=False)
    for place, part in enumerate(("10", "10", "50", "50")):
        page.locator("[name='camera.zone']").nth(place).fill(part)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved, and in force.")).to_be_visible()
    assert list(value(running, "camera.zone")) == [0.1, 0.1, 0.5, 0.5]


@pytest.mark.slow
def test_the_log_grows_by_itself(visit, running):
    page = visit(running, "/log")
    RemoteSettings(running.daemon.state / "whod.sock").change({"gallery.k": 9})
    expect(page.get_by_text("Settings were changed: gallery.k")).to_be_visible()


@pytest.mark.slow
def test_a_pause_is_seen_and_ended_at_the_door(visit, running):
    page = visit(running, "/")
    notice = page.locator("#paused")
    expect(page.locator("#picture img")).to_be_visible()
    expect(notice).to_be_hidden()
    RemoteSettings(running.daemon.state / "whod.sock").change({"camera.paused": True})
    expect(notice).to_be_visible()
    page.set_viewport_size({"width": 360, "height": 800})
    words = notice.get_by_role("paragraph").bounding_box()
    assert words is not None
    assert words["width"] > 180, "squeezed by the button"
    expect(page.locator("#headline")).to_have_text("Paused")
    expect(page.locator("#notice")).to_have_text("Paused")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("whod goes on.")).to_be_visible()
    assert value(running, "camera.paused") is False
    page.get_by_text("Details").click()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("whod is paused")).to_be_visible()
    expect(notice).to_be_visible()
    assert value(running, "camera.paused") is True
