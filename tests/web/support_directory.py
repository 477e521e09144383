# SPDX-License-Identifier: Apache-2.0
"""The directory of a FakeService: the real one, over who is enrolled there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from daemon.config import load
from daemon.service.directory import Directory

if TYPE_CHECKING:
    from support_web import FakeService

    from daemon.types import Concern, Group, PersonSummary


class FakeCare:
    """Knows of what it is told."""

    def __init__(self) -> None:
        self.told: dict[str, tuple[Concern, ...]] = {}
        self.pictures: set[str] = set()

    def concerns(self, person: PersonSummary) -> tuple[Concern, ...]:
        return self.told.get(person.id, ())

    def pictured(self, person_id: str) -> bool:
        return person_id in self.pictures


class _Gallery:
    def __init__(self, service: FakeService) -> None:
        self._service = service

    def group(self, ref: str) -> Group:
        return self._service.groups.find(ref)


class _Events:
    """Everybody has had 7 visits."""

    @property
    def history(self) -> _Events:
        return self

    def count(self, _person_id: str) -> int:
        return 7


def directory(service: FakeService, *cameras_groups: str, undo_hours: float = 24) -> Directory:
    """Over a camera that is limited to these groups."""
    settings = load().settings
    camera = replace(settings.camera, name="porch", groups=cameras_groups)
    gallery = replace(settings.gallery, undo_hours=undo_hours)
    settings = replace(settings, camera=camera, gallery=gallery)
    service.care = FakeCare()
    return Directory(service.people, _Gallery(service), _Events(), settings, service.care)
