# SPDX-License-Identifier: Apache-2.0
"""`sudo ./install.sh` where something is in the way: a full disk, wrong settings, a disk that is mounted (S4)."""

import signal
import subprocess
import sys

import pytest
from support_machine import why_not

needs_a_machine = pytest.mark.skipif(bool(why_not()), reason=why_not())


@needs_a_machine
class TestNotMade:
    """A release that pip cannot make; what it has downloaded lies in the cache by then."""

    @pytest.fixture
    def left(self, installed):
        """What lies in /opt/whod, but for what belongs to the one that runs."""
        release = (installed.root / "opt/whod/current").readlink().name
        ours = {"current", "releases", "install.log", release}

        def left():
            opt = installed.root / "opt/whod"
            return {path.name for folder in (opt, opt / "releases") for path in folder.iterdir()} - ours

        return left

    def test_what_was_downloaded_stays_for_the_next_run(self, installed, left):
        two = installed.checkout("two")
        installed.tell("no-network")
        assert installed.install(two).returncode == 1
        assert left() == {"cache"}
        (installed.root / "srv/no-network").unlink()
        assert installed.install(two).returncode == 0
        assert not (installed.root / "opt/whod/cache").exists()

    def test_on_a_disk_that_is_full_nothing_does(self, installed, left):
        """As it is while pip works; before, there was room."""
        installed.tell("no-network")
        installed.program("df", "echo Avail; [ -e /srv/asked ] && echo 20480 || echo 2097152; touch /srv/asked")
        done = installed.install(installed.checkout("two"))
        assert done.returncode == 1
        assert "pip could not install whod" in done.stderr
        assert left() == set()
        assert (installed.root / "srv/active").exists()

    def test_so_it_is_where_somebody_ends_it(self, installed, left):
        two = installed.checkout("two")
        python = installed.root / "srv/python"
        network = "[ ! -e /srv/no-network ]"
        python.write_text(python.read_text().replace(network, f"kill $(cat /srv/pid); {network}"))
        assert installed.install(two).returncode == -signal.SIGTERM
        assert left() == {"cache"}

    def test_of_one_that_does_not_come_up_no_download_stays(self, installed, left):
        assert installed.install(installed.checkout("bad", broken=True)).returncode == 3
        assert left() == set()


@needs_a_machine
class TestWrongSettings:
    """A slip in the file that whod, which runs, has not read yet."""

    @pytest.fixture
    def slipped(self, installed):
        installed.install(installed.checkout("two"))
        installed.tell("wrong-settings")
        installed.calls()
        return installed

    @pytest.mark.parametrize("words", [(), ("--rollback",)])
    def test_nothing_is_stopped_and_it_is_said(self, slipped, words):
        done = slipped.install(slipped.checkout("three"), *words)
        assert done.returncode == 1
        assert "whod: there is no setting camera.fsp\n" in done.stderr
        assert "would not start with these settings: put them right" in done.stderr
        assert (slipped.release(), slipped.release("previous")) == ("two", "one")
        assert (slipped.root / "srv/active").exists()
        assert not [call for call in slipped.calls() if "stop whod" in call or "restart whod" in call]

    def test_put_right_it_goes_on_with_what_was_made(self, slipped):
        three = slipped.checkout("three")
        slipped.install(three)
        (slipped.root / "srv/wrong-settings").unlink()
        slipped.calls()
        assert slipped.install(three).returncode == 0
        assert slipped.release() == "three"
        assert not [call for call in slipped.calls() if "-m pip" in call]


@pytest.mark.parametrize(("text", "code"), [("[camera]\nfsp = 5\n", 78), ("[camera]\nfps = 5\n", 0)])
def test_whod_reads_its_settings_before_it_helps(tmp_path, text, code):
    """That is how install.sh asks whether they are right."""
    settings = tmp_path / "config.toml"
    settings.write_text(text)
    state = tmp_path / "state"
    command = [sys.executable, "-m", "daemon", "--config", settings, "--state-dir", state, "run", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, "camera.fsp" in done.stderr) == (code, code == 78)
    assert not state.exists()


@needs_a_machine
class TestAway:
    MOUNT = "mkdir -p {0} && mount -t tmpfs disk {0} && touch {0}/theirs"

    def test_a_disk_that_is_mounted_within_stays_alone(self, installed, one):
        disk = "/var/lib/whod/backups"
        (installed.root / "var/lib/whod/gallery.db").write_text("people")
        script = f"{self.MOUNT.format(disk)} && {one}/install.sh --purge; echo $?; find /var/lib/whod; umount {disk}"
        done = installed.run("sh", "-c", script)
        assert done.stdout.splitlines() == ["1", "/var/lib/whod", disk, f"{disk}/theirs"]
        assert f"cannot delete '{disk}'" in done.stderr
        assert "What stays is above" in done.stderr
        assert "whod" not in (installed.root / "etc/passwd").read_text()
        assert not (installed.root / "etc/whod").exists()
        assert installed.install(one, "--purge").returncode == 0
        assert not [path for path in installed.files() if "whod" in path]

    def test_a_link_to_a_disk_goes_and_what_is_on_it(self, installed, one):
        (installed.root / "var/lib/whod").rmdir()
        (installed.root / "var/lib/whod").symlink_to("/srv/disk")
        script = f"{self.MOUNT.format('/srv/disk')} && {one}/install.sh --purge && ls -A /srv/disk; umount /srv/disk"
        done = installed.run("sh", "-c", script)
        assert done.returncode == 0, done.stderr
        assert done.stdout.endswith("Backups in folders of your own stay.\n")  # and nothing is listed
        assert not (installed.root / "var/lib/whod").is_symlink()

    def test_a_user_that_cannot_be_removed_is_said_at_the_end(self, installed, one):
        installed.program("userdel", "echo 'userdel: user whod is currently used by process 7' >&2; exit 8")
        done = installed.install(one, "--purge")
        assert done.returncode == 1
        assert "userdel: user whod is currently used by process 7\n" in done.stderr
        assert not [path for path in installed.files() if "whod" in path]

    def test_that_https_is_not_taken_up_again_is_said(self, installed, one):
        certificate = installed.root / "etc/whod/https/cert.pem"
        assert "--https" not in installed.install(one, "--uninstall").stdout
        certificate.parent.mkdir()
        certificate.touch()
        assert "HTTPS, with its certificate, is there again after" in installed.install(one, "--uninstall").stdout
