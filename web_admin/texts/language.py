# SPDX-License-Identifier: Apache-2.0
"""Which language a request is answered in."""

from __future__ import annotations

from flask import g, has_request_context, request

from web_admin.texts.catalogue import ENGLISH, languages

COOKIE = "lang"


def language() -> str:
    """What the reader chose, else what the browser asks for, else English."""
    if not has_request_context():
        return ENGLISH
    if "language" not in g:
        g.language = _wanted()
    return str(g.language)


def _wanted() -> str:
    chosen = request.cookies.get(COOKIE)
    if chosen is not None and chosen in languages():
        return chosen
    asked = (code.partition("-")[0].lower() for code in request.accept_languages.values())
    return next((code for code in asked if code in languages()), ENGLISH)
