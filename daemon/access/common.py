# SPDX-License-Identifier: Apache-2.0
"""Which passwords are guessed first. Pure.

Lists of stolen passwords hold little of 12 characters that is not a word or a name and something on it, the same
twice, or keys in a row. So no such list is kept here: a password is taken apart, a common part counts less than its
characters do, and all together must still be something.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_ENOUGH = 8
"""Points. A character is one, a common word two, keys in a row one; what comes again, none."""

_WALKS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop[]",
    "qwertzuiopü+",
    "azertyuiop",
    "asdfghjkl;'",
    "asdfghjklöä",
    "qsdfghjklm",
    "zxcvbnm,./",
    "yxcvbnm,.-",
    "wxcvbn",
    "!@#$%^&*()",
    '!"§$%&/()=',
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik",
    "1q2w3e4r5t6y7u8i9o0p",
    "1q2w3e4r5t6z7u8i9o0p",
    "147258369",
    "159357",
    "qazwsxedcrfvtgbyhnujm",
)
_SHORTEST = 3

_WORDS = """
password passwort passwd passphrase kennwort pass pwd parola motdepasse contrasena senha haslo salasana losenord
admin administrator root user guest gast owner login logon default system master secret geheim private test testing
demo temp changeme change letmein let open sesame welcome willkommen hello hallo access zugang security sicher house
home haus zuhause door tuer tur front frontdoor haustuer eingang camera kamera cam bell klingel doorbell face
gesicht family familie server computer internet wifi wlan router network netzwerk linux debian ubuntu python mqtt
mosquitto homeassistant assistant frigate hass love liebe iloveyou forever ichliebedich you ich dich mein meine the
and und baby darling schatz schatzi honey angel engel sunshine sonnenschein princess prinzessin princesa flower
blume butterfly schmetterling star stern sun sonne moon mond summer sommer winter spring fruhling autumn herbst fall
january januar february februar march marz april may mai june juni july juli august september october oktober
november december dezember monday montag tuesday dienstag wednesday mittwoch thursday donnerstag friday freitag
saturday samstag sunday sonntag dragon monkey tiger lion lowe eagle adler horse pferd dog hund cat katze bear bar
wolf shark snake hamster mickey bunny shadow matrix phoenix ninja samurai warrior wizard hunter killer ranger
soldier knight king konig queen konigin legend batman superman spiderman ironman starwars skywalker vader pokemon
pikachu naruto zelda mario minecraft fortnite football fussball soccer baseball basketball hockey tennis golf
liverpool arsenal chelsea barcelona madrid juventus bayern dortmund schalke yankees cowboys michael daniel thomas
andreas stefan stephan christian martin alexander sebastian david robert jennifer jessica ashley michelle amanda
nicole charlie george andrew joshua matthew anthony william james john peter paul maria anna laura julia sarah lisa
sandra sabine claudia alice bob eve freedom freiheit money geld gold silver diamond cookie chocolate schokolade
cheese kase pizza coffee kaffee banana apple orange pepper ginger purple blue blau red rot green grun black schwarz
white weiss berlin munchen hamburg wien zurich london paris germany deutschland austria schweiz america england
trustno one whatever nothing please bitte fuck fuckyou shit sex god gott jesus christ samsung google facebook
android iphone microsoft windows nintendo playstation mustang porsche ferrari mercedes bmw audi volkswagen two three
four five six seven eight nine zero ten eins zwei drei vier funf
"""

_ALIKE = {"a": "[a@4]", "e": "[e3€]", "i": "[i1!|]", "l": "[l1|]", "o": "[o0]", "s": "[s$5]", "t": "[t7+]"}
"""What is written for a letter."""


def is_easy(password: str, words: Iterable[str] = ()) -> bool:
    """Whether it is among the first that are guessed; `words` are of this device."""
    text = re.sub(r"(.{3,}?)\1+", r"\1", _folded(password))
    known = _pattern(tuple(sorted(map(_folded, words))))
    seen: set[str] = set()
    points = 0
    while text:
        part, worth = _first_part(text, known)
        text = text[len(part) :]
        points += worth if len(part) == 1 or part not in seen else 0
        seen.add(part)
    return points < _ENOUGH


def _first_part(text: str, known: re.Pattern[str]) -> tuple[str, int]:
    """What the text begins with, and its points."""
    if word := known.match(text):
        return word[0], 2
    if walk := _walk(text):
        return walk, 1
    if number := re.match(r"[0-9][0-9./:-]*", text):
        return number[0], (sum(map(str.isdigit, number[0])) + 1) // 2
    return text[0], 1


def _walk(text: str) -> str:
    """Keys in a row, or the same one again and again, that the text begins with; empty if there are none."""
    longest = ""
    for walk in (*_ROWS, text[0] * len(text)):
        length = len(longest) + 1
        while length <= len(text) and text[:length] in walk:
            longest, length = text[:length], length + 1
    return longest if len(longest) >= _SHORTEST else ""


_ROWS = (*_WALKS, *(walk[::-1] for walk in _WALKS))


@cache
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(
        {word for word in (*_WORDS.split(), *words) if len(word) >= _SHORTEST}, key=len, reverse=True
    )
    return re.compile("|".join("".join(_ALIKE.get(sign, re.escape(sign)) for sign in word) for word in longest_first))


def _folded(text: str) -> str:
    """Without marks and capitals."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(sign))
