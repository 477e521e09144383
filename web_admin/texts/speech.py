# SPDX-License-Identifier: Apache-2.0
"""Texts with their fields filled in."""

from __future__ import annotations

from markupsafe import Markup, escape

from web_admin.texts import formats
from web_admin.texts.catalogue import Plural, UnknownText, find
from web_admin.texts.language import language


def t(key: str, /, **fields: object) -> str:
    """The text of a key in the reader's language; numbers are written in its manner.

    `n` chooses between singular and plural. Where a field is `Markup`, the whole is, with all else escaped. Raises
    UnknownText for a key that is not there, KeyError for a field that is missing.
    """
    text = find(language(), key)
    if text is None:
        raise UnknownText(key)
    if isinstance(text, Plural):
        text = text.one if fields.get("n") == 1 else text.other
    if any(isinstance(value, Markup) for value in fields.values()):
        text = escape(text)
    return text.format(**{name: _spoken(value) for name, value in fields.items()})


def t_or(key: str, otherwise: str, /, **fields: object) -> str:
    """The same; `otherwise` for a key that is not there."""
    return otherwise if find(language(), key) is None else t(key, **fields)


def _spoken(value: object) -> object:
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int):
        return formats.number(value)
    if isinstance(value, float):
        return formats.number(value, 2)
    return value
