# SPDX-License-Identifier: Apache-2.0
"""A backup of each format that a release has written is restored, for ever: the files in `fixtures` never change.

They hold made-up vectors of no face: what `test_archive.populate` enrols.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from support_backups import JPEG, Home
from support_gallery import embedding, names

from daemon.backup import format as fmt

FIXTURES = Path(__file__).parent / "fixtures"
DIGESTS = {
    "format-1.zip": "2ab1b94e99d6dde88a4a31db6f46c0710502fff6d5ceccd935f7581dcb57b977",
    "format-1.zip.age": "a09af6ea391e41ef8dc6c73c24c353af5b17c83f8df327e423a9b8a9f743295f",
}


def test_there_is_one_of_each_format():
    assert {f"format-{number}.zip" for number in range(1, fmt.FORMAT + 1)} <= set(DIGESTS)
    assert {path.name for path in FIXTURES.iterdir()} == set(DIGESTS)


@pytest.mark.parametrize("name", DIGESTS)
def test_it_is_restored(tmp_path, name):
    data = (FIXTURES / name).read_bytes()
    assert hashlib.sha256(data).hexdigest() == DIGESTS[name], "it must never change"
    with Home(tmp_path) as home:
        report = home.restore(data, passphrase="sesame" if name.endswith(".age") else None)
        gallery = home.gallery
        assert (report.people, report.groups, report.samples, report.pictures) == (2, 2, 8, 2)
        assert names(gallery) == ["Bob", "Zoë"]
        assert gallery.find("Bob").familiar
        assert [sample.kind for sample in gallery.samples("Bob")] == ["positive", "negative"]
        assert len(gallery.samples("Zoë")) == 6
        assert gallery.picture("Zoë", gallery.samples("Zoë")[0].id) == JPEG
        groups = {group.name: [person.name for person in group.people] for group in gallery.groups()}
        assert groups == {"Family": ["Bob", "Zoë"], "Nobody": []}
        assert gallery.identify(embedding(1)).person.name == "Zoë"
        assert gallery.identify(embedding(2)).person.name == "Bob"
