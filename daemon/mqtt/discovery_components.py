# SPDX-License-Identifier: Apache-2.0
"""The components of the device message: what each is in Home Assistant, and from which of our topics it comes.

Names stand where Home Assistant takes plain text, never in a template, and ids in all that has to stay when somebody
is renamed.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from daemon.types import EventType

if TYPE_CHECKING:
    from collections.abc import Iterable

    from daemon.mqtt.topics import Topics
    from daemon.types import Person

PLATFORMS = frozenset(
    {
        "binary_sensor",
        "button",
        "device_automation",
        "event",
        "image",
        "number",
        "sensor",
        "switch",
        "tag",
        "update",
    }
)
"""Of Home Assistant, those that we use or have used."""

THRESHOLDS = 0.2, 0.95
"""The least and the most of ``gallery.threshold``."""

_LONGEST_SLUG = 100
"""Home Assistant takes no entity whose id is longer than 255; it has two of these."""

_WHO = "{{ value_json.names if value_json.people else 'stranger' if value_json.unknown else 'none' }}"
_LAST = (
    "{{ 'none' if value_json is not defined or value_json.event_type == 'retracted'"
    " else value_json.name if value_json.person_id else 'stranger' }}"
)
_LAST_SIMILARITY = "{{ value_json.similarity if value_json is defined else None }}"
_ALL_OF_LAST = "{{ value or '{}' }}"
"""`last` is cleared when its person is forgotten: then nothing of it stays."""

_PROBLEM = "{{ {'problem': value_json.problem} | tojson }}"
_FREE_GB = (
    "{{ (value_json.disk_free_bytes / 1000000000) | round(1) if value_json.disk_free_bytes is number else None }}"
)
_FRESH = "(not value_json.clock_synced or (as_timestamp(now()) - as_timestamp(value_json.captured_at)) | abs < 10)"
"""We send nothing late and retain nothing of this, but others may: a bridge between brokers, or who recorded a
message and plays it again. Where our own clock is not right there is nothing to compare with."""

_EVENT = f"{{{{ value if {_FRESH} else '' }}}}"
_IDENTIFIED = f"{{{{ value_json.person_id if value_json.event_type == 'identified' and {_FRESH} else '' }}}}"


@dataclass(frozen=True, slots=True)
class About:
    """What is told of this device."""

    topics: Topics
    version: str
    commands: tuple[str, ...]
    """What may be asked of it: ``mqtt.commands``."""
    pictures: bool
    """Whether there are snapshots: ``privacy.publish_snapshots``."""
    page_url: str | None = None
    """Where its page is."""
    cameras: tuple[str, ...] = ()
    """The names of those after the first."""

    @property
    def id(self) -> str:
        """What all its unique ids begin with."""
        return f"whod_{self.topics.node}"

    @property
    def name(self) -> str:
        """As Home Assistant shows it, until somebody gives it another there."""
        return f"whod {self.topics.node}"


def of_the_device(about: About) -> dict[str, dict[str, Any]]:
    """What does not depend on who is enrolled."""
    return {**_views(about), **_diagnostics(about), **_commands(about)}


def of_people(about: About, people: Iterable[Person]) -> dict[str, dict[str, Any]]:
    """Whether each of them is in view."""
    components = {}
    for person in people:
        what = f"{person.id}_present"
        components[what] = {
            **entity_of(about, "binary_sensor", what, person.name, entity=_slug(person.name) or _slug(person.id)),
            "stat_t": about.topics.present(person.id),
            "dev_cla": "occupancy",
        }
    return components


def triggers_of(about: About, people: Iterable[Person]) -> dict[str, dict[str, Any]]:
    """What automations can be triggered by, for each of them who is a resident."""
    return {
        f"{person.id}_identified": {
            "p": "device_automation",
            "atype": "trigger",
            "type": "identified",
            "stype": person.name,
            "t": about.topics.identified,
            "pl": person.id,
            "val_tpl": _IDENTIFIED,
        }
        for person in people
        if not person.familiar
    }


def _views(about: About) -> dict[str, dict[str, Any]]:
    topics = about.topics
    presence, last = {"stat_t": topics.presence}, {"stat_t": topics.last}
    views = {
        "identified": {
            **entity_of(about, "event", "identified", None),
            "stat_t": topics.identified,
            "val_tpl": _EVENT,
            "evt_typ": [event_type.value for event_type in EventType],
            "ic": "mdi:face-recognition",
        },
        "who": {
            **entity_of(about, "sensor", "who", "Who is there"),
            **presence,
            "val_tpl": _WHO,
            "json_attr_t": topics.presence,
            "ic": "mdi:account-eye",
        },
        "last": {
            **entity_of(about, "sensor", "last", "Last person"),
            **last,
            "val_tpl": _LAST,
            "json_attr_t": topics.last,
            "json_attr_tpl": _ALL_OF_LAST,
            "ic": "mdi:account-clock",
        },
        "in_view": {
            **entity_of(about, "sensor", "in_view", "People in view"),
            **presence,
            "val_tpl": "{{ value_json.count }}",
            "stat_cla": "measurement",
            "ic": "mdi:account-multiple",
        },
        "stranger": {
            **entity_of(about, "binary_sensor", "stranger", "Stranger in view"),
            **presence,
            "val_tpl": "{{ 'ON' if value_json.unknown else 'OFF' }}",
            "dev_cla": "occupancy",
        },
    }
    # One scanner for all: the id of who is identified is the tag.
    views["tag"] = {"p": "tag", "t": topics.identified, "val_tpl": _IDENTIFIED}
    if about.pictures:
        views["picture"] = {
            **entity_of(about, "image", "picture", "Last face"),
            "img_t": topics.snapshot,
            "cont_type": "image/jpeg",
        }
    return views


def _diagnostics(about: About) -> dict[str, dict[str, Any]]:
    status, last = about.topics.status, about.topics.last
    milliseconds: dict[str, str | int] = {"dev_cla": "duration", "unit_of_meas": "ms", "sug_dsp_prc": 0}

    def figure(what: str, name: str, topic: str, template: str, **how: str | int) -> dict[str, Any]:
        entity = entity_of(about, "sensor", what, name)
        return {
            **entity,
            "stat_t": topic,
            "val_tpl": template,
            "stat_cla": "measurement",
            "ent_cat": "diagnostic",
            **how,
        }

    return {
        "problem": {
            **entity_of(about, "binary_sensor", "problem", "Problem"),
            "stat_t": status,
            "val_tpl": "{{ 'ON' if value_json.problem else 'OFF' }}",
            "json_attr_t": status,
            "json_attr_tpl": _PROBLEM,
            "dev_cla": "problem",
            "ent_cat": "diagnostic",
        },
        "enrolled": figure("enrolled", "People enrolled", status, "{{ value_json.people }}", ic="mdi:account-group"),
        "similarity": figure(
            "similarity", "Similarity", last, _LAST_SIMILARITY, sug_dsp_prc=2, ic="mdi:approximately-equal"
        ),
        "latency": figure("latency", "Latency", status, "{{ value_json.latency_ms.p50 }}", **milliseconds),
        "latency_p95": figure(
            "latency_p95", "Latency p95", status, "{{ value_json.latency_ms.p95 }}", **milliseconds
        ),
        "temperature": figure(
            "temperature",
            "Temperature",
            status,
            "{{ value_json.temperature_c }}",
            dev_cla="temperature",
            unit_of_meas="°C",
        ),
        "frame_rate": figure(
            "frame_rate",
            "Frame rate",
            status,
            "{{ value_json.camera.fps }}",
            unit_of_meas="fps",
            ic="mdi:speedometer",
        ),
        "disk_free": figure("disk_free", "Disk free", status, _FREE_GB, dev_cla="data_size", unit_of_meas="GB"),
    }


def _commands(about: About) -> dict[str, dict[str, Any]]:
    """What may be asked, and the version, which a restart changes."""
    restarts = _asking(about, "restart") if "restart" in about.commands else {}
    components = {"version": _version(about) | ({**restarts, "pl_inst": "PRESS"} if restarts else {})}
    if restarts:
        button = entity_of(about, "button", "restart", "Restart")
        components["restart"] = {**button, **restarts, "dev_cla": "restart", "ent_cat": "config"}
    if "pause" in about.commands:
        components["pause"] = {
            **entity_of(about, "switch", "pause", "Pause"),
            **_asking(about, "pause"),
            "stat_t": about.topics.status,
            "val_tpl": "{{ 'ON' if value_json.paused else 'OFF' }}",
            "ic": "mdi:pause-octagon",
        }
    if "threshold" in about.commands:
        components["threshold"] = _threshold(about)
    if "capture" in about.commands and about.pictures:
        button = entity_of(about, "button", "capture", "Capture")
        components["capture"] = {**button, **_asking(about, "capture"), "ic": "mdi:camera"}
    return components


def _version(about: About) -> dict[str, Any]:
    return {
        **entity_of(about, "update", "version", "Version"),
        "stat_t": about.topics.status,
        "val_tpl": "{{ value_json.installed_version }}",
        "l_ver_t": about.topics.status,
        "l_ver_tpl": "{{ value_json.latest_version }}",
        "tit": "whod",
        "rel_s": "It is installed already, and runs after a restart of whod.",
        "ent_cat": "diagnostic",
    }


def _threshold(about: About) -> dict[str, Any]:
    least, most = THRESHOLDS
    return {
        **entity_of(about, "number", "threshold", "Threshold"),
        **_asking(about, "threshold"),
        "stat_t": about.topics.status,
        "val_tpl": "{{ value_json.threshold }}",
        "min": least,
        "max": most,
        "step": 0.01,
        "mode": "box",
        "ent_cat": "config",
        "ic": "mdi:tune",
    }


def _asking(about: About, command: str) -> dict[str, Any]:
    return {"cmd_t": about.topics.command(command), "qos": 1}


def entity_of(
    about: About, platform: str, what: str, name: str | None, *, entity: str | None = None
) -> dict[str, Any]:
    """What every entity has. `entity` is its part of the entity id, by default made from `name` as elsewhere.

    The entity id is the one that Home Assistant before 2025.10, which does not ask us, makes of the names.
    """
    slug = "_".join(part for part in (_slug(about.name), entity or _slug(name or "")) if part)
    return {"p": platform, "name": name, "uniq_id": f"{about.id}_{what}", "def_ent_id": f"{platform}.{slug}"}


def _slug(text: str) -> str:
    """Letters a-z, digits and single underscores; empty for a name in another alphabet."""
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:_LONGEST_SLUG].rstrip("_")
