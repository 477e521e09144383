# SPDX-License-Identifier: Apache-2.0
"""People who have no samples yet."""

import pytest
from support_gallery import embedding, seen

from daemon.errors import BadName, NameTaken
from daemon.types import SampleKind


def test_they_are_there_and_known_by_sight_when_they_have_samples(open_gallery):
    gallery = open_gallery()
    ann = gallery.create("Ann", familiar=True)
    gallery.enrol("Bo", [seen(2)], "test")
    assert [(one.name, one.samples, one.familiar) for one in gallery.people()] == [("Ann", 0, True), ("Bo", 1, False)]
    assert gallery.identify(embedding(1)).person is None
    gallery.add_samples("Ann", SampleKind.POSITIVE, [seen(1)], "test")
    assert gallery.identify(embedding(1)).person == ann
    assert open_gallery().identify(embedding(1)).person == ann


def test_nothing_goes_wrong_with_them(open_gallery):
    gallery = open_gallery()
    for name in ("Ann", "Cy"):
        gallery.create(name)
    assert gallery.identify(embedding(1)).reason == "empty_gallery"
    gallery.enrol("Bo", [seen(2), seen(2, 0.4)], "test", force=True)
    assert gallery.alike().people
    gallery.create_group("All", ["Ann", "Bo"])
    assert [match.person.name for match in gallery.candidates(embedding(1), 5, gallery.members(["All"]))] == ["Bo"]
    gallery.add_samples("Ann", SampleKind.NEGATIVE, [seen(1)], "test")
    gallery.rename("Ann", "Anna")
    gallery.merge("Cy", "Anna")
    gallery.merge("Anna", "Bo")
    assert [(one.name, one.samples, one.negatives) for one in open_gallery().people()] == [("Bo", 2, 1)]
    gallery.create("Ann")
    gallery.forget("Ann")
    assert [one.name for one in gallery.people()] == ["Bo"]


def test_a_name_is_one_persons(open_gallery):
    gallery = open_gallery()
    gallery.create("Zo\u00eb")
    with pytest.raises(NameTaken, match='"Zo\u00eb" is enrolled already'):
        gallery.create("ZOE\u0308")
    with pytest.raises(BadName):
        gallery.create(" ")
