# SPDX-License-Identifier: Apache-2.0
"""Who is forgotten is in no copy from before a migration either."""

import pytest
from support_office import Office, photo

from daemon.errors import StorageError
from daemon.storage import copies


@pytest.fixture
def office(tmp_path):
    office = Office(tmp_path)
    office.people.enrol("Ada", [photo(11)])
    office.people.enrol("Bea", [photo(91)])
    for name in ("gallery.db", "events.db"):
        (tmp_path / f"{name}.schema-1").write_bytes((tmp_path / name).read_bytes())
    yield office
    office.close()


def kept(office):
    return sorted(path.name for path in office.folder.glob("*.schema-*"))


@pytest.mark.parametrize("forget", [lambda people: people.forget("Ada"), lambda people: people.forget_all()])
def test_the_copies_go(office, forget):
    assert kept(office) == ["events.db.schema-1", "gallery.db.schema-1"]
    forget(office.people)
    assert kept(office) == []


def test_a_copy_that_cannot_be_deleted_is_not_passed_over(office, monkeypatch):
    def fails(*_):
        raise StorageError("it cannot be deleted")

    monkeypatch.setattr(copies, "discard", fails)
    with pytest.raises(StorageError, match="it cannot be deleted"):
        office.people.forget("Ada")
    monkeypatch.undo()
    assert len(kept(office)) == 2
    office.people.forget("Ada")
    assert kept(office) == []


def test_a_change_that_forgets_nobody_keeps_them(office):
    office.people.rename("Ada", "Eva")
    office.people.merge("Bea", "Eva")
    assert len(kept(office)) == 2
