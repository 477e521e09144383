# SPDX-License-Identifier: Apache-2.0
"""A setting that is changed is in force at once; the broker is tried before it is relied on."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from support_broker import free_port, wait_until
from support_daemon import EILEEN, JOE


@pytest.mark.slow
@pytest.mark.parametrize("script", [True, pytest.param(False, marks=pytest.mark.slow)], ids=["script", "no script"])
def test_a_threshold_counts_from_the_next_visit_on(visit, household, script):
    household.enrol("Eileen", EILEEN)
    household.start((JOE, 30), (None, 12))
    wait_until(lambda: any(seen["outcome"] == "unknown" for seen in household.visits()), "somebody unknown", 60)
    page = visit(household, "/settings", java_script_enabled=script)
    page.get_by_role("link", name="Recognising people").click()
    threshold = page.locator("[name='gallery.threshold']").last
    threshold.fill("0.2")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved, and in force.")).to_be_visible()
    wait_until(lambda: household.visits()[0]["name"] == "Eileen", "the new threshold", 60)
    page.get_by_role("button", name="Undo the last change").click()
    expect(page.get_by_text("The last change is undone.")).to_be_visible()


@pytest.mark.slow
def test_a_value_out_of_range_is_refused_where_it_was_typed(visit, household, complaints):
    complaints.forgive("status of 4")
    household.start()
    page = visit(household, "/settings/tracking", java_script_enabled=False)
    page.locator("[name='tracking.min_votes']").last.fill("0")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Nothing was saved yet.")).to_be_visible()
    expect(page.locator("[name='tracking.min_votes']").last).to_have_value("0")


@pytest.mark.mqtt
@pytest.mark.parametrize("script", [True, pytest.param(False, marks=pytest.mark.slow)], ids=["script", "no script"])
def test_a_broker_is_tried_then_used(visit, household, broker, script):
    subscriber = broker.subscriber()
    household.start()
    page = visit(household, "/settings/mqtt", java_script_enabled=script)
    page.locator("[name='mqtt.host']").fill("127.0.0.1")
    page.locator("[name='mqtt.port']").fill(str(free_port()))
    page.get_by_role("button", name="Test the connection").click()
    expect(page.get_by_text(re.compile("Nothing listens at"))).to_be_visible()
    page.locator("[name='mqtt.port']").fill(str(broker.port))
    page.get_by_role("button", name="Test the connection").click()
    expect(page.get_by_text(re.compile("The broker at .* works"))).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved, and in force.")).to_be_visible()
    subscriber.wait_for("whod/door/availability", b"online")
