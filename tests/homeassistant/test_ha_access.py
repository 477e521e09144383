# SPDX-License-Identifier: Apache-2.0
"""The access list of docs/mqtt.md is enough for whod and for Home Assistant."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from support_core import BASE, COMMANDS, HERE, Core, House

if TYPE_CHECKING:
    from pathlib import Path

    from homeassistant.core import HomeAssistant

DOCS = (HERE.parents[1] / "docs" / "mqtt.md").read_text(encoding="utf-8")


async def test_with_no_more_rights_than_the_docs_give(hass: HomeAssistant, house: House, tmp_path: Path) -> None:
    (rules,) = re.findall(r"^```text\n(user whod\n.*?)^```", DOCS, re.DOTALL | re.MULTILINE)
    await house.lock_up(access_list=rules, passwords={"whod": "for whod", "homeassistant": "for it"})
    core = await Core(hass, house, tmp_path, username="homeassistant", password="for it").start()

    await house.open(people=["Alice"], commands=COMMANDS, username="whod", password="for whod")

    await core.until_state("who", "none")
    await house.view(people=["Alice"])
    await core.until_state("who", "Alice")
    await core.until_state(f"{await house.id_of(name='Alice')}_present", "on")
    await house.decide(name="Alice")
    await core.until_state("last", "Alice")
    await core.until(lambda: core.state("identified").attributes["event_type"] == "identified", "the event")
    pause = {"entity_id": core.entities()["pause"].entity_id}
    await hass.services.async_call("switch", "turn_on", pause, blocking=True)
    await house.wait_for(topic=f"{BASE}/command/pause")
    assert await house.commands() == [["pause", "ON"]]
    await house.answer(ok=True, sentence="whod is paused.")
    assert "whod is paused." in (await house.wait_for(topic=f"{BASE}/response/pause"))[0]
    await house.forget(name="Alice")
    await core.until(lambda: not [what for what in core.entities() if what.endswith("_present")], "her to be gone")
    await core.stop()
