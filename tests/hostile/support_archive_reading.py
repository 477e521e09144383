# SPDX-License-Identifier: Apache-2.0
"""An archive read as an import and as a restore read it."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import zipfile
from typing import TYPE_CHECKING

import support_archives
from support_forgeries import forged, members_of, other, vector

from daemon.backup.reading import Place, read
from daemon.errors import BadArchive, BadBackup, PhotoError
from daemon.service.sources import ZipSource

if TYPE_CHECKING:
    from pathlib import Path

_ID = "6f1b6a0e-3d0c-4a3e-9a44-0d3f6d2b9c11"
_AT = "2026-11-21T19:30:02.113Z"
_MEMBERS = ("groups.jsonl", "people.jsonl", "samples.jsonl", "settings.json")
_PLACE = Place("model-1", {"model-1": 4})


def check(folder: Path, data: bytes) -> int:
    """Read what may be an archive both ways; gives how many problems it had as a backup, -1 where it is none.

    What begins like no archive is tried as a member of a backup, chosen by the first byte, whose digests are right.
    """
    if data and not data.startswith(b"PK"):
        data = forged(_BACKUP, other(_MEMBERS[data[0] % len(_MEMBERS)], data[1:]))
    path = folder / "it.zip"
    path.write_bytes(data)
    with contextlib.suppress(BadArchive), ZipSource(path) as source:
        for item in source:
            with contextlib.suppress(PhotoError):
                assert len(item.read().data) < 32_000_000
    try:
        found = read(path, folder / "it.db", _PLACE)
    except BadBackup as error:
        assert str(error).isprintable()
        return -1
    assert all(problem.isprintable() for problem in found.sentences)
    return len(found.sentences)


def backup() -> bytes:
    """Somebody with a sample and a group."""
    person = {"id": _ID, "name": "Zoë", "created_at": _AT, "updated_at": _AT, "familiar": False, "groups": [_ID]}
    sample = {"id": _ID, "person_id": _ID, "kind": "positive", "model_id": "model-1", "quality": 0.5}
    sample |= {"source": "cli", "created_at": _AT, "set_aside_at": None, "picture": None}
    lines = {
        "groups.jsonl": {"id": _ID, "name": "Team", "created_at": _AT},
        "people.jsonl": person,
        "samples.jsonl": {**sample, "vector": vector(1.0, size=4)},
        "settings.json": {"gallery": {"k": 7}},
    }
    members = {name: json.dumps(record).encode() + b"\n" for name, record in lines.items()}
    manifest = {"app": "whod", "format": 1, "app_version": "0.1.0", "model_id": "model-1", "made_at": _AT}
    manifest["counts"] = {"people": 1, "groups": 1, "samples": 1, "pictures": 0}
    manifest["sha256"] = {name: hashlib.sha256(content).hexdigest() for name, content in members.items()}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in {**members, "manifest.json": json.dumps(manifest).encode()}.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def seeds() -> list[bytes]:
    """A backup, and small archives, well made and not."""
    small = support_archives.packed(("Ann/a.jpg", b"\xff\xd8" * 20), ("Ann/b.png", b"x"))
    deflated = support_archives.packed(("Ann/a.jpg", b"x" * 90), method=zipfile.ZIP_DEFLATED)
    hostile = [data for data in support_archives.HOSTILE.values() if len(data) < 60_000]
    lines = [bytes([number]) + members_of(_BACKUP)[name] for number, name in enumerate(_MEMBERS)]
    return [_BACKUP, *lines, small, deflated, *hostile]


_BACKUP = backup()
