# SPDX-License-Identifier: Apache-2.0
"""What may be a person's name, and which spellings are one name."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daemon.errors import BadName, LookAlikeName
from daemon.gallery.homoglyphs import mixed_word

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST = 100
"""Characters that a name may have."""

_LONGEST_RAW = 4 * LONGEST
"""NFC makes at most four code points one, so whatever is longer is too long; normalising it could take minutes."""

_NO_PART_OF_TEXT = {
    "Zl": "a line separator",
    "Zp": "a line separator",
    "Cc": "a control character, such as a line break or a tab",
    "Cs": "half a character",
}
_REPLACEMENT = "\ufffd"
_TURNS_TEXT = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Characters without ink that Unicode counts among letters, marks and symbols."""

_SELECTORS = dict.fromkeys([*range(0x180B, 0x180E), 0x180F, *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)])
"""Variation selectors: they choose the shape of the character before them, as some Japanese names need."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name in the two forms that whod keeps."""

    display: str
    """As it was written, in NFC, with single spaces between its words."""
    key: str
    """The same for each spelling: case, width and Unicode form do not matter."""


def normalise(name: str) -> Name:
    """The forms of `name`: "Alice", "alice" and "\uff21lice" share a key.

    Raises:
        BadName: it is empty, longer than `LONGEST`, has no letter or digit, or holds a character that cannot be
            seen or would garble the text around it.
    """
    if len(name) > _LONGEST_RAW:
        raise _too_long()
    for character in name:
        _check(character)
    display = unicodedata.normalize("NFC", _single_spaced(name))
    if not display:
        raise BadName("The name is empty: give one with at least a letter or a digit.")
    if len(display) > LONGEST:
        raise _too_long()
    if not any(character.isalnum() for character in display):
        raise BadName("The name has no letter and no digit: give one that can be read aloud.")
    return Name(display, _key(display))


def refuse_imitation(name: Name, enrolled: Iterable[str]) -> None:
    """For a name that is new: one that is there under it already is no imitation.

    Args:
        name: the new name.
        enrolled: those of the other names that have the same `look`.

    Raises:
        LookAlikeName: there is one.
        BadName: a word of it has letters of two alphabets that imitate each other.
    """
    for other in enrolled:
        raise LookAlikeName(
            f'"{name.display}" looks like "{other}", which is there already, but has letters of another alphabet: '
            f'write "{other}" if that is who is meant, or choose a name that nobody takes for it.'
        )
    if mixed := mixed_word(name.display):
        word, alphabets = mixed
        raise BadName(
            f'"{word}" has letters of several alphabets that look alike ({" and ".join(alphabets)}): '
            "write each word in one alphabet."
        )


def _key(display: str) -> str:
    """Unicode's NFKC_Casefold, but for characters that `normalise` refuses."""
    folded = unicodedata.normalize("NFD", display.translate(_SELECTORS)).casefold()
    folded = unicodedata.normalize("NFKC", folded).casefold()
    return _single_spaced(unicodedata.normalize("NFKC", folded))


def _single_spaced(text: str) -> str:
    return " ".join(text.split())


def _too_long() -> BadName:
    return BadName(f"The name is too long: give one of at most {LONGEST} characters.")


def _check(character: str) -> None:
    if problem := _problem(character):
        raise BadName(f"The name holds {problem} (U+{ord(character):04X}): leave it out.")


def _problem(character: str) -> str | None:
    category = unicodedata.category(character)
    if category in _NO_PART_OF_TEXT:
        return _NO_PART_OF_TEXT[category]
    if character == _REPLACEMENT:
        return "the sign for a character that could not be read"
    if character in _TURNS_TEXT:
        return "a character that turns the direction of the text"
    if category == "Cf" or character in _BLANK:
        return "an invisible character"
    return None
