# SPDX-License-Identifier: Apache-2.0
"""`whod evaluate` as a user runs it."""

import json
import shutil

import numpy as np
import pytest
from skimage.data import brick
from skimage.io import imread, imsave
from support_daemon import BARACK, EILEEN, JOE, ROOT, whod

from daemon.vision import encode_jpeg, load_manifest, models_folder

LFW = ROOT.parent / "shared" / "faces" / "lfw"


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    """Three people with two pictures, and one who is as like one of them as can be."""
    folder = tmp_path_factory.mktemp("people")
    for name, picture in {"Eileen": EILEEN, "Barack": BARACK, "Joe": JOE}.items():
        (folder / name).mkdir()
        (folder / name / "1.jpg").symlink_to(picture)
        pixels = imread(picture)[:, ::-1]
        (folder / name / "2.jpg").write_bytes(encode_jpeg((pixels * 0.8).astype(np.uint8)))
    (folder / "Twin").mkdir()
    (folder / "Twin" / "1.jpg").symlink_to(JOE)
    return folder


@pytest.fixture
def pairs(tmp_path):
    path = tmp_path / "pairs.tsv"
    rows = ["fold\tsame\ta\tb"]
    for fold in range(2):
        rows += [f"{fold}\t1\t{name}/1.jpg\t{name}/2.jpg" for name in ("Eileen", "Barack", "Joe")]
        rows += [f"{fold}\t0\tEileen/1.jpg\tJoe/1.jpg", f"{fold}\t0\tBarack/1.jpg\tJoe/2.jpg"]
    path.write_text("\n".join(rows) + "\n")
    return path


@pytest.fixture
def nobody(tmp_path):
    (tmp_path / "nobody").mkdir()
    imsave(tmp_path / "nobody" / "wall.png", np.dstack([brick()] * 3))
    return tmp_path / "nobody"


def evaluated(*arguments):
    done = whod("evaluate", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def refused(*arguments):
    """The sentence with which it ends, and that it is one."""
    done = whod("evaluate", *arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    *before, last = done.stderr.splitlines()
    assert all(line.startswith("whod: ") for line in (*before, last))
    return last


def test_pairs(people, pairs):
    report = evaluated(people, "--pairs", pairs)
    assert report["accuracy"] == 1
    assert (report["pictures"], report["missed"], report["pairs"]) == (6, 0, 10)
    assert "faces" not in report
    assert "100.00 ± 0.00 %" in whod("evaluate", people, "--pairs", pairs).stdout


def test_widths(people):
    report = evaluated(people)
    assert report["faces"] == 4
    assert report["recall_by_width_px"]["85"] == 1
    assert report["about"]["people"] == report["about"]["pictures"] == 4
    assert "accuracy" not in report


def test_open_set(people):
    report = evaluated(people, "--open-set")
    (searched,) = report["open_set"]
    assert (searched["people"], searched["samples"]) == (3, 1)
    assert searched["shipped"]["fnir"] == 0
    assert searched["shipped"]["fpir"] == 1  # the twin
    assert report["comparisons"]["fmr"] == pytest.approx(1 / 6)


def test_faces_of_nobody(people, nobody):
    report = evaluated(people, "--nobody", nobody)
    assert report["false_faces"]["pictures_without_people"] == 1
    assert report["false_faces"]["seen_in_those"] == 0
    assert report["faces"] == 4


def test_a_report_is_all_of_it(people, nobody, tmp_path):
    report = evaluated(people, "--report", tmp_path / "report.html", "--nobody", nobody)
    assert report.keys() >= {"accuracy", "comparisons", "open_set", "faces", "false_faces", "about"}
    page = (tmp_path / "report.html").read_text()
    assert page.startswith("<!DOCTYPE html>")
    for private in ("Eileen", "Barack", "Joe", "Twin", str(people), str(ROOT)):
        assert private not in page
    assert page.count("<figure>") == 7


def test_a_picture_that_cannot_be_read_is_missed_and_told(people, pairs, tmp_path):
    folder = tmp_path / "people"
    shutil.copytree(people, folder)
    (folder / "Joe" / "2.jpg").write_bytes(b"no picture")
    done = whod("evaluate", folder, "--pairs", pairs, "--json")
    assert json.loads(done.stdout)["missed_pictures"] == ["Joe/2.jpg"]
    assert done.stderr.count("\n") == 1
    assert "Joe/2.jpg" in done.stderr


class TestRefused:
    def test_no_folder(self, tmp_path):
        assert "no file or folder" in refused(tmp_path / "nowhere")

    def test_an_empty_folder(self, tmp_path):
        assert "no picture of a face" in refused(tmp_path)
        assert "needs three people" in refused(tmp_path, "--open-set")

    def test_pictures_without_faces(self, nobody):
        assert "no picture of a face" in refused(nobody)

    def test_too_few_people_for_galleries(self, tmp_path):
        (tmp_path / "Joe").mkdir()
        (tmp_path / "Joe" / "1.jpg").symlink_to(JOE)
        assert "needs the faces of two people" in (sentence := refused(tmp_path, "--open-set"))
        assert "needs three people" in sentence

    def test_wrong_pairs(self, people, pairs):
        pairs.write_text("fold\tsame\ta\tb\n0\tmaybe\ta\tb\n")
        assert "line 2" in refused(people, "--pairs", pairs)
        pairs.write_text("fold\tsame\ta\tb\n0\t1\tJoe/1.jpg\tJoe/2.jpg\n")
        assert "two or more folds" in refused(people, "--pairs", pairs)
        assert "no file" in refused(people, "--pairs", pairs.with_name("nowhere"))

    def test_a_folder_of_nobody_without_pictures(self, people, tmp_path):
        (tmp_path / "empty").mkdir()
        assert "no picture in" in refused(people, "--nobody", tmp_path / "empty")

    def test_a_report_that_cannot_be_written(self, people, tmp_path):
        assert "no file or folder" in refused(people, "--report", tmp_path / "nowhere" / "report.html")
        assert "cannot be written" in refused(people, "--report", tmp_path)

    def test_a_report_does_not_replace_what_is_none(self, people, tmp_path):
        (tmp_path / "joe.jpg").write_bytes(b"a picture")
        assert "no .html file" in refused(people, "--report", tmp_path / "joe.jpg")
        assert (tmp_path / "joe.jpg").read_bytes() == b"a picture"


def test_what_is_too_little_is_left_out_of_a_report(tmp_path):
    (tmp_path / "people" / "Joe").mkdir(parents=True)
    (tmp_path / "people" / "Joe" / "1.jpg").symlink_to(JOE)
    done = whod("evaluate", tmp_path / "people", "--report", tmp_path / "report.html", "--json")
    assert done.returncode == 0
    report = json.loads(done.stdout)
    assert report.keys() >= {"faces", "left_out"}
    assert report["left_out"].keys() >= {"verification", "comparisons", "open_set"}
    told = [line for line in done.stderr.splitlines() if line.startswith("whod: Left out: ")]
    assert len(told) == len(set(report["left_out"].values())) == done.stderr.count("\n")


def test_int8_against_float(people):
    manifest = load_manifest(models_folder())
    if not {"float"} <= manifest.detector.files.keys() & manifest.embedder.files.keys():
        pytest.skip("no float files in models/")
    report = evaluated(people, "--open-set", "--compare")
    assert report["float"].keys() == {"comparisons", "open_set", "open_set_curves"}
    assert report["agreement"]["same_crops"]["mean"] > 0.99
    swapped = json.loads(
        whod("--set", "detector.precision=float", "--set", "embedder.precision=float",
             "evaluate", people, "--open-set", "--compare", "--json").stdout
    )  # fmt: skip
    assert swapped["comparisons"] == report["float"]["comparisons"]
    assert swapped["int8"]["comparisons"] == report["comparisons"]


def test_precisions_that_are_mixed_are_not_compared(people):
    done = whod("--set", "embedder.precision=float", "evaluate", people, "--compare")
    assert done.returncode in (1, 2)  # 1 where there is no float file
    assert done.stderr.startswith("whod: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
def test_strangers_of_a_real_collection(tmp_path):
    if not LFW.is_dir():
        pytest.skip("no ../shared/faces/lfw")
    for number, person in enumerate(sorted(LFW.iterdir())):
        if number % 20 == 0 or len(list(person.iterdir())) in (6, 7):
            (tmp_path / "people").mkdir(exist_ok=True)
            (tmp_path / "people" / person.name).symlink_to(person)
    report = evaluated(tmp_path / "people", "--report", tmp_path / "report.html")
    assert report["accuracy"] > 0.97
    assert report["missed_rate"] < 0.01
    assert report["comparisons"]["fmr"] < 0.001
    assert report["recall_by_width_px"]["85"] > 0.97
    twenty = next(r for r in report["open_set"] if (r["people"], r["samples"]) == (20, 3))
    assert twenty["shipped"]["fnir"] < 0.06
    assert twenty["shipped"]["fpir"] < 0.01
    page = (tmp_path / "report.html").read_text()
    assert not [person.name for person in (tmp_path / "people").iterdir() if person.name in page]
