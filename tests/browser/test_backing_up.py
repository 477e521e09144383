# SPDX-License-Identifier: Apache-2.0
"""A backup is made with a passphrase, downloaded, and restored after a look at what it would change."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from support_daemon import BARACK, EILEEN
from support_looks import faults

PASSPHRASE = "seven quiet herons at dusk"


def downloaded(page, folder):
    """Make a backup by the page, and give the file."""
    page.get_by_role("link", name="Download", exact=True).click()
    page.get_by_label("Passphrase", exact=True).fill(PASSPHRASE)
    page.get_by_label("The same again").fill(PASSPHRASE)
    page.get_by_role("button", name="Make the backup").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the file").click(timeout=60_000)
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_backup_is_downloaded_and_restored(visit, household, tmp_path, script):
    household.enrol("Eileen", EILEEN)
    household.start()
    page = visit(household, "/backup", java_script_enabled=script)
    backup = downloaded(page, tmp_path)
    assert backup.suffix == ".age"
    assert backup.read_bytes().startswith(b"age-encryption.org/v1")
    household.enrol("Barack", BARACK)
    page.goto(household.url + "/backup/restore")
    page.get_by_label("Backup file").first.set_input_files(backup)
    page.get_by_label("Passphrase of the backup").fill(PASSPHRASE)
    page.get_by_role("button", name="Show what would change").click()
    expect(page.get_by_role("heading", name="What would change")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("1 person is removed")).to_be_visible()
    expect(page.get_by_text("Barack").first).to_be_visible()
    if script:
        assert not (found := faults(page)), "\n".join(found)
    assert {person.name for person in household.people.people()} == {"Eileen", "Barack"}
    page.get_by_role("button", name="Replace everybody here by the backup").click()
    expect(page.get_by_role("heading", name="The backup is restored")).to_be_visible(timeout=60_000)
    assert {person.name for person in household.people.people()} == {"Eileen"}


@pytest.mark.slow
def test_a_wrong_passphrase_is_said_and_another_one_tried(visit, household, tmp_path):
    household.enrol("Eileen", EILEEN)
    household.start()
    page = visit(household, "/backup")
    backup = downloaded(page, tmp_path)
    page.goto(household.url + "/backup/restore")
    page.get_by_label("Backup file").first.set_input_files(backup)
    page.get_by_label("Passphrase of the backup").fill("seven loud herons at noon")
    page.get_by_role("button", name="Show what would change").click()
    expect(page.get_by_role("heading", name="This backup cannot be read")).to_be_visible(timeout=60_000)
    page.get_by_label("Passphrase").fill(PASSPHRASE)
    page.get_by_role("button", name="Try this passphrase").click()
    expect(page.get_by_text("Nothing would change")).to_be_visible(timeout=60_000)


def test_who_types_the_password_anew_goes_on_to_what_they_wanted(visit, household):
    household.start()
    page = visit(household, "/confirm?next=/backup/new")
    page.get_by_label("Password", exact=True).fill("green door by the river")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="Download a backup")).to_be_visible()
