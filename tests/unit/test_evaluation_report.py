# SPDX-License-Identifier: Apache-2.0
"""A whole evaluation of made-up people: as JSON, as a table, as a page, and as the model card."""

import json
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from support_people import Crowd, crowd, unit

from daemon.config import load
from daemon.errors import InputError
from daemon.evaluation import Plan, evaluate, open_set_rows, page, random_pairs, table

MODELS = Path(__file__).parents[2] / "models"
SETTINGS = load().settings
ABOUT = {
    "at": "2026-11-22T00:00:00.000Z", "whod": "0.1.0", "runtime": "ai_edge_litert 2.3.0", "machine": "x86_64",
    "people": 120, "pictures": 480,
    "models": {
        name: {
            kind: {"id": f"{kind}-1", "precision": name, "sha256": "0123456789abcdef" * 4}
            for kind in ("detector", "embedder")
        }
        for name in ("int8", "float")
    },
}  # fmt: skip


def measured(people, embeddings, chains=("int8", "float"), **wanted):
    """An evaluation, and what `--json` gives of it."""
    crowds = {name: Crowd(embeddings) for name in chains}
    evaluation = evaluate(Plan(people, **wanted), crowds, SETTINGS, crowds[chains[0]].picture)
    about = {**ABOUT, "models": {name: ABOUT["models"][name] for name in chains}}
    return evaluation, evaluation.as_json() | {"about": about}


@pytest.fixture(scope="module")
def whole():
    people, embeddings = crowd(people=120, pictures=4, noise=0.9)
    embeddings["alice-0/0"] = None
    wanted = {"pairs": random_pairs(people), "open_set": True, "detection": True, "nobody": ["alice-0/0"]}
    return measured(people, embeddings, **wanted)


@pytest.fixture(scope="module")
def text(whole):
    return page(*whole)


@pytest.fixture(scope="module")
def card():
    sys.path.insert(0, str(MODELS))
    try:
        import card  # noqa: PLC0415
    finally:
        sys.path.remove(str(MODELS))
    return card


class Outline(HTMLParser):
    """What a browser would load, run and show."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.depth, self.words = [], [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag != "meta":
            self.depth.append(tag)

    def handle_endtag(self, tag):
        assert self.depth.pop() == tag

    def handle_data(self, data):
        self.words += data


class TestEvaluation:
    def test_the_other_chain_stands_under_its_name(self, whole):
        _, report = whole
        measures = report.keys() - {"float", "agreement", "about", "likeness"}
        assert measures >= {"accuracy", "faces", "recall_by_width_px", "false_faces", "comparisons", "open_set"}
        assert report["float"].keys() == measures
        assert report["missed_pictures"] == ["alice-0/0"]
        assert report["agreement"]["same_crops"]["mean"] == 1
        assert json.loads(json.dumps(report, allow_nan=False)) == report

    def test_only_what_is_wanted_is_measured(self):
        people, embeddings = crowd(people=12, pictures=3, noise=0.3)
        _, report = measured(people, embeddings, chains=("int8",), open_set=True)
        assert report.keys() == {"comparisons", "open_set", "open_set_curves", "likeness", "about"}

    def test_what_the_pictures_do_not_allow_is_left_out_with_the_reason(self):
        people, embeddings = crowd(people=2, pictures=2, noise=0.3)
        evaluation, report = measured(people, embeddings, chains=("int8",), open_set=True)
        assert "open_set" not in report
        assert report["comparisons"]["same"] == 2
        assert "three people" in report["left_out"]["open_set"]
        assert "three people" in page(evaluation, report)

    def test_nothing_at_all_is_an_error(self):
        people, embeddings = crowd(people=1, pictures=1)
        with pytest.raises(InputError, match=r"two people.*three people"):
            measured(people, embeddings, open_set=True)

    def test_pictures_that_cannot_be_read_are_missed(self):
        people, embeddings = crowd(people=12, pictures=3, noise=0.3)
        people["alice-1"][2] = "unreadable"
        _, report = measured(people, embeddings, chains=("int8",), pairs=random_pairs(people), open_set=True)
        assert set(report["missed_pictures"]) <= {"unreadable"}
        assert report["comparisons"]["fnmr"] > 0

    def test_each_picture_is_read_once(self):
        people, embeddings = crowd(people=12, pictures=3, noise=0.3)
        one, read, steps = Crowd(embeddings), [], []
        plan = Plan(people, pairs=random_pairs(people), open_set=True, detection=True)
        evaluate(plan, {"int8": one}, SETTINGS, lambda p: read.append(p) or one.picture(p), lambda: steps.append(1))
        assert sorted(read) == sorted(embeddings)
        assert len(steps) - 1 == len(plan.pictures) == len(read)


class TestCurves:
    def test_of_the_smallest_the_middle_and_the_largest_gallery(self, whole):
        curves = whole[1]["open_set_curves"]
        assert [(one["people"], one["samples"]) for one in curves] == [(3, 3), (20, 3), (100, 3)]
        for one in curves:
            rates, missed = zip(*one["det"], strict=True)
            assert list(rates) == sorted(rates)
            assert list(missed) == sorted(missed, reverse=True)
            assert 1 / 117 <= rates[0] <= rates[-1] == 0.1

    def test_the_scores_are_those_of_all_searches(self, whole):
        for one in whole[1]["open_set_curves"]:
            edges = [one["score_from"] + i * one["score_step"] for i in range(len(one["residents"]) + 1)]
            assert edges[-1] == pytest.approx(1)
            assert sum(one["residents"]) <= 1 + 1e-4
            searched = next(
                r for r in whole[1]["open_set"] if (r["people"], r["samples"]) == (one["people"], one["samples"])
            )
            above = sum(part for part, left in zip(one["residents"], edges, strict=False) if left > 0.559)
            missed = searched["shipped"]["fnir"]
            assert above <= 1 - missed <= above + one["residents"][18] + 1e-4


class TestLikeness:
    def test_wrong_labels_are_found(self):
        people, embeddings = crowd(people=60, pictures=4, noise=0.5)
        people["alice-3"][1], people["alice-7"][2] = people["alice-7"][2], people["alice-3"][1]
        people["alice-9"], people["alice-again"] = people["alice-9"][:2], people["alice-9"][2:]
        evaluation, report = measured(people, embeddings, chains=("int8",), open_set=True)
        found = report["likeness"]
        assert (found["people"], found["pictures"], found["tested"], found["odd"]) == (61, 240, 240, 2)
        assert found["inseparable"] == [[10, 61]]
        assert found["matrix"] == []
        assert found["pairs"][0][:2] == [10, 61]
        similarities = [similarity for *_, similarity in found["pairs"]]
        assert similarities == sorted(similarities, reverse=True)
        words = Outline(page(evaluation, report)).words
        assert "10 and 61" in words
        assert (
            "be told apart: 1 of 61 people. Pictures that are unlike the others of their person: 2 of 240." in words
        )

    def test_of_a_few_people_everyone_is_in_the_matrix(self):
        people, embeddings = crowd(people=12, pictures=3)
        embeddings["alice-4/0"] = None
        evaluation, report = measured(people, embeddings, chains=("int8",), open_set=True)
        likeness = evaluation.measures["int8"].likeness
        assert likeness.numbers == list(range(1, 13))
        assert [len(row) for row in report["likeness"]["matrix"]] == [12] * 12
        assert (report["likeness"]["pictures"], report["likeness"]["missed"]) == (35, 0)

    def test_only_up_to_ten_pictures_of_a_person_count(self):
        people, embeddings = crowd(people=3, pictures=14)
        _, report = measured(people, embeddings, chains=("int8",), open_set=True)
        assert report["likeness"]["pictures"] == 30


class TestTable:
    def test_each_figure_of_both_with_what_is_wanted(self, whole):
        rows = {row.what: row for row in table(whole[1])}
        verified = rows["verification, 1,320 pairs in 10 folds"]
        assert verified.wanted == "≥ 98.9 %"
        assert verified.values[0] == verified.values[1]
        missed = rows["faces of 85 px found, 119 frames of 640 x 480"]
        assert missed.met == (False, False)
        assert missed.values[0].startswith("0.00 % (0.00 to ")
        assert rows["cosine of int8 to float, same crops"].met == (True, None)
        assert rows["faces seen in 1 pictures without people"].values == ("0", "0")

    def test_a_figure_that_one_lacks_is_a_dash(self, whole):
        report = {**whole[1], "float": {}}
        assert all(row.values[1] in ("-", "") for row in table(report))

    def test_the_open_set_has_a_row_for_each_gallery(self, whole):
        rows = open_set_rows(whole[1], "int8")
        assert len(rows) == len(whole[1]["open_set"])
        assert {row[:2] for row in rows} == {(str(n), str(k)) for n in (3, 10, 20, 50, 100) for k in (1, 3)}


class TestPage:
    def test_it_is_well_formed_and_complete(self, text):
        outline = Outline(text)
        assert outline.depth == []
        assert outline.tags.count("figure") == 9
        drawings = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
        assert len(drawings) > 6
        for drawing in drawings:
            root = ET.fromstring(drawing)
            assert all(value.strip() not in ("", "nan") for e in root.iter() for value in e.attrib.values())
            numbers = " ".join(e.get("points", "") + e.get("d", "") for e in root.iter())
            assert "nan" not in numbers
            assert "inf" not in numbers

    def test_it_needs_nothing_from_elsewhere(self, text):
        outline = Outline(text)
        assert not {"script", "link", "img", "iframe", "object", "use", "image"} & set(outline.tags)
        assert not {"src", "href", "xlink:href", "action", "srcset"} & {name for name, _ in outline.attributes}
        assert not [name for name, _ in outline.attributes if name.startswith("on")]
        assert not re.search(r"https?:|//|url\(|@import", text)

    def test_nobody_is_named(self, text):
        assert "alice" not in text

    def test_it_says_what_was_measured(self, text):
        words = Outline(text).words
        for fact in ("480 pictures of 120 people", "2026-11-22", "detector-1", "0123456789abcdef…", "≥ 98.9 %"):
            assert fact in words

    def test_names_of_models_are_text(self, whole):
        evaluation, report = whole
        models = {"int8": {**ABOUT["models"]["int8"], "detector": {"id": "<b>&", "precision": "int8", "sha256": "0"}}}
        strange = {**report, "about": {**ABOUT, "models": {**models, "float": ABOUT["models"]["float"]}}}
        assert "&lt;b&gt;&amp;" in page(evaluation, strange)

    def test_a_small_evaluation_has_a_page_too(self):
        people, embeddings = crowd(people=2, pictures=1)
        outline = Outline(page(*measured(people, embeddings, chains=("int8",), detection=True)))
        assert outline.tags.count("figure") == 1


class TestCard:
    def test_the_card_says_what_was_measured(self, card):
        text = card.CARD.read_text(encoding="utf-8")
        report = json.loads(card.FIGURES.read_text(encoding="utf-8"))
        assert text == card.with_section(text, card.section(report))

    def test_the_figures_that_are_kept_name_nobody(self, card, whole):
        kept = card.FIGURES.read_text(encoding="utf-8")
        assert "missed_pictures" not in kept
        assert not re.search(r"\.(jpe?g|png|webp)|/", kept)
        assert "alice" in json.dumps(whole[1])
        assert "alice" not in json.dumps(card.without_names(whole[1]))

    def test_a_new_measurement_changes_what_is_made_alone(self, card, whole):
        text = card.CARD.read_text(encoding="utf-8")
        changed = card.with_section(text, card.section(whole[1]))
        assert "480 pictures of 120 people" in changed
        assert changed.split(card.BEGIN)[0] == text.split(card.BEGIN)[0]
        assert changed.split(card.END)[1] == text.split(card.END)[1]


def test_a_chain_that_sees_otherwise_has_other_figures():
    people, embeddings = crowd(people=30, pictures=3, noise=0.2)
    mixed = {path: unit(*([1.0] * 64)) for path in embeddings}
    evaluation = evaluate(
        Plan(people, open_set=True),
        {"int8": Crowd(embeddings), "float": Crowd(mixed)},
        SETTINGS,
        Crowd(embeddings).picture,
    )
    report = evaluation.as_json()
    assert report["comparisons"]["fmr"] == 0
    assert report["float"]["comparisons"]["fmr"] == 1
    assert report["agreement"]["own_detections"]["mean"] < 0.5
