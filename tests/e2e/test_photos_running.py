# SPDX-License-Identifier: Apache-2.0
"""A daemon that runs is asked about pictures: over its socket, and by the commands."""

import json
import re

import numpy as np
import pytest
from skimage.io import imsave
from support_daemon import BARACK, EILEEN, JOE

from daemon.camera.pictures import read_picture
from daemon.client import RemotePeople
from daemon.client.connection import exchange
from daemon.client.form import Form
from daemon.errors import NoSuchRegion
from daemon.types import Among, Photo
from daemon.vision import encode_jpeg


@pytest.fixture
def running(daemon, tmp_path):
    daemon.start(f"camera.source=folder:{tmp_path / 'nothing'}")
    return daemon


@pytest.fixture
def two(tmp_path):
    """A picture of Barack, at the left, and of Joe."""
    portraits = [read_picture(path)[:388] for path in (BARACK, JOE)]
    imsave(tmp_path / "two.png", np.hstack(portraits), check_contrast=False)
    return tmp_path / "two.png"


def photo(path):
    return Photo(path.name, path.read_bytes())


def post(daemon, place, *photos):
    status, answer = exchange(daemon.state / "whod.sock", "POST", f"/api/v1{place}", Form.of({}, photos))
    assert status == 200, answer
    return json.loads(answer)


def test_embeddings_are_those_of_the_command(running):
    (line,) = running.whod("embed", EILEEN, "--jsonl").stdout.splitlines()
    alone = {key: value for key, value in json.loads(line).items() if key not in ("path", "error")}
    assert post(running, "/embed", photo(EILEEN)) == alone
    several = post(running, "/embed", photo(EILEEN), Photo("x.jpg", b"x"), photo(JOE))["results"]
    assert several[0] == {"image": EILEEN.name, **alone, "error": None}
    assert (several[1]["faces"], several[1]["error"]["type"]) == ([], "/problems/photo-error")


def test_faces_of_one_picture_are_labelled_and_then_known_by_their_embeddings(running, two):
    api = RemotePeople(running.state / "whod.sock")
    (found,) = api.photos.detect([photo(two)])
    left, right = sorted(found.faces, key=lambda region: region.detection.box.x)
    assert api.photos.label(left.id, "Barack").person.name == "Barack"
    assert running.whod("enrol", "Joe", two, "--at", *map(round_, right.detection.box.centre)).returncode == 0
    embedded = post(running, "/embed", photo(BARACK))
    vectors = [face["embedding"] for face in embedded["faces"]]
    (who,) = api.photos.identify_embeddings(embedded["model_id"], vectors)
    assert who.person.name == "Barack"
    (told,) = api.photos.identify([photo(two)], Among(k=1, person="Joe"))
    assert sorted((f.identification.reason, f.identification.candidates[0].person.name) for f in told.faces) == [
        ("accepted", "Joe"),
        ("other_person", "Joe"),
    ]
    running.end()
    running.start()
    with pytest.raises(NoSuchRegion):
        api.photos.label(left.id, "Barack")


def test_a_large_picture_is_pointed_at_in_its_own_pixels(running, tmp_path):
    portraits = [np.kron(read_picture(path)[:388, :400], np.ones((4, 4, 1), np.uint8)) for path in (BARACK, JOE)]
    noise = np.random.default_rng(3).integers(0, 16, (4 * 388, 4 * 800, 3), np.uint8)
    large = tmp_path / "large.jpg"
    large.write_bytes(encode_jpeg(np.minimum(np.hstack(portraits), 239) + noise, 100))
    assert large.stat().st_size > 3_000_000
    refused = running.whod("enrol", "Joe", large).stderr
    places = [(int(x), int(y)) for x, y in re.findall(r"\((\d+), (\d+)\)", refused)]
    (left, _), (right, y) = sorted(places)
    assert (left < 1600 < right, right - left > 1200) == (True, True)
    done = running.whod("enrol", "Joe", large, "--at", str(right), str(y))
    assert done.returncode == 0, done.stderr


def round_(number):
    return str(round(number))


def test_identify_tells_who_is_familiar_and_only_of_whom_is_asked(running):
    running.whod("enrol", "Eileen", EILEEN)
    running.whod("enrol", "Joe", JOE)
    assert running.whod("familiar", "Joe").stderr == ""
    lines = running.whod("identify", EILEEN, JOE).stdout.splitlines()
    told = [line.split(": ")[1].split("similarity")[0] for line in lines]
    assert told == ["Eileen (", "Joe (familiar, "]
    limited = running.whod("identify", EILEEN, JOE, "--person", "Joe", "--k", "1", "--jsonl").stdout.splitlines()
    faces = [json.loads(line)["faces"][0] for line in limited]
    assert [face["decision"]["name"] for face in faces] == [None, "Joe"]
    assert [[one["name"] for one in face["candidates"]] for face in faces] == [["Joe"], ["Joe"]]
    nobody = running.whod("identify", EILEEN, "--group", "Family")
    assert (nobody.returncode, nobody.stdout) == (2, "")
