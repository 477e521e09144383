# SPDX-License-Identifier: Apache-2.0
"""Of a picture nothing is kept and nothing is shown but pixels: not where it was taken, not what a comment holds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from PIL import Image
from support_broker import wait_until
from support_daemon import BARACK, EILEEN, JOE, Daemon, play
from support_house import House
from support_pictures import exif, saved, segment

if TYPE_CHECKING:
    from pathlib import Path

MARK = "GPS-48.1371-11.5754-<script>alert(1)</script>"
JPEG = b"\xff\xd8\xff"


def marked(picture: Path) -> bytes:
    """The same picture with places and scripts wherever a JPEG has room, and a ZIP behind it."""
    data = saved(Image.open(picture), "JPEG", quality=95, exif=exif(note=MARK))
    comments = segment(0xFE, MARK.encode() * 100) + segment(0xED, MARK.encode() * 100)
    return data[:2] + comments + data[2:] + b"PK\x03\x04" + MARK.encode() * 100


def test_nothing_of_a_file_but_its_pixels_stays_or_is_served(daemon: Daemon, tmp_path: Path) -> None:
    stranger = tmp_path / "stranger.jpg"
    stranger.write_bytes(marked(JOE))
    daemon.start(play(tmp_path / "day", (stranger, 25), (None, 15)), "tracking.sighting_gap_s=0.3")
    house = House(daemon.state)
    assert house.enrol("Eileen", marked(EILEEN)).status == 201
    assert house.enrol("Eileen", marked(BARACK)).status == 409  # refused: nothing of it stays either
    assert house.identify(marked(EILEEN)).json["faces"][0]["decision"]["name"] == "Eileen"
    (unknown,) = wait_until(lambda: _items(house, "/unknowns"), "an unknown visitor", 40)

    served = [house.ask("GET", path).body for path in ("/people", "/unknowns", "/sightings", "/status")]
    served += [daemon.get(path)[1] for path in ("/", "/live.jpg", "/state.json", "/health")]
    crop = house.ask("GET", f"/unknowns/{unknown['id']}/crop.jpg").body
    assert crop.startswith(JPEG)
    assert daemon.get("/live.jpg")[1].startswith(JPEG)
    assert not [body for body in (*served, crop) if _tells(body)]

    assert daemon.end() == 0
    files = [path for path in daemon.folder.rglob("*") if path.is_file() and tmp_path / "day" not in path.parents]
    files.remove(stranger)
    assert {"gallery.db", "events.db", "whod.log"} <= {path.name for path in files}
    assert JPEG in (daemon.state / "events.db").read_bytes()
    assert not [path.name for path in files if _tells(path.read_bytes())]
    assert _tells(stranger.read_bytes())


def _tells(data: bytes) -> bool:
    return any(word in data for word in (b"48.1371", b"alert(1)", b"Exif", b"PK\x03\x04"))


def _items(house: House, path: str) -> list[dict[str, str]]:
    found = house.ask("GET", path).json
    return found if isinstance(found, list) else json.loads(json.dumps(found))["items"]
