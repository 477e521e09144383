# SPDX-License-Identifier: Apache-2.0
"""Backups that somebody has changed, with digests that are right again."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    Members = dict[str, bytes]
    Change = Callable[[Members], None]

MANIFEST = "manifest.json"


def members_of(backup: bytes) -> Members:
    with zipfile.ZipFile(io.BytesIO(backup)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(members: Members, method: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def forged(backup: bytes, change: Change) -> bytes:
    """The backup with its members changed, and the digests those of the changed ones."""
    members = members_of(backup)
    manifest = members.pop(MANIFEST)
    change(members)
    told = json.loads(manifest)
    told["sha256"] = {name: hashlib.sha256(members.get(name, b"")).hexdigest() for name in told["sha256"]}
    return packed({**members, MANIFEST: json.dumps(told).encode()})


def rewritten(backup: bytes, **fields: Any) -> bytes:
    """With other fields in the manifest."""
    members = members_of(backup)
    members[MANIFEST] = json.dumps({**json.loads(members[MANIFEST]), **fields}).encode()
    return packed(members)


def line(member: str, /, **fields: Any) -> Change:
    """Change fields of the first line of a member."""

    def change(members: Members) -> None:
        first, *rest = members[member].split(b"\n")
        members[member] = b"\n".join([json.dumps({**json.loads(first), **fields}).encode(), *rest])

    return change


def added(name: str, text: bytes) -> Change:
    """Add a line to a member."""

    def change(members: Members) -> None:
        members[name] += text + b"\n"

    return change


def again(member: str, /, **fields: Any) -> Change:
    """The first line of a member once more, with other fields."""

    def change(members: Members) -> None:
        record = json.loads(members[member].split(b"\n")[0])
        members[member] += json.dumps({**record, **fields}).encode() + b"\n"

    return change


def vector(*numbers: float, size: int = 192) -> str:
    """As base64: these numbers, then zeros."""
    return base64.b64encode(np.array([*numbers, *[0.0] * (size - len(numbers))], "<f4").tobytes()).decode()


def other(name: str, content: bytes) -> Change:
    """Another content, or one member more."""

    def change(members: Members) -> None:
        members[name] = content

    return change


def without(name: str) -> Change:
    def change(members: Members) -> None:
        del members[name]

    return change
