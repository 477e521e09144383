# SPDX-License-Identifier: Apache-2.0
"""Visits in galleries of growing size, on embeddings whose truth is known; and the demo's faces, made into visits."""

from dataclasses import replace

import pytest
from support_daemon import EILEEN, JOE
from support_people import crowd

from daemon.config import load
from daemon.errors import InputError
from daemon.evaluation.visit_rates import evaluate_visits
from daemon.evaluation.visitors import Look, Visitors
from daemon.types import Photo
from daemon.vision import MIN_QUALITY, Vision, decode, models_folder

SETTINGS = load().settings


def made_up(people=30, pictures=10, noise=0.3, looks=10):
    """People, their embeddings, and a visit of so many looks at the last picture of each."""
    paths, embeddings = crowd(people, pictures, noise)
    lasts = [own[-1] for own in paths.values()]
    visits = {path: [Look(i / 5, 0.9, embeddings[path]) for i in range(looks)] for path in lasts}
    return paths, embeddings, visits


def test_people_who_are_far_apart_are_all_named_and_nobody_else():
    people, embeddings, visits = made_up()
    reports = evaluate_visits(people, embeddings, visits, SETTINGS)
    assert [report.people for report in reports] == [5, 20]
    for report in reports:
        assert report.resident_visits == 5 * report.people
        assert report.stranger_visits == 5 * (30 - report.people)
        assert (report.residents.named, report.residents.others, report.strangers.named) == (1, 0, 0)
        assert report.strangers.bounds.high > 0.1  # so few strangers say little
        assert report.at_fpir is None  # no rate of 1 in 1000 with 25 strangers
        assert report.as_json()["five_pictures_named"] is None


def test_with_enough_strangers_the_rate_is_told_and_five_pictures_too():
    people, embeddings, visits = made_up(people=1010, noise=0.9, looks=4)
    people = {name: own if number < 10 else own[-1:] for number, (name, own) in enumerate(people.items())}
    (report,) = evaluate_visits(people, embeddings, visits, SETTINGS)
    assert report.at_fpir.fpir <= 1e-3
    assert report.five >= 1 - report.at_fpir.fnir


def test_a_stranger_who_looks_like_a_resident_is_named():
    people, embeddings, visits = made_up(people=6, pictures=4, noise=0.05)
    twin = people["alice-5"]
    people["alice-5"] = twin[-1:]
    visits[twin[-1]] = visits[people["alice-0"][-1]]
    (report,) = evaluate_visits(people, embeddings, visits, SETTINGS)
    assert report.strangers.named == 1


def test_one_lucky_look_of_a_stranger_names_nobody():
    """The daemon's stopping rule decides, not the best look."""
    people, embeddings, visits = made_up(people=6, pictures=4, noise=0.05)
    twin = people["alice-5"]
    people["alice-5"] = twin[-1:]
    lucky = visits[people["alice-0"][-1]][0]
    visits[twin[-1]] = [lucky, *visits[twin[-1]][1:]]
    (report,) = evaluate_visits(people, embeddings, visits, SETTINGS)
    assert report.strangers.named == 0


def test_a_visit_without_a_usable_look_is_not_named():
    people, embeddings, visits = made_up(people=8, pictures=4)
    (report,) = evaluate_visits(people, embeddings, {path: [] for path in visits}, SETTINGS)
    assert (report.residents.named, report.strangers.named) == (0, 0)


def test_the_settings_decide():
    people, embeddings, visits = made_up(people=8, pictures=4)
    patient = replace(SETTINGS, tracking=replace(SETTINGS.tracking, min_votes=11))
    (report,) = evaluate_visits(people, embeddings, visits, patient)
    assert report.residents.named == 0


def test_too_few_people_are_told():
    with pytest.raises(InputError, match="five people with four pictures"):
        evaluate_visits(*made_up(people=5, pictures=4), SETTINGS)


def test_a_visit_is_looked_at_through_the_whole_chain():
    vision = Vision.load(models_folder(), SETTINGS)
    visitors = Visitors(vision, SETTINGS.detector.min_face_px, MIN_QUALITY)
    for path in (EILEEN, JOE):
        visitors.look(path.name, decode(Photo(path.name, path.read_bytes())))
    visitors.look("nothing", None)
    assert visitors.looks["nothing"] == []
    one, other = (visitors.looks[path.name] for path in (EILEEN, JOE))
    assert 5 <= len(one) <= 10
    assert one[-1].after_s <= 1.8 + 1e-9
    assert min(look.embedding.similarity(one[-1].embedding) for look in one[-3:]) > 0.5
    assert one[-1].embedding.similarity(other[-1].embedding) < 0.4


def test_a_blank_picture_makes_no_visit():
    visitors = Visitors(Vision.load(models_folder(), SETTINGS), 32, MIN_QUALITY)
    grey = decode(Photo(EILEEN.name, EILEEN.read_bytes())) * 0 + 128
    visitors.look("grey", grey)
    assert visitors.looks == {"grey": []}
