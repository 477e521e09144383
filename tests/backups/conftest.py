# SPDX-License-Identifier: Apache-2.0
"""A state folder with a gallery, and a backup of two people."""

import pytest
from support_backups import Home, ann_and_bob


@pytest.fixture
def home(tmp_path):
    with Home(tmp_path / "here") as home:
        yield home


@pytest.fixture
def backup(home):
    return ann_and_bob(home)
