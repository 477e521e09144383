# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: RUF001  letters that look alike are what is tested
"""A name that somebody would read as another's is refused, and nobody else's is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import support_gallery
from hypothesis import given
from hypothesis import strategies as st
from support_gallery import MODEL, names, seen

from daemon.clock import FakeClock
from daemon.errors import BadName, LookAlikeName
from daemon.gallery import Gallery, normalise
from daemon.gallery.homoglyphs import _AS_LATIN, look

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def gallery(tmp_path: Path) -> Iterator[Gallery]:
    gallery = Gallery.open(tmp_path / "gallery.db", MODEL, support_gallery.SETTINGS, FakeClock())
    yield gallery
    gallery.close()


TWINS = [
    ("Alice", "Аlice"),  # of Cyrillic
    ("Alice", "аLICE"),
    ("Alice", "Αlice"),  # of Greek
    ("Alice", "Alіce"),
    ("Capa", "Сара"),
    ("Сара", "Capa"),
    ("Zoë", "Zоe\u0308"),
    ("HOPE", "НОРЕ"),
    ("Mark", "Маrк"),
    ("Anna Smith", "Аnna Smith"),
    ("ΓΟΠΗ", "ГОПН"),
    ("SU", "ՏՍ"),
    ("LISA", "ꓡꓲꓢꓮ"),
    ("JOE", "ᎫOᎬ"),
]


@pytest.mark.parametrize(("enrolled", "twin"), TWINS)
def test_a_name_that_looks_like_one_that_is_there_is_refused(gallery: Gallery, enrolled: str, twin: str) -> None:
    gallery.enrol(enrolled, [seen(0)], "test")
    gallery.enrol("Bob", [seen(1)], "test")
    with pytest.raises(LookAlikeName, match=f'looks like "{enrolled}"') as refused:
        gallery.enrol(twin, [seen(2)], "test")
    assert refused.value.http_status == 409
    with pytest.raises(LookAlikeName):
        gallery.rename("Bob", twin)
    assert sorted(names(gallery)) == sorted([enrolled, "Bob"])


def test_groups_are_no_look_alikes_either(gallery: Gallery) -> None:
    gallery.create_group("Team")
    gallery.create_group("Kids")
    with pytest.raises(LookAlikeName, match="Team"):
        gallery.create_group("Теаm")
    with pytest.raises(LookAlikeName, match="Team"):
        gallery.change_group("Kids", name="Теаm")
    gallery.change_group("Kids", name="Дети")


@pytest.mark.parametrize("name", ["Аlice", "Zоë", "Гoran", "Ωmega", "Anna Smіth"])
def test_a_word_of_letters_that_imitate_each_other_is_refused(gallery: Gallery, name: str) -> None:
    with pytest.raises(BadName, match=r"letters of several alphabets that look alike .* and Latin"):
        gallery.enrol(name, [seen(0)], "test")
    with pytest.raises(BadName, match="one alphabet"):
        gallery.create_group(name)


@pytest.mark.parametrize(
    "name",
    [
        "Алиса",
        "Αλίκη",
        "Арам",
        "Արամ",
        "ᎠᏓᏅᏙ",
        "山田エリ",
        "山田はなこ",
        "김 Kim",
        "Анна Smith",
        "Анна-Smith",
        "R2Д2",
        "מרים",
        "Ian",
        "Lan",
        "Sıla",
        "Sila",
        "Łukasz",
        "Ǻngström",
        "ﬁnn",
        "\u212bsa",
        "\u00b5",
    ],
)
def test_names_in_one_alphabet_a_word_are_fine(gallery: Gallery, name: str) -> None:
    for number, other in enumerate(("Alice", "Bob", "Maria")):
        gallery.enrol(other, [seen(number)], "test")
    assert gallery.enrol(name, [seen(7)], "test").person.name == normalise(name).display


def test_ian_and_lan_and_two_that_differ_by_a_dot_may_live_in_one_house(gallery: Gallery) -> None:
    for number, name in enumerate(("Ian", "Lan", "Sıla", "Sila", "Arnie", "Amie", "Jo 0", "Jo O")):
        gallery.enrol(name, [seen(number)], "test")
    assert len(names(gallery)) == 8


def test_who_has_such_a_name_already_stays_usable(gallery: Gallery) -> None:
    """As of an older release, or out of a backup."""
    real = gallery.enrol("Alice", [seen(0)], "test").person
    other = gallery.enrol("Bob", [seen(1)], "test").person
    spelt = normalise("Аlice")
    with gallery._draft() as draft:
        entry = draft.find(other.id)
        draft.save(replace(entry, stored=replace(entry.stored, name=spelt.display, key=spelt.key)))
    assert gallery.find("Аlice").id == other.id
    assert gallery.enrol("Аlice", [seen(2)], "test", force=True).person.id == other.id
    assert gallery.find("Alice").id == real.id
    gallery.rename("Аlice", "Bob")
    gallery.enrol("alice", [seen(3)], "test", force=True)
    with pytest.raises(LookAlikeName):
        gallery.rename("Bob", "Аlice")
    gallery.forget("Alice")
    with pytest.raises(BadName, match="alphabet"):
        gallery.rename("Bob", "Аlice")


def test_every_letter_of_the_table_stands_once_and_is_of_its_own_normal_form() -> None:
    letters = "".join(_AS_LATIN.values())
    assert len(set(letters)) == len(letters)
    assert all(normalise(letter).display == letter for letter in letters)
    assert not set(letters) & set(_AS_LATIN)


@given(st.text(max_size=60))
def test_a_look_is_stable_and_knows_no_case_nor_spelling(text: str) -> None:
    try:
        name = normalise(text)
    except BadName:
        return
    assert look(look(name.display)) == look(name.display)
