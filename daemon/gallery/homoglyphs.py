# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: RUF001, RUF002  these letters are what it is about
"""Letters of one alphabet that look like another's: a door that greets "Alice" should know which one.

After Unicode's UTS #39 (confusables and restriction levels), of which this is the part that people's names need: the
alphabets that imitate each other. Letters of one alphabet that are alike, such as I and l, are left alone: Ian and
Lan are names, and so are Sıla and Sila.
"""

from __future__ import annotations

import re
import unicodedata

_AS_LATIN = {
    "A": "ΑАᎪꓮ",
    "B": "ΒВᏴꓐ",
    "C": "ϹСᏟⲤꓚ",
    "D": "Ꭰꓓ",
    "E": "ΕЕᎬꓰ",
    "F": "Ϝꓝ",
    "G": "ԌᏀꓖ",
    "H": "ΗНᎻⲎꓧ",
    "I": "ΙІӀⲒꓲ",
    "J": "ͿЈᎫꓙ",
    "K": "ΚКᏦⲔꓗ",
    "L": "ᏞⳐꓡ",
    "M": "ΜϺМᎷⲘꓟ",
    "N": "ΝⲚꓠ",
    "O": "ΟОՕⲞꓳ",
    "P": "ΡРᏢⲢꓑ",
    "R": "ᎡᏒꓣ",
    "S": "ЅՏᏕꓢ",
    "T": "ΤТᎢⲦꓔ",
    "U": "Սꓴ",
    "V": "ѴᏙꓦ",
    "W": "ԜᎳꓪ",
    "X": "ΧХⲬꓫ",
    "Y": "ΥУҮᎩⲨꓬ",
    "Z": "ΖᏃꓜ",
    "a": "αаɑ",
    "c": "ϲсⲥᴄ",
    "d": "ԁ",
    "e": "еҽ",
    "g": "ցɡ",
    "h": "һհ",
    "i": "ιіɩɪ",
    "j": "ϳј",
    "k": "κк",
    "l": "ӏ",
    "n": "ոռ",
    "o": "οоօⲟᴏ",
    "p": "ρрⲣ",
    "q": "ԛզգ",
    "r": "гⲅᴦ",
    "s": "ѕꜱ",
    "u": "υսᴜ",
    "v": "νѵᴠ",
    "w": "ѡԝաᴡ",
    "x": "χх",
    "y": "γуүʏ",
    "z": "ᴢ",
    # Greek and Cyrillic letters that look like each other, and like no Latin one
    "Γ": "Г",
    "Π": "П",
    "Φ": "Ф",
    "φ": "ф",
    "ε": "є",
}
_SKELETON = str.maketrans({other: letter for letter, others in _AS_LATIN.items() for other in others})

_IMITATORS = frozenset({"LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU"})
_WORD = re.compile(r"[^\W\d_]+")


def look(name: str) -> str:
    """The same for names that look the same, whatever alphabet each letter is of, but for case."""
    skeleton = unicodedata.normalize("NFKD", name).translate(_SKELETON).casefold().translate(_SKELETON)
    return unicodedata.normalize("NFKC", skeleton)


def mixed_word(name: str) -> tuple[str, list[str]] | None:
    """The first word with letters of several alphabets that imitate each other, and those alphabets; or None.

    Words of several scripts that do not, such as a Japanese name's, are ordinary, and so are words that differ.
    """
    for word in _WORD.findall(unicodedata.normalize("NFKC", name)):
        alphabets = {_alphabet(letter) for letter in word} & _IMITATORS
        if len(alphabets) > 1:
            return word, sorted(alphabet.capitalize() for alphabet in alphabets)
    return None


def _alphabet(letter: str) -> str:
    """The script of a letter, by the first word of its name in Unicode."""
    return unicodedata.name(letter, "").partition(" ")[0]
