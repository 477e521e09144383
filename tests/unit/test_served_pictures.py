# SPDX-License-Identifier: Apache-2.0
"""What is served of a kept picture is made anew, whatever a backup has brought."""

import cv2
import numpy as np
import pytest
from support_backups import Home
from support_gallery import seen

from daemon.errors import NoPictureKept
from daemon.types import Photo
from daemon.vision import decode

MARK = b"<script>marker</script>"


def with_comment(jpeg):
    """The same picture with a comment and something behind its end."""
    comment = b"\xff\xfe" + (len(MARK) + 2).to_bytes(2, "big") + MARK
    return jpeg[:2] + comment + jpeg[2:] + MARK


def jpeg(width=64, height=48):
    pixels = np.full((height, width, 3), (40, 90, 200), np.uint8)
    return cv2.imencode(".jpg", pixels)[1].tobytes()


@pytest.fixture
def served(tmp_path):
    """What is served of a picture that came with a backup."""

    def served(picture):
        with Home(tmp_path / "there") as there:
            there.gallery.enrol("Ann", [seen(1)], "cli", pictures=[picture])
            backup = there.backup()
        with Home(tmp_path / "here") as here:
            here.restore(backup)
            (sample,) = here.people.samples("Ann")
            assert here.gallery.picture("Ann", sample.id) == picture, "kept as it came"
            return here.people.picture("Ann", sample.id)

    return served


def test_a_comment_of_a_crafted_backup_is_never_served(served):
    picture = with_comment(jpeg())
    assert picture.count(MARK) == 2
    given = served(picture)
    assert MARK not in given
    before, after = (decode(Photo("it", data)).astype(int) for data in (picture, given))
    assert before.shape == after.shape == (48, 64, 3)
    assert abs(before - after).max() <= 3


def test_a_large_one_is_served_as_large_as_ours_are(served):
    assert decode(Photo("it", served(jpeg(1280, 640)))).shape == (160, 320, 3)


@pytest.mark.parametrize("picture", [b"\xff\xd8\xff\xe0" + MARK, jpeg()[:-40]], ids=["none at all", "cut off"])
def test_a_damaged_one_is_not_served(served, picture):
    with pytest.raises(NoPictureKept, match=r"is damaged and not shown.*Delete the sample"):
        served(picture)
