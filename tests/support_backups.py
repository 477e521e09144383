# SPDX-License-Identifier: Apache-2.0
"""A state folder with a gallery of made-up faces, its backups and its jobs; no models."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import zipfile
from types import SimpleNamespace

import numpy as np
from support_gallery import MODEL, SETTINGS, D, seen

from daemon.clock import FakeClock
from daemon.config import load
from daemon.events_db import open_event_store
from daemon.jobs import Jobs
from daemon.service import People, Vault, restore_report
from daemon.types import JobKind, JobState, RestoreMode

JPEG = b"\xff\xd8\xff\xe0 a picture"


def manifest(model_id=MODEL, size=D):
    """As much of the models' manifest as backups look at."""
    return SimpleNamespace(embedder=SimpleNamespace(id=model_id), golden=SimpleNamespace(embedding=np.zeros(size)))


def settings(**backup):
    """The default settings, with the gallery's of `support_gallery` and these of [backup]."""
    overrides = [f"backup.{key}={value}" for key, value in backup.items()]
    found = load(None, overrides).settings
    return type(found)(**{name: getattr(found, name) for name in type(found).__slots__} | {"gallery": SETTINGS})


class Home:
    """The owner of a state folder; jobs are done at once, in the thread that asks."""

    def __init__(self, state, model_id=MODEL, clock=None, size=D, **backup):
        state.mkdir(exist_ok=True)
        self.folder = folder = state
        self.clock = clock or FakeClock()
        self.settings = settings(**backup)
        self.changes = 0
        with contextlib.ExitStack() as stack:
            self.vault = Vault(folder, manifest(model_id, size), self.settings, self.clock)
            self.gallery = self.vault.recoverer.open_or_recover()
            stack.callback(self.gallery.close)
            self.events, _ = open_event_store(folder, self.clock)
            stack.callback(self.events.close)
            runners = self.vault.runners(self.gallery, self.events, self._changed)
            runners[JobKind.RE_EMBED] = lambda *_: {}
            self.jobs = Jobs(self.events.jobs, self.vault.staging, runners, self.clock)
            self.backups = self.vault.backups(self.jobs)
            self.people = People(
                self.gallery, self.events, self.settings, None, self._changed, jobs=self.jobs, backups=self.backups
            )
            self._stack = stack.pop_all()

    def close(self):
        self._stack.close()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def backup(self, passphrase=None):
        """The bytes of a backup."""
        with self.backups.fetch(self.done(self.backups.make(passphrase)).id) as file:
            return file.read()

    def restore(self, data, mode=RestoreMode.REPLACE, passphrase=None, *, dry_run=False):
        """Restore such bytes; the report."""
        return restore_report(
            self.jobs, self.done(self.backups.restore(io.BytesIO(data), passphrase, mode, dry_run=dry_run))
        )

    def snapshot(self):
        """Make a snapshot; its name, or None if there was no need."""
        return self.done(self.backups.snapshot()).result["snapshot"]

    def taken(self, name):
        """The bytes of a snapshot."""
        with self.backups.open(name) as file:
            return file.read()

    def done(self, job):
        """The job when it has ended."""
        while not self.jobs.get(job.id).state.ended:
            assert self.jobs.work(0)
        job = self.jobs.get(job.id)
        if job.state is JobState.FAILED:
            raise job.error.error()
        return job

    def _changed(self):
        self.changes += 1


def ann_and_bob(home):
    """A backup of Ann with two samples, and Bob, who is in a group."""
    home.gallery.enrol("Ann", [seen(1), seen(1, 0.3)], "upload", force=True, pictures=[JPEG, JPEG])
    home.gallery.enrol("Bob", [seen(2)], "cli")
    home.gallery.create_group("Men", ["Bob"])
    return home.backup()


def members(data):
    """The members of a backup, by name."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def packed(parts):
    """A backup of these members, in their order."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def lines(data, member):
    """The records of a member."""
    return [json.loads(line) for line in members(data)[member].splitlines()]


def changed(data, member, change):
    """The backup with a member that `change` has made of the old one; digests and counts fit."""
    parts = members(data)
    parts[member] = change(parts[member])
    if member != "manifest.json":
        found = json.loads(parts["manifest.json"])
        found["sha256"][member] = hashlib.sha256(parts[member]).hexdigest()
        for name in ("people", "groups", "samples"):
            found["counts"][name] = parts[f"{name}.jsonl"].count(b"\n")
        found["counts"]["pictures"] = parts["samples.jsonl"].count(b'"picture":"')
        parts["manifest.json"] = json.dumps(found).encode()
    return packed(parts)
