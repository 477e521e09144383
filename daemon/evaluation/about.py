# SPDX-License-Identifier: Apache-2.0
"""What was measured on what: models, machine, time and numbers; no name of a person, a folder or a host."""

from __future__ import annotations

import platform
from importlib import metadata
from typing import TYPE_CHECKING, Any

from daemon import __version__
from daemon.clock import iso
from daemon.vision import runtime_name

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from daemon.config import Settings
    from daemon.evaluation.plan import Plan
    from daemon.vision import Manifest


def chain_name(settings: Settings) -> str:
    """The precision of the models, or of both where they differ."""
    return " + ".join(dict.fromkeys((settings.detector.precision, settings.embedder.precision)))


def about(plan: Plan, manifest: Manifest, chains: Mapping[str, Settings], now: datetime) -> dict[str, Any]:
    """For ``whod evaluate --json``; `chains` are the settings of each by its name."""
    looked_at = set(plan.pictures) - set(plan.nobody)
    runtime = runtime_name()
    return {
        "at": iso(now),
        "whod": __version__,
        "runtime": f"{runtime} {metadata.version(runtime.replace('_', '-'))}",
        "machine": platform.machine(),
        "people": sum(not looked_at.isdisjoint(pictures) for pictures in plan.people.values()),
        "pictures": len(looked_at),
        "models": {name: _models(manifest, settings) for name, settings in chains.items()},
    }


def _models(manifest: Manifest, settings: Settings) -> dict[str, Any]:
    chosen = {
        "detector": (manifest.detector, settings.detector.precision),
        "embedder": (manifest.embedder, settings.embedder.precision),
    }
    return {
        kind: {"id": entry.id, "precision": precision, "sha256": entry.files[precision].sha256}
        for kind, (entry, precision) in chosen.items()
    }
