# SPDX-License-Identifier: Apache-2.0
"""The owner of a daemon that runs: the first password, and that nobody finds it afterwards (S1)."""

from __future__ import annotations

import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from support_daemon import EILEEN, play
from support_login import PASSWORD, Browser, first_login

if TYPE_CHECKING:
    from support_daemon import Daemon

OTHER = "seven lamps and a rope"


def test_the_first_password_and_a_forgotten_one(daemon: Daemon, tmp_path: Path) -> None:
    daemon.start(play(tmp_path / "day", (None, 2)))
    assert "No password is set yet: whod admin code" in daemon.log.read_text()
    stranger = Browser(daemon.page)
    assert stranger.get("/")[0] == 303
    assert stranger.headers["location"] == "/login?next=/"
    assert stranger.get("/login")[0] == 303
    assert stranger.headers["location"] == "/first"
    made = daemon.whod("admin", "code")
    assert re.fullmatch(r"[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}\n", made.stdout)
    assert f"/first?code={made.stdout.strip()}" in made.stderr
    owner = first_login(daemon)
    assert stranger.post("/first", code=made.stdout.strip(), password=OTHER, again=OTHER)[0] == 403

    reset = daemon.whod("admin", "reset-password")
    assert owner.get("/access")[0] == 303
    assert owner.post("/login", password=PASSWORD)[0] == 403
    owner.csrf = ""
    assert owner.post("/first", code=reset.stdout.strip(), password=OTHER, again=OTHER)[0] == 303
    assert owner.get("/access")[0] == 200
    assert owner.post("/access/sessions/revoke")[0] == 303


def test_the_address_that_is_told_is_the_one_that_the_daemon_was_started_with(daemon: Daemon, tmp_path: Path) -> None:
    daemon.start(play(tmp_path / "day", (None, 2)), "web.url=https://door.example")
    assert "The page is at https://door.example/" in daemon.log.read_text()
    made = daemon.whod("admin", "code")
    assert f"Open https://door.example/first?code={made.stdout.strip()}\n" in made.stderr


def test_without_a_daemon_the_command_makes_codes_too(daemon: Daemon, tmp_path: Path) -> None:
    made = daemon.whod("admin", "code")
    code = made.stdout.strip()
    assert made.returncode == 0, made.stderr
    assert f"first?code={code}" in made.stderr
    daemon.start(play(tmp_path / "day", (None, 2)))
    browser = Browser(daemon.page)
    assert browser.post("/first", code=code, password=PASSWORD, again=PASSWORD)[0] == 303
    assert browser.get("/access")[0] == 200
    assert daemon.end() == 0
    assert daemon.whod("admin", "reset-password").returncode == 0
    daemon.start()
    assert browser.get("/access")[0] == 303


def test_the_installer_makes_a_code_only_where_there_is_no_password(daemon: Daemon, tmp_path: Path) -> None:
    assert daemon.whod("admin", "code", "--first").stdout
    daemon.start(play(tmp_path / "day", (None, 2)))
    made = daemon.whod("admin", "code", "--first")
    assert f"first?code={made.stdout.strip()}" in made.stderr
    first_login(daemon)
    told = daemon.whod("admin", "code", "--first")
    assert (told.returncode, told.stdout) == (0, "")
    assert re.fullmatch(r"(Open http://\S+/\n)+", told.stderr)
    assert daemon.end() == 0
    assert daemon.whod("admin", "code", "--first").stdout == ""


def test_sessions_and_guesses_stay_over_a_restart(daemon: Daemon, tmp_path: Path) -> None:
    day = play(tmp_path / "day", (None, 2))
    daemon.start(day)
    owner = first_login(daemon)
    stranger = Browser(daemon.page)
    answers = [stranger.post("/login", password=OTHER)[0] for _ in range(8)]
    assert set(answers) == {403, 429}
    assert 1 <= int(stranger.headers["retry-after"]) <= 10
    assert daemon.end() == 0
    daemon.start(day)
    assert stranger.post("/login", password=PASSWORD)[0] == 429
    assert owner.get("/access")[0] == 200
    owner.post("/logout")
    owner.csrf = ""
    assert owner.post("/login", password=PASSWORD)[0] == 303
    assert owner.get("/access")[0] == 200


def test_the_password_is_nowhere(daemon: Daemon, tmp_path: Path) -> None:
    """S1: not in the process's environment, command line, log, databases, backups; nor is what else lets in."""
    daemon.start(play(tmp_path / "day", (EILEEN, 2)), "log.level=debug", "log.libraries=true")
    daemon.whod("enrol", "Eileen", EILEEN)
    code = daemon.whod("admin", "code").stdout.strip()
    owner = Browser(daemon.page)
    assert owner.get(f"/first?code={code}")[0] == 200
    assert owner.post("/first", code=code, password=PASSWORD, again=PASSWORD)[0] == 303
    owner.get("/access")
    assert owner.post("/confirm", password=PASSWORD, next="/access")[0] == 303
    token = re.search(r"whod_[0-9a-f]{8}_[0-9a-f]{64}", owner.post("/access/tokens/new", name="x", scope="read")[1])
    assert token
    Browser(daemon.page).post("/login", password=f"{PASSWORD} wrong")
    backup = tmp_path / "all.zip"
    assert daemon.whod("backup", backup).returncode == 0
    assert daemon.process is not None
    process = Path("/proc", str(daemon.process.pid))
    places = [process / "environ", process / "cmdline", daemon.log, backup]
    places += [path for path in daemon.state.rglob("*") if path.is_file()]
    assert daemon.state / "admin.db" in places
    secrets = [PASSWORD, code, code.replace("-", ""), token[0].split("_")[2], *owner.cookies.values(), owner.csrf]
    assert len(secrets) == 7
    for place in places:
        held = place.read_bytes()
        assert [secret for secret in secrets if secret.encode() in held] == [], place

    for path in [daemon.state, *daemon.state.rglob("*")]:
        mode = stat.S_IMODE(path.lstat().st_mode)
        assert (path, oct(mode)) == (path, oct(0o700 if path.is_dir() else 0o600))
    assert daemon.end() == 0
    assert PASSWORD.encode() not in daemon.log.read_bytes()
