# SPDX-License-Identifier: Apache-2.0
"""Somebody unknown gets a name, and is told by it from then on: the page, the daemon, the broker."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect
from support_broker import wait_until
from support_daemon import BARACK, EILEEN, JOE, broker_settings
from support_looks import faults


@pytest.fixture
def doorway(household):
    """Joe, whom nobody knows, comes again and again; then Barack, who is not known either."""

    def doorway(*settings):
        household.enrol("Eileen", EILEEN)
        household.start((JOE, 40), (None, 12), (BARACK, 40), (None, 12), settings=settings)
        wait_until(lambda: len(household.visits()) >= 2, "two visits", 60)
        return household

    return doorway


def named(subscriber, name):
    return [m for m in subscriber.on("whod/door/identified") if json.loads(m.payload)["name"] == name]


@pytest.mark.mqtt
@pytest.mark.parametrize("script", [True, pytest.param(False, marks=pytest.mark.slow)], ids=["script", "no script"])
def test_who_was_named_is_told_by_name_at_the_next_visit(visit, doorway, broker, script):
    subscriber = broker.subscriber()
    house = doorway(*broker_settings(broker.port))
    page = visit(house, "/unknowns", java_script_enabled=script)
    expect(page.get_by_role("heading", name="Unknown visitors")).to_be_visible()
    page.get_by_role("link", name="Who is it?").last.click()
    page.get_by_label("Name", exact=True).fill("The neighbour")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#message")).to_contain_text("whod knows The neighbour from now on")
    message = wait_until(lambda: named(subscriber, "The neighbour"), "the name on the broker", 30)[0]
    assert json.loads(message.payload)["event_type"] == "identified"
    page.goto(house.url + "/visits")
    expect(page.get_by_role("link", name="The neighbour").first).to_be_visible()


@pytest.mark.slow
def test_several_are_deleted_at_once(visit, doorway):
    page = visit(doorway(), "/unknowns")
    boxes = page.get_by_role("checkbox", name="Unknown visitor")
    boxes.first.check()
    boxes.nth(1).check()
    page.get_by_role("button", name="Go on with them").click()
    expect(page.get_by_role("heading", name="2 unknown visitors")).to_be_visible()
    assert not (found := faults(page)), "\n".join(found)
    page.get_by_text("Delete these 2 faces").click()
    page.get_by_role("button", name="Delete all 2 for good").click()
    expect(page.locator("#message")).to_contain_text("2 faces are deleted")


@pytest.mark.slow
def test_who_comes_often_needs_no_name(visit, doorway):
    page = visit(doorway(), "/unknowns")
    page.get_by_role("link", name="Who is it?").first.click()
    page.get_by_role("button", name="Comes often, needs no name").click()
    expect(page.locator("#message")).to_contain_text("Familiar 1")
    page.goto(page.url.partition("/unknowns")[0] + "/people?show=familiar")
    expect(page.get_by_text("Familiar 1").first).to_be_visible()
