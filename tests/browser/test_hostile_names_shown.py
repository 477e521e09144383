# SPDX-License-Identifier: Apache-2.0
"""W8: sixty names that want to be script are shown as names on every page, and none runs."""

from __future__ import annotations

import contextlib

import pytest
from support_daemon import EILEEN, JOE
from support_household import Household
from support_names import HOSTILE_NAMES
from support_routes import address, rules
from support_village import fill


@pytest.fixture(scope="module")
def rogues(tmp_path_factory):
    """Sixty people of these names with visits, and one of them at the door."""
    with contextlib.closing(Household(tmp_path_factory.mktemp("rogues"))) as rogues:
        fill(rogues.daemon.state, HOSTILE_NAMES[1:], visits=120)
        rogues.enrol(HOSTILE_NAMES[0], EILEEN)
        rogues.start((EILEEN, 30), (None, 12), (JOE, 40), (None, 12))
        rogues.people.groups.create(HOSTILE_NAMES[0], [HOSTILE_NAMES[1]])
        yield rogues


@pytest.mark.slow
@pytest.mark.parametrize("rule", rules())
def test_no_name_runs(visit, rogues, rule):
    path = address(rule, rogues)
    if path is None:
        pytest.skip("there is none in this household")
    page = visit(rogues, path)
    page.wait_for_timeout(150)
    assert page.evaluate("window.hacked") is None
    assert page.evaluate("document.querySelectorAll('main script:not([type=\"application/json\"])').length") == 0


def test_all_are_there_as_they_are(visit, rogues):
    page = visit(rogues, "/people")
    shown = []
    while True:
        shown += page.locator("bdi.who").all_inner_texts()
        following = page.locator("a[rel=next]")
        if not following.count():
            break
        following.click()
    assert set(HOSTILE_NAMES) <= set(shown)
