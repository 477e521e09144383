# SPDX-License-Identifier: Apache-2.0
"""A machine to install a service on: this one's files, on which all that is written is thrown away again.

What an installation would wait for (pip, systemd, whod itself) is a stand-in; users, links and rights are real.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

from support_daemon import ROOT

PATH = "/srv/bin:/usr/sbin:/usr/bin:/sbin:/bin"

_WORLD = """
set -e
mount -t tmpfs -o size=4g,mode=755 machine "$1"
cd "$1"
mkdir up work root
mount -t overlay -o lowerdir=/,upperdir=up,workdir=work machine root
mount --rbind /proc root/proc
mount --rbind /dev root/dev
mount -t tmpfs -o mode=755 run root/run
mkdir -p root/run/systemd/system
rm -rf root/opt/whod root/etc/whod root/var/lib/whod root/srv root/usr/local/bin/whod
mkdir -p root/srv/bin root/usr/local/bin root/opt
echo ready
cat
"""

# Each stand-in notes its call; at the one that is named, the power goes.
TICK = """\
echo "${0##*/} $*" >>/srv/calls
if [ "$(wc -l </srv/calls)" = "$(cat /srv/kill-at 2>/dev/null)" ]; then kill -9 "$(cat /srv/pid)"; exit 1; fi
"""
STAND_INS = {
    "systemctl": """
unit=/etc/systemd/system/multi-user.target.wants/whod.service
case "$1" in
  restart) rm -f /srv/active; [ ! -e /opt/whod/current/.venv/broken ] && [ ! -e /srv/nothing-starts ] || exit 1
           readlink /opt/whod/current >/srv/active; echo $RANDOM >/srv/main-pid ;;
  stop) rm -f /srv/active ;;
  is-active) [ -e /srv/active ] ;;
  show) cat /srv/main-pid ;;
  is-enabled) [ -L $unit ] ;;
  enable) mkdir -p ${unit%/*}; ln -sfn /etc/systemd/system/whod.service $unit ;;
  disable) rm -f $unit ;;
esac
""",
    "systemd-sysusers": """
grep -q ^whod: /etc/passwd && exit
echo 'whod:x:983:983::/var/lib/whod:/usr/sbin/nologin' >>/etc/passwd
sed -i '/^\\(whod\\|render\\):/d; s/^video:.*/video:x:44:whod/' /etc/group
printf 'whod:x:983:\\nrender:x:982:whod\\n' >>/etc/group
grep -q ^video: /etc/group || echo video:x:44:whod >>/etc/group
""",
    "journalctl": "echo its last words",
    "apt-get": "exit 1",
    "sudo": "exit 1",
    "sleep": "",
}
# The system's Python: makes environments, in which Python and whod are stand-ins too.
BASE = """
case "$*" in
  *find_spec*picamera2) [ -e /srv/picamera2 ] ;;
  *'m.version("numpy")'*) echo 1.24.2 ;;
  *"-m venv"*)
    for venv; do :; done
    mkdir -p "$venv/bin"
    cp /srv/python "$venv/bin/python"
    cp /srv/whod-command "$venv/bin/whod"
    echo 'include-system-site-packages = false' >"$venv/pyvenv.cfg" ;;
  --version) echo Python 3.11.2 ;;
esac
"""
PYTHON = """
venv=$(dirname "$(dirname "$0")")
case "$*" in
  *"-m pip"*)
    mkdir -p "$PIP_CACHE_DIR" && touch "$PIP_CACHE_DIR/wheel" "$TMPDIR/wheel"
    [ ! -e /srv/no-network ] || { echo "no network"; exit 1; }
    cp daemon/__init__.py "$venv/daemon.py"
    if [ -e broken ]; then touch "$venv/broken"; fi ;;
  *daemon.__file__*) echo "$venv/daemon.py" ;;
  *"daemon.storage versions"*) cat /srv/versions ;;
  *"daemon.storage step-back"*) { echo "told $(tr '\\n' ' ')"; } >>/srv/calls; [ ! -e /srv/no-copy ] ;;
esac
"""
WHOD = """
case "$*" in
  *"run --help") [ ! -e /srv/wrong-settings ] || { echo "whod: there is no setting camera.fsp" >&2; exit 78; } ;;
  *embed*) echo '{"faces": [{}]}' ;;
  *--version) echo "whod, version 1" ;;
  *"admin code"*) echo AAAA-BBBB-CCCC; echo "Open http://door.local:8737/first?code=AAAA-BBBB-CCCC" >&2 ;;
  *doctor) echo "BAD   camera        No camera found"; exit 1 ;;
esac
"""


@cache
def why_not() -> str:
    """What this machine lacks for making another of it; empty if it can."""
    if os.geteuid() != 0:
        return "only root can put a machine together"
    for program in ("unshare", "nsenter", "setpriv", "runuser", "flock", "userdel"):
        if shutil.which(program) is None:
            return f"{program} is missing"
    mounts = (
        "mount -t tmpfs x /mnt && cd /mnt && mkdir u w r && mount -t overlay -o lowerdir=/,upperdir=u,workdir=w x r"
    )
    done = subprocess.run(["unshare", "--mount", "sh", "-c", mounts], capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else f"nothing can be mounted here: {done.stderr}"


class Machine:
    """`close` throws it away."""

    def __init__(self, folder: Path) -> None:
        self._world = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", "sh", "-c", _WORLD, "world", folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._world.stdout.readline() == "ready\n"
        self._folder = folder / "root"
        self.root = Path(f"/proc/{self._world.pid}/root{self._folder}")
        for name, script in STAND_INS.items():
            self.program(name, script)
        for path, script in (("usr/bin/python3", BASE), ("srv/python", PYTHON), ("srv/whod-command", WHOD)):
            (self.root / path).unlink(missing_ok=True)
            self._script(self.root / path, script)
        self.tell("versions", "gallery.db 1\n")
        (self.root / "srv/calls").touch(0o666)
        (self.root / "srv/calls").chmod(0o666)

    def close(self) -> None:
        self._world.communicate("")
        assert self._world.returncode == 0

    def _script(self, path: Path, script: str) -> None:
        path.write_text(f"#!/bin/sh\n{TICK}{script}\n")
        path.chmod(0o755)

    def program(self, name: str, script: str) -> None:
        """Have another program of this name."""
        self._script(self.root / "srv/bin" / name, script)

    def tell(self, name: str, words: str = "") -> None:
        """Something that the stand-ins look at."""
        (self.root / "srv" / name).write_text(words)

    def checkout(self, name: str, *, broken: bool = False) -> str:
        """A version of whod, small; gives its folder."""
        home = self.root / "srv" / name
        for part in ("daemon", "web_admin", "models", "docs"):
            (home / part).mkdir(parents=True)
        for part in ("install.sh", "pyproject.toml", "README.md", "CHANGELOG.md", "SECURITY.md", "LICENSE"):
            shutil.copy(ROOT / part, home)
        shutil.copytree(ROOT / "systemd", home / "systemd")
        for part in ("__init__.py", "config.default.toml"):
            shutil.copy(ROOT / "daemon" / part, home / "daemon")
        (home / "docs" / "version").write_text(name)
        if broken:
            (home / "broken").touch()
        return f"/srv/{name}"

    def run(self, *command: str, **env: str) -> subprocess.CompletedProcess[str]:
        """A command on this machine, away from any terminal."""
        words = 'echo $$ >/srv/pid; exec "$@"'
        return subprocess.run(
            [
                "nsenter",
                f"--mount=/proc/{self._world.pid}/ns/mnt",
                "chroot",
                self._folder,
                "sh",
                "-c",
                words,
                "sh",
                *command,
            ],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=120,
            check=False,
            cwd="/",
            env={"PATH": PATH, "HOME": "/root", "LANG": "C.UTF-8", **env},
        )

    def install(self, home: str, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        """./install.sh of a checkout."""
        return self.run(f"{home}/install.sh", *words, **env)

    def calls(self) -> list[str]:
        """What was called since this was asked last."""
        path = self.root / "srv/calls"
        called = path.read_text().splitlines()
        path.write_text("")
        return called

    def release(self, link: str = "current") -> str:
        """The version that a link leads to; empty if there is none."""
        path = self.root / "opt/whod" / link
        return (path / "docs/version").read_text() if path.is_symlink() and path.exists() else ""

    def become_a_pi(self) -> None:
        """Say so where the device tree is asked."""
        self.program("grep", 'case "$*" in *device-tree*) exit 0 ;; esac\nexec /bin/grep "$@"')

    def drop_others(self) -> None:
        """Take all releases away but the one in use."""
        for path in (self.root / "opt/whod/releases").iterdir():
            if path.name != (self.root / "opt/whod/current").readlink().name:
                shutil.rmtree(path)

    def files(self) -> dict[str, tuple[object, ...]]:
        """All that an installation may change: kind, rights, owner, content or target, and when it was written."""
        found = {}
        for place in ("opt", "etc", "usr/local", "var/lib/whod"):
            for path in (self.root / place).rglob("*"):
                status = path.lstat()
                target = str(path.readlink()) if path.is_symlink() else ""
                found[str(path.relative_to(self.root))] = (
                    status.st_mode, status.st_uid, status.st_gid, status.st_mtime_ns, status.st_size, target,
                )  # fmt: skip
        return found
