# SPDX-License-Identifier: Apache-2.0
"""What a page weighs in a household of a thousand: little enough for a phone at the edge of the Wi-Fi."""

from __future__ import annotations

import contextlib

import pytest
from support_household import Household
from support_routes import address, rules
from support_village import fill
from support_weighing import Scales

MOST_BYTES = 100_000


@pytest.fixture(scope="module")
def village(tmp_path_factory):
    with contextlib.closing(Household(tmp_path_factory.mktemp("village"))) as village:
        fill(village.daemon.state)
        village.start()
        yield village


@pytest.mark.slow
@pytest.mark.parametrize("rule", rules())
def test_a_page_loads_at_most_100_kb_with_all_that_it_needs(visit, village, rule):
    path = address(rule, village) or pytest.skip("this household has none")
    page = visit(village, "/about")
    scales = Scales(page)
    page.goto(village.url + path, wait_until="load")
    page.wait_for_timeout(300)
    assert scales.bytes
    assert scales.total <= MOST_BYTES, sorted(scales.bytes.items(), key=lambda item: -item[1])[:8]
