# SPDX-License-Identifier: Apache-2.0
"""Where a device has several cameras: how each of them is, in Home Assistant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from daemon.mqtt.discovery_components import entity_of

if TYPE_CHECKING:
    from daemon.mqtt.discovery_components import About


def of_cameras(about: About) -> dict[str, dict[str, Any]]:
    """What is known of each; nothing where there is one, of which the device itself tells.

    The first is called "Camera" without its name, which may be changed while whod runs. The status that Home
    Assistant has may not tell of a camera that was just added or taken out: it is unknown then, and no error there.
    """
    if not about.cameras:
        return {}
    components = {"camera": _problem(about, "camera", "Camera", "value_json.camera")}
    for name in about.cameras:
        what, of_it = f"camera_{name}", f"value_json.get('cameras', {{}}).get('{name}', {{}})"
        components[what] = _problem(about, what, f"Camera {name}", of_it)
        components[f"frame_rate_{name}"] = _rate(about, f"frame_rate_{name}", f"Frame rate {name}", of_it)
    return components


def _problem(about: About, what: str, name: str, of_it: str) -> dict[str, Any]:
    return {
        **entity_of(about, "binary_sensor", what, name),
        "stat_t": about.topics.status,
        "val_tpl": f"{{% set state = {of_it}.get('state') %}}"
        "{{ 'OFF' if state in ('ok', 'paused') else 'ON' if state else None }}",
        "dev_cla": "problem",
        "ent_cat": "diagnostic",
    }


def _rate(about: About, what: str, name: str, of_it: str) -> dict[str, Any]:
    return {
        **entity_of(about, "sensor", what, name),
        "stat_t": about.topics.status,
        "val_tpl": f"{{{{ {of_it}.get('fps') }}}}",
        "stat_cla": "measurement",
        "ent_cat": "diagnostic",
        "unit_of_meas": "fps",
        "ic": "mdi:speedometer",
    }
