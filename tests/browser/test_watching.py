# SPDX-License-Identifier: Apache-2.0
"""What a browser complains of is heard: else the other tests here could not fail of it."""

from __future__ import annotations

import pytest

WRONG = {
    "console": "console.error('it broke')",
    "script": "setTimeout(() => { throw new Error('it broke') })",
    "policy": "document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">x</p>')",
    "inline script": "document.body.append(Object.assign(document.createElement('script'), {text: 'ran = 1'}))",
    "answer": "void fetch('/nowhere')",
    "dialog": "setTimeout(() => alert('it broke'))",
}


@pytest.mark.parametrize("deed", WRONG.values(), ids=WRONG)
def test_a_complaint_is_heard(visit, bare, complaints, deed):
    page = visit(bare, "/login", owner=False)
    assert complaints.left() == []
    page.evaluate(deed)
    page.wait_for_timeout(400)
    assert complaints.left()
    assert page.evaluate("window.ran") is None
    complaints.forgive("")
