# SPDX-License-Identifier: Apache-2.0
"""`sudo ./install.sh` on a machine of its own: what it puts where, again, where it refuses, and only said (S4)."""

import stat

import pytest
from support_machine import why_not

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())


def mode(path):
    return stat.S_IMODE(path.lstat().st_mode)


class TestInstalled:
    def test_it_runs_and_says_how_to_go_on(self, machine, one):
        done = machine.install(one)
        assert done.returncode == 0, done.stderr
        assert machine.release() == "one"
        assert (machine.root / "srv/active").exists()
        calls = machine.calls()
        assert "systemctl enable --quiet whod.service" in calls
        assert calls.index("systemctl daemon-reload") < calls.index("systemctl restart whod.service")
        assert "AAAA-BBBB-CCCC\nOpen http://door.local:8737/first?code=AAAA-BBBB-CCCC\n" in done.stdout
        assert done.stdout.endswith("whod doctor says:\nBAD   camera        No camera found\n")

    def test_nobody_but_root_may_change_it_and_whod_may_read_it(self, machine, one):
        machine.install(one)
        for path in (machine.root / "opt/whod").rglob("*"):
            assert path.is_symlink() or (mode(path) & 0o022 == 0 and mode(path) & 0o444 == 0o444), path
            assert path.lstat().st_uid == 0
        settings, state = machine.root / "etc/whod/config.toml", machine.root / "var/lib/whod"
        assert (mode(settings), settings.stat().st_uid, settings.stat().st_gid) == (0o640, 0, 983)
        assert (mode(state), state.stat().st_uid) == (0o700, 983)

    def test_whods_user_gets_neither_roots_terminal_nor_what_else_root_has(self, machine, one):
        command = machine.root / "srv/whod-command"
        look = "{ env; ls -l /proc/self/fd; echo tty </dev/tty; } >/srv/seen 2>&1\n"
        command.write_text(command.read_text() + look)
        machine.tell("seen")
        (machine.root / "srv/seen").chmod(0o666)
        words = ("script", "--quiet", "--return", "--command", f"{one}/install.sh", "/dev/null")
        assert machine.run(*words, SECRET="hush").returncode == 0
        seen = (machine.root / "srv/seen").read_text()
        assert "PATH=" in seen
        assert "hush" not in seen
        assert "whod-install.lock" not in seen
        assert "/dev/tty: No such device or address" in seen

    def test_without_sudo_too(self, machine, one):
        su = "env", "PATH=/srv/bin:/usr/bin:/bin", f"{one}/install.sh"
        done = machine.run(*su)
        assert done.returncode == 0, done.stderr
        assert machine.run(*su, "--purge").returncode == 0

    def test_also_with_a_mask_that_keeps_all_to_root(self, machine, one):
        done = machine.run("sh", "-c", f"umask 077; exec {one}/install.sh")
        assert done.returncode == 0, done.stderr
        assert machine.run("setpriv", "--reuid=983", "--clear-groups", "cat", "/opt/whod/current/README.md").stdout

    def test_again_nothing_changes(self, installed, one):
        before = installed.files()
        done = installed.install(one)
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        assert installed.files() == before
        calls = installed.calls()
        assert not [
            call for call in calls if "pip" in call or "restart" in call or "stop" in call or "reload" in call
        ]

    def test_what_is_missing_is_put_back(self, installed, one):
        before = set(installed.files())
        for path in ("etc/systemd/system/whod.service", "usr/local/bin/whod", "etc/whod/config.toml"):
            (installed.root / path).unlink()
        assert installed.install(one).returncode == 0
        assert set(installed.files()) == before

    def test_one_that_was_stopped_is_started(self, installed, one):
        (installed.root / "srv/active").unlink()
        assert installed.install(one).returncode == 0
        assert (installed.root / "srv/active").exists()

    def test_settings_that_are_there_stay(self, installed, one):
        settings = installed.root / "etc/whod/config.toml"
        settings.write_text("[camera]\nfps = 5\n")
        installed.install(one)
        assert settings.read_text() == "[camera]\nfps = 5\n"

    def test_a_command_that_is_not_ours_stays(self, machine, one):
        (machine.root / "usr/local/bin/whod").write_text("mine")
        done = machine.install(one)
        assert done.returncode == 0
        assert "/usr/local/bin/whod is another program, and stays" in done.stderr
        assert (machine.root / "usr/local/bin/whod").read_text() == "mine"

    def test_in_an_image_nothing_is_started(self, machine, one):
        (machine.root / "run/systemd/system").rmdir()
        done = machine.install(one, "--no-start")
        assert done.returncode == 0, done.stderr
        assert machine.release() == "one"
        assert (machine.root / "etc/systemd/system/multi-user.target.wants/whod.service").is_symlink()
        assert not [call for call in machine.calls() if "restart" in call or "reload" in call]
        before = machine.files()
        assert machine.install(one, "--no-start").returncode == 0
        assert machine.files() == before


class TestFront:
    """`--https`, as far as it is more than files; those are in test_install_https.py."""

    @pytest.fixture
    def fronted(self, installed, one):
        """A machine with one, at a port that is not the usual."""
        installed.program("nginx", "")
        for file, line in (
            ("passwd", "whod-https:x:981:981::/:/usr/sbin/nologin\n"),
            ("group", "whod-https:x:981:\n"),
        ):
            with (installed.root / "etc" / file).open("a") as accounts:
                accounts.write(line)
        for _ in range(2):
            done = installed.install(one, "--https", "--port", "8443")
            assert done.returncode == 0, done.stderr
        return installed

    @pytest.fixture
    def settings(self, fronted):
        return fronted.root / "etc/whod/https/nginx.conf"

    @pytest.fixture
    def two(self, fronted):
        """A version whose front is another."""
        two = fronted.checkout("two")
        template = fronted.root / two[1:] / "systemd/whod-https.nginx"
        with template.open("a") as settings:
            settings.write("# of two\n")
        return two

    def test_what_root_writes_to_it_cannot_change(self, fronted):
        front = fronted.root / "etc/whod/https"
        for path, rights in ((front, 0o750), (front / "key.pem", 0o640), (front / "nginx.conf", 0o640)):
            status = path.stat()
            assert (mode(path), status.st_uid, status.st_gid) == (rights, 0, 981), path

    def test_another_version_brings_its_own(self, fronted, settings, two):
        before, status = settings.read_text(), settings.stat()
        fronted.calls()
        assert fronted.install(two).returncode == 0
        assert settings.read_text() == f"{before}# of two\n"
        assert "listen 8443 ssl" in before
        assert (mode(settings), settings.stat().st_gid) == (0o640, status.st_gid)
        assert "systemctl try-restart whod-https.service" in fronted.calls()
        assert fronted.install(two).stderr == ""
        assert fronted.run("/opt/whod/current/install.sh", "--rollback").returncode == 0
        assert settings.read_text() == before

    def test_one_that_does_not_come_up_leaves_it_as_it_was(self, fronted, settings, two):
        before = settings.read_text()
        (fronted.root / two[1:] / "broken").touch()
        assert fronted.install(two).returncode == 3
        assert settings.read_text() == before

    def test_what_somebody_has_changed_in_it_stays(self, fronted, settings, two):
        mine = settings.read_text().replace("keepalive_timeout 60s", "keepalive_timeout 90s")
        settings.write_text(mine)
        done = fronted.install(two)
        assert done.returncode == 0
        assert "nginx.conf is not as it was made, and stays" in done.stderr
        assert settings.read_text() == mine

    def test_one_from_before_there_were_releases_starts_the_release(self, machine, one):
        drop_in = machine.root / "etc/systemd/system/whod.service.d/https.conf"
        drop_in.parent.mkdir(parents=True)
        drop_in.write_text('[Service]\nExecStart=\nExecStart="/opt/old/.venv/bin/whod" --set web.listen=x run\n')
        assert machine.install(one).returncode == 0
        new = '[Service]\nExecStart=\nExecStart="/opt/whod/current/.venv/bin/whod" --set web.listen=x run\n'
        assert drop_in.read_text() == new
        assert machine.install(one).stderr == ""


class TestOnAPi:
    def test_the_camera_is_the_systems_with_its_numpy(self, machine, one):
        machine.become_a_pi()
        machine.tell("picamera2")
        done = machine.install(one)
        assert done.returncode == 0, done.stderr
        calls = machine.calls()
        (environment,) = (call for call in calls if " -m venv " in call)
        assert "--system-site-packages" in environment
        (pip,) = (call for call in calls if " install " in call and "-m pip" in call)
        assert "--only-binary :all:" in pip
        pinned = machine.root / "opt/whod/current/.venv/constraints.txt"
        assert pinned.read_text() == "numpy==1.24.2\n"
        release = (machine.root / "opt/whod/current").readlink().name
        assert f" -c /opt/whod/releases/{release}/.venv/constraints.txt " in pip

    def test_without_a_network_it_does_without(self, machine, one):
        machine.become_a_pi()
        done = machine.install(one)
        assert done.returncode == 0, done.stderr
        assert "for the Pi's camera: sudo apt install --no-install-recommends python3-picamera2" in done.stderr
        assert any("apt-get" in call and "python3-picamera2" in call for call in machine.calls())

    def test_another_numpy_of_the_system_is_another_release(self, installed, one):
        installed.tell("picamera2")
        assert installed.install(one).returncode == 0
        now, before = ((installed.root / "opt/whod" / link).readlink().name for link in ("current", "previous"))
        assert now != before


class TestRefused:
    @pytest.mark.parametrize(("program", "script", "sentence"), [
        ("dpkg", "echo armhf", "needs a 64-bit system (amd64 or arm64), and this one is armhf"),
        ("df", "printf 'Avail\\n20480\\n'", "only 20 MB are free for /opt/whod, and 900 are needed"),
    ])  # fmt: skip
    def test_a_machine_on_which_it_cannot_be(self, machine, one, program, script, sentence):
        machine.program(program, script)
        done = machine.install(one)
        assert done.returncode == 1
        assert sentence in done.stderr
        assert done.stdout == ""
        assert not (machine.root / "etc/whod").exists()

    def test_an_old_python(self, machine, one):
        for name in ("python3.13", "python3.12", "python3.11", "python3"):
            for folder in ("usr/bin", "usr/local/bin"):
                (machine.root / folder / name).unlink(missing_ok=True)
        machine.program("python3", "")  # one that is not the system's does not count
        done = machine.install(one)
        assert done.returncode == 1
        assert "needs a 64-bit Python 3.11 or newer" in done.stderr

    def test_without_systemd(self, machine, one):
        (machine.root / "run/systemd/system").rmdir()
        before = machine.files()
        done = machine.install(one)
        assert done.returncode == 1
        assert "systemd does not run here" in done.stderr
        assert machine.files() == before

    def test_whoever_is_not_root(self, machine, one):
        done = machine.run("setpriv", "--reuid=65534", "--clear-groups", f"{one}/install.sh")
        assert done.returncode == 1
        assert "this is for root: sudo ./install.sh" in done.stderr

    @pytest.mark.parametrize("how", ["chown 983 /opt/whod", "chmod g+w /opt/whod/releases"])
    @pytest.mark.parametrize("words", [(), ("--rollback",)])
    def test_a_place_that_others_can_change(self, installed, one, how, words):
        installed.run(*how.split())
        done = installed.install(one, *words)
        assert done.returncode == 1
        assert "can be changed by others than root: move it away" in done.stderr

    def test_the_lock_is_roots_alone(self, installed):
        assert mode(installed.root / "run/whod-install.lock") == 0o600

    @pytest.mark.parametrize("words", [(), ("--https",)])
    def test_two_at_once(self, installed, one, words):
        installed.program("nginx", "")
        done = installed.run("flock", "/run/whod-install.lock", f"{one}/install.sh", *words)
        assert done.returncode == 1
        assert "another install.sh is at work" in done.stderr

    @pytest.mark.parametrize("words", [("--no-start", "--what"), ("--purge", "now")])
    def test_a_word_that_it_does_not_know(self, machine, one, words):
        done = machine.install(one, *words)
        assert done.returncode == 2
        assert "usage: sudo ./install.sh" in done.stderr

    def test_a_release_has_nothing_to_install(self, installed):
        done = installed.run("/opt/whod/current/install.sh")
        assert done.returncode == 1
        assert "is no checkout of whod" in done.stderr

    def test_an_image_in_which_it_runs(self, installed, one):
        done = installed.install(one, "--no-start")
        assert done.returncode == 1
        assert "leave --no-start away" in done.stderr


class TestOnlySaid:
    @pytest.mark.parametrize("words", [(), ("--no-start",), ("--uninstall",), ("--purge",)])
    def test_on_a_machine_without_it(self, machine, one, words):
        before = machine.files()
        done = machine.install(one, *words, "--dry-run")
        assert done.returncode == 0, done.stderr
        assert machine.files() == before
        if words in ((), ("--no-start",)):
            assert "would make /opt/whod/releases/0." in done.stdout
            assert "would write /etc/systemd/system/whod.service" in done.stdout
            assert ("would start whod.service" in done.stdout) is not words
        assert done.stdout.endswith("Nothing was changed.\n")

    @pytest.mark.parametrize("words", [(), ("--uninstall",), ("--purge",), ("--rollback",)])
    def test_on_one_with_two_versions_and_without_root(self, installed, words):
        two = installed.checkout("two")
        installed.install(two)
        before = installed.files()
        installed.calls()
        done = installed.run("setpriv", "--reuid=65534", "--clear-groups", f"{two}/install.sh", *words, "--dry-run")
        assert done.returncode == 0, done.stderr
        assert installed.files() == before
        assert (installed.root / "srv/active").exists()
        assert done.stdout == "Nothing was changed.\n" if not words else "would " in done.stdout
