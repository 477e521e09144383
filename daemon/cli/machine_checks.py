# SPDX-License-Identifier: Apache-2.0
"""What `whod doctor` looks at of the machine: its devices, its disk, its clock and its heat, one function each."""

from __future__ import annotations

import contextlib
import grp
import os
import platform
import pwd
import shutil
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from daemon.cli.findings import Level
from daemon.clock import SYNCHRONIZED, SystemClock
from daemon.firmware import throttled, was_throttled
from daemon.machine import HOT_C, temperature_c

if TYPE_CHECKING:
    from daemon.cli.context import Context

DEVICES = Path("/dev")
MODEL = Path("/proc/device-tree/model")
MOUNTS = Path("/proc/self/mounts")
CONTAINERS = (Path("/.dockerenv"), Path("/run/.containerenv"), Path("/run/systemd/container"))
"""In containers the system's disk is an overlay that stays."""

_OF_A_CAMERA = "video*", "media*", "dma_heap/*"
_MIN_FREE_BYTES = 100_000_000
_VOLATILE = "tmpfs", "ramfs"
_READ_WRITE = 0o6
_CHECK = "check the power supply and the cooling"


def machine(_: Context) -> tuple[Level, str]:
    """What it is."""
    words = f"Python {platform.python_version()} on {platform.machine()}, {platform.platform(terse=True)}"
    return Level.OK, f"{model}, {words}" if (model := _model()) else words


def devices(context: Context) -> tuple[Level, str]:
    """Whether the user that whod runs as may open what a camera of this machine consists of."""
    wanted = _wanted(context)
    if not wanted:
        return Level.OK, "none is needed for this camera"
    root = Path("/")  # a device may be named with a path from elsewhere, too
    named = (path for pattern in wanted for path in root.glob(str((DEVICES / pattern).relative_to(root))))
    found = sorted(path for path in named if path.exists())  # a name may be left of a device that is gone
    if "dma_heap/*" in wanted and "Raspberry Pi" in _model() and not any(DEVICES.glob("dma_heap/*")):
        return Level.BAD, (
            f"there is no {DEVICES}/dma_heap, from which the Pi's camera has its memory: "
            "bring the system up to date (sudo apt full-upgrade) and start it anew"
        )
    if not found:
        return Level.NOTE, f"there is no camera device in {DEVICES}"
    user = _user_of(context.state_dir)
    closed = [path for path in found if not _may_use(user, path)]
    if closed:
        return Level.BAD, f"the user {user.pw_name} may not use {_listed(closed)}: {_remedy(user, closed)}"
    return Level.OK, f"the user {user.pw_name} may use {_listed(found)}"


def disk(context: Context) -> tuple[Level, str]:
    """Whether what is written to the state folder stays, and has room."""
    folder = context.state_dir
    while not folder.exists():
        folder = folder.parent
    kind, options = _mount(folder.resolve())
    if kind in _VOLATILE or (kind == "overlay" and not any(path.exists() for path in CONTAINERS)):
        return Level.BAD, (
            f"{context.state_dir} is in memory ({kind}): who is enrolled is gone at the next start. Turn the overlay "
            "file system off (sudo raspi-config, Performance Options), or give that folder a disk of its own"
        )
    if "ro" in options:
        return Level.BAD, f"the disk of {context.state_dir} is read-only, as one becomes that fails: see sudo dmesg"
    free = shutil.disk_usage(folder).free
    if free < _MIN_FREE_BYTES:
        return Level.BAD, f"only {free // 1_000_000} MB are free for {context.state_dir}: free some space"
    return Level.OK, f"{kind or 'unknown'}, {free / 1e9:.1f} GB free"


def clock(_: Context) -> tuple[Level, str]:
    """Whether the time can be trusted."""
    now = f"{datetime.now().astimezone():%Y-%m-%d %H:%M %Z}"
    if SystemClock().synced():
        why = "set by the network" if SYNCHRONIZED.exists() else "taken as it is: systemd-timesyncd does not run"
        return Level.OK, f"{now}, {why}"
    return Level.NOTE, (
        f"{now}, not set by the network since the start: records say clock_synced = false, and what is kept for some "
        "days is kept for so many days of running. If that lasts: name a time server that can be reached, such as "
        "your router, as NTP= in /etc/systemd/timesyncd.conf"
    )


def heat(_: Context) -> tuple[Level, str]:
    """Whether the machine can do what it could."""
    degrees = temperature_c()
    told = "this machine does not tell its temperature" if degrees is None else f"{degrees} °C"
    if throttled():
        return Level.BAD, f"{told}; the firmware holds the processor back: {_CHECK}"
    if degrees is not None and degrees >= HOT_C:
        return Level.BAD, f"{told}, and from {HOT_C:.0f} °C on the firmware slows the processor down: {_CHECK}"
    once = was_throttled()
    if once:
        return Level.NOTE, f"{told}; the firmware has held the processor back since the start: {_CHECK}"
    if once is None:
        told += "; whether its firmware holds the processor back is not known"
    return Level.NOTE if degrees is None else Level.OK, told


def _model() -> str:
    """As the device tree calls it, which a PC has not."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return MODEL.read_text(encoding="utf-8").strip("\0\n ")
    return ""


def _wanted(context: Context) -> list[str]:
    """Below /dev, what the cameras of the settings are."""
    wanted: dict[str, None] = {}
    for camera in context.settings.every_camera:
        kind, _, path = camera.source.partition(":")
        if kind in ("auto", "picamera2"):
            wanted.update(dict.fromkeys(_OF_A_CAMERA))
        elif kind == "v4l2":
            wanted[path.removeprefix("/dev/")] = None
    return list(wanted)


def _user_of(folder: Path) -> pwd.struct_passwd:
    """Whose the state folder is; who asks, if there is none yet. A container's user may have no name."""
    with contextlib.suppress(OSError, KeyError):
        return pwd.getpwuid(folder.stat().st_uid)
    uid = os.getuid()
    with contextlib.suppress(KeyError):
        return pwd.getpwuid(uid)
    return pwd.struct_passwd((str(uid), "x", uid, os.getgid(), "", "/", ""))


def _may_use(user: pwd.struct_passwd, path: Path) -> bool:
    """Whether it is open to them by the file's mode; access lists are looked at for oneself only."""
    if user.pw_uid == os.geteuid():
        return os.access(path, os.R_OK | os.W_OK)
    status = path.stat()
    if status.st_uid == user.pw_uid:
        return status.st_mode >> 6 & _READ_WRITE == _READ_WRITE
    if status.st_gid in os.getgrouplist(user.pw_name, user.pw_gid):
        return status.st_mode >> 3 & _READ_WRITE == _READ_WRITE
    return status.st_mode & _READ_WRITE == _READ_WRITE


def _remedy(user: pwd.struct_passwd, closed: list[Path]) -> str:
    groups = {path.stat().st_gid for path in closed if path.stat().st_mode >> 3 & _READ_WRITE == _READ_WRITE} - {0}
    if not groups:
        return "its mode is for root alone, see the rules of udev"
    try:
        names = ",".join(sorted(grp.getgrgid(gid).gr_name for gid in groups))
    except KeyError:
        numbers = ", ".join(map(str, sorted(groups)))
        return f"it is open to a group without a name ({numbers}): give it one with sudo groupadd -g, and look again"
    return f"sudo usermod -aG {names} {user.pw_name}, then start whod anew"


def _listed(paths: list[Path]) -> str:
    first, *others = map(str, paths)
    return f"{first} and {len(others)} more" if others else first


def _mount(path: Path) -> tuple[str, list[str]]:
    """The type of the file system on which a path lies, and how it is mounted; "" where the system does not tell."""
    found, kind, options = Path("/"), "", ""
    try:
        lines = MOUNTS.read_text(encoding="utf-8", errors="surrogateescape").split("\n")[:-1]
    except OSError:
        lines = []
    for line in lines:
        _, place, its_kind, its_options, *_ = line.split(" ")
        here = Path(place.replace(r"\040", " "))
        if path.is_relative_to(here) and (found in here.parents or found == here):
            found, kind, options = here, its_kind, its_options
    return kind, options.split(",")
