# SPDX-License-Identifier: Apache-2.0
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.errors import BadName, InputError
from daemon.gallery import normalise
from daemon.gallery.names import LONGEST

any_text = st.text(st.characters(exclude_categories=()), max_size=120)
plain_names = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("given_name", "display"),
    [
        ("Alice", "Alice"),
        ("  Alice   B.  Liddell ", "Alice B. Liddell"),
        ("Alice\u00a0Liddell", "Alice Liddell"),
        ("愛\u3000麗", "愛 麗"),
        ("Zoe\u0308", "Zoë"),
        ("O'Brien-Smith, Jr.", "O'Brien-Smith, Jr."),
        ("R2-D2", "R2-D2"),
        ("7", "7"),
        ("李", "李"),
        ("مريم", "مريم"),
        ("अनुष्का", "अनुष्का"),
        ("葛\U000e0100城", "葛\U000e0100城"),
        ("李\U00031350", "李\U00031350"),  # an ideograph that not every Python's Unicode tables know
        ("Alice 🚪", "Alice 🚪"),
        ("+ # / $SYS {{ name }} <b>", "+ # / $SYS {{ name }} <b>"),
        ("x" * LONGEST, "x" * LONGEST),
        ("e\u0301" * LONGEST, "é" * LONGEST),
    ],
)
def test_a_name_is_shown_as_it_was_written(given_name, display):
    assert normalise(given_name).display == display


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Alice", "alice"),
        ("Alice", "ALICE"),
        ("Alice", "\uff21\uff4c\uff49\uff43\uff45"),
        ("Alice", " Alice "),
        ("Alice B", "Alice  \u2003B"),
        ("Zo\u00eb", "ZOE\u0308"),
        ("Straße", "STRASSE"),
        ("ﬁnn", "Finn"),
        ("葛\U000e0100城", "葛城"),
        ("ΟΔΥΣΣΕΥΣ", "οδυσσευς"),
    ],
)
def test_spellings_of_one_name_share_a_key(one, other):
    assert normalise(one).key == normalise(other).key


@pytest.mark.parametrize(("one", "other"), [("Alice", "Alicia"), ("Zoë", "Zoe"), ("Ann A", "AnnA"), ("李", "季")])
def test_different_names_have_different_keys(one, other):
    assert normalise(one).key != normalise(other).key


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "empty"),
        (" \u3000 ", "empty"),
        ("x" * (LONGEST + 1), "too long"),
        ("x" * 10_000, "too long"),
        ("A\u0301" * (LONGEST + 1), "too long"),
        ("Alice\n", r"control character.*U\+000A"),
        ("Al\tice", r"control character.*U\+0009"),
        ("Alice\x00", r"control character.*U\+0000"),
        ("Al\x85ice", r"control character.*U\+0085"),
        ("Al\u2028ice", "line separator"),
        ("Al\u2029ice", "line separator"),
        ("Al\ud800ice", r"half a character.*U\+D800"),
        ("\u202eecilA", "direction of the text"),
        ("Al\u2067ice", "direction of the text"),
        ("Al\u200fice", "direction of the text"),
        ("Al\u200bice", r"invisible character.*U\+200B"),
        ("Al\u200dice", "invisible character"),
        ("\ufeffAlice", "invisible character"),
        ("Al\u00adice", "invisible character"),
        ("Al\u3164ice", "invisible character"),
        ("\u3164", "invisible character"),
        ("\u2800", "invisible character"),
        ("!?", "no letter and no digit"),
        ("🚪", "no letter and no digit"),
        ("\u0301", "no letter and no digit"),
    ],
)
def test_what_is_no_name_is_refused_with_the_reason(name, says):
    with pytest.raises(BadName, match=says) as refused:
        normalise(name)
    assert isinstance(refused.value, InputError)
    assert refused.value.exit_code == 2
    assert str(refused.value).isprintable()


def test_a_name_that_would_be_slow_to_normalise_is_refused_at_once():
    started = time.monotonic()
    with pytest.raises(BadName, match="too long"):
        normalise("a" + "\u0301\u0316" * 40_000)
    assert time.monotonic() - started < 1


@given(any_text)
def test_any_text_is_a_name_or_refused(text):
    try:
        name = normalise(text)
    except BadName:
        return
    assert normalise(name.display) == name
    assert 0 < len(name.display) <= LONGEST
    assert not {unicodedata.category(character) for character in name.display} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert name.display == name.display.strip()
    assert "  " not in name.display
    assert name.key
    name.key.encode()


@given(plain_names, st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_unicode_forms_and_case_folding_keep_the_key(text, form):
    try:
        name = normalise(text)
        twins = [normalise(unicodedata.normalize(form, text)), normalise(text.casefold())]
    except BadName:
        return
    assert [twin.key for twin in twins] == [name.key, name.key]
