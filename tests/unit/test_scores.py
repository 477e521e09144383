# SPDX-License-Identifier: Apache-2.0
"""What each threshold would mean for a gallery, and that it is found anew only when something changed."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from test_alike import SETTINGS, picture, pictures

from daemon.errors import NoSuchPerson
from daemon.gallery import leave_one_out
from daemon.types import AlikeReport, Closeness


@pytest.fixture
def gallery_settings():
    return SETTINGS


@pytest.fixture
def full(gallery):
    """Four people with three pictures, one with one."""
    for number, name in enumerate(("Alice", "Bob", "Carol", "Dan")):
        gallery.enrol(name, pictures(number, 3), "cli")
    gallery.enrol("Eve", pictures(9, 1), "cli")
    return gallery


def test_each_sample_counts_once_on_each_side(full):
    scores = full.alike().scores
    assert (scores.samples, scores.looked) == (13, 13)
    assert sum(scores.same) + scores.same_never == 12
    assert sum(scores.different) + scores.different_never == 13


@pytest.mark.parametrize("threshold", [0.1, 0.3, 0.55, 0.7, 0.9])
def test_a_threshold_means_what_the_gallery_then_does(full, threshold):
    """Named at the threshold is what leave-one-out at that threshold names."""
    state, settings = full._state, replace(SETTINGS, threshold=threshold)
    near = leave_one_out.nearest_people(state.index)
    found = leave_one_out.leave_one_out(state.index, {}, near, threshold, settings.margin)
    full.judge_by(settings)
    now = full.alike().scores.now
    tested = np.isfinite(found.own)
    assert now.threshold == threshold
    assert now.missed == pytest.approx(1 - np.mean(found.named[tested] == found.places[tested]))
    assert now.named == pytest.approx(np.mean(found.foreign >= threshold))


def test_the_bars_agree_with_the_threshold(full):
    full.judge_by(replace(SETTINGS, threshold=0.7))
    scores = full.alike().scores
    above = sum(scores.same[35:])
    assert scores.now.missed == pytest.approx(1 - above / 12, abs=1.5 / 12)


def test_thresholds_to_choose_from(full):
    now, choices = full.alike().scores.now, full.alike().scores.choices
    assert [choice.rate for choice in choices] == [0.01, 0.001, 0.0003]
    assert sorted(choice.threshold for choice in choices) == [choice.threshold for choice in choices]
    assert now.rate == pytest.approx(0.000411, rel=0.01)
    for choice in choices:
        assert full.alike(choice.rate).advice.threshold == choice.threshold
    full.judge_by(replace(SETTINGS, threshold=0.9))
    assert full.alike().scores.now.rate is None


def test_somebody_alone(gallery):
    assert gallery.alike().scores is None
    gallery.enrol("Alice", pictures(1, 1), "cli")
    scores = gallery.alike().scores
    assert (scores.now.missed, scores.now.named) == (None, None)
    assert sum(scores.same) + scores.same_never + sum(scores.different) + scores.different_never == 0


def test_of_many_samples_it_says_how_many_were_looked_for(full, monkeypatch):
    monkeypatch.setattr(leave_one_out, "_MOST_WORK", 60)
    scores = full.alike().scores
    assert scores.samples == 13
    assert scores.looked == 4


def test_it_is_found_once_until_something_changes(full, monkeypatch):
    calls = []
    load = full._store.load
    monkeypatch.setattr(full._store, "load", lambda: calls.append(1) or load())
    first = full.alike()
    assert full.alike() is first
    assert full.alike(0.01).people == first.people
    assert len(calls) == 1
    full.enrol("Frank", pictures(7, 2), "cli")
    assert "Frank" in [standing.person.name for standing in full.alike().people]
    full.rename("Frank", "Francis")
    assert "Francis" in [standing.person.name for standing in full.alike().people]
    before = full.alike().scores.now.threshold
    full.judge_by(replace(SETTINGS, threshold=0.6))
    assert full.alike().scores.now.threshold == 0.6 != before


def test_it_survives_json(full):
    report = full.alike()
    again = AlikeReport.from_json(json.loads(json.dumps(report.as_json())))
    assert again.scores.same == report.scores.same
    assert again.as_json() == report.as_json()
    near = full.closeness("Alice", 3)
    assert Closeness.from_json(json.loads(json.dumps(near.as_json()))).people == near.people


class TestCloseness:
    def test_those_who_are_most_like_somebody(self, full):
        report = full.alike()
        names = [standing.person.name for standing in report.people]
        near = full.closeness("Carol", 3)
        row = dict(zip(names, report.matrix[names.index("Carol")], strict=True))
        expected = sorted((name for name in names if name != "Carol"), key=lambda name: -row[name])[:3]
        assert [person.name for person in near.people] == ["Carol", *expected]
        assert near.matrix[0][1:] == pytest.approx([row[name] for name in expected], abs=1e-6)
        assert np.allclose(near.matrix, np.transpose(near.matrix))

    def test_of_everybody(self, full):
        assert len(full.closeness("Alice", 40).people) == 5

    def test_without_a_sample_nobody_is_like_them(self, full):
        full.create("Zoe")
        assert [person.name for person in full.closeness("Zoe", 3).people] == ["Zoe"]

    def test_nobody_of_that_name(self, full):
        with pytest.raises(NoSuchPerson):
            full.closeness("Nobody", 3)


def test_a_copy_of_a_picture_is_named_at_any_threshold(gallery):
    twin = picture(1, 0)
    gallery.enrol("Alice", [twin, picture(1, 1)], "cli", force=True)
    gallery.enrol("Bob", pictures(2, 2), "cli")
    scores = gallery.alike().scores
    assert sum(scores.same) == 4
    assert scores.now.missed == 0
