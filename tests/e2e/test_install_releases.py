# SPDX-License-Identifier: Apache-2.0
"""`sudo ./install.sh` where whod is a service already: upgrades, interruptions, back, and away (S4)."""

import pytest
from support_machine import why_not

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())


class TestAnotherVersion:
    def test_it_takes_the_place(self, installed):
        two = installed.checkout("two")
        done = installed.install(two)
        assert done.returncode == 0, done.stderr
        assert (installed.release(), installed.release("previous")) == ("two", "one")
        calls = installed.calls()
        made, stopped = (next(n for n, call in enumerate(calls) if word in call) for word in ("pip", "stop whod"))
        assert made < stopped  # it is made while the other runs

    def test_two_are_kept(self, installed):
        for name in ("two", "three"):
            assert installed.install(installed.checkout(name)).returncode == 0
        assert (installed.release(), installed.release("previous")) == ("three", "two")
        assert len(list((installed.root / "opt/whod/releases").iterdir())) == 2

    def test_one_that_does_not_come_up_gives_way(self, installed):
        installed.install(installed.checkout("two"))
        unit = (installed.root / "etc/systemd/system/whod.service").read_text()
        bad = installed.checkout("bad", broken=True)
        with (installed.root / bad[1:] / "systemd/whod.service").open("a") as file:
            file.write("# another unit\n")
        done = installed.install(bad)
        assert done.returncode == 3
        assert "its last words\n" in done.stderr
        assert "does not come up: back to 0." in done.stderr
        assert "runs again, as before" in done.stderr
        assert (installed.release(), installed.release("previous")) == ("two", "one")
        assert (installed.root / "srv/active").read_text() == str(
            (installed.root / "opt/whod/current").readlink()
        ) + "\n"
        assert (installed.root / "etc/systemd/system/whod.service").read_text() == unit
        assert installed.install("/srv/two").returncode == 0

    def test_of_one_that_does_not_come_up_nothing_is_left(self, installed):
        assert installed.install(installed.checkout("bad", broken=True)).returncode == 3
        assert len(list((installed.root / "opt/whod/releases").iterdir())) == 1

    def test_what_was_left_half_made_goes_before_room_is_needed(self, installed):
        half = installed.root / "opt/whod/releases/0.0.1-aaaaaaaaaaaa"
        half.mkdir()
        installed.program("df", "printf 'Avail\\n20480\\n'")
        assert "only 20 MB are free" in installed.install(installed.checkout("two")).stderr
        assert not half.exists()
        assert installed.release() == "one"

    def test_the_first_that_does_not_come_up_is_said(self, machine):
        done = machine.install(machine.checkout("bad", broken=True))
        assert done.returncode == 1
        assert "whod.service does not come up" in done.stderr
        assert "AAAA-BBBB-CCCC" not in done.stdout
        assert machine.install(machine.checkout("good")).returncode == 0

    def test_where_neither_comes_up_it_is_said_and_mended_by_the_next_run(self, installed, one):
        installed.install(installed.checkout("two"))
        installed.tell("nothing-starts")
        done = installed.install(installed.checkout("three"))
        assert done.returncode == 1
        assert "does not come up either" in done.stderr
        assert done.stderr.count("its last words\n") == 2
        assert (installed.release(), installed.release("previous")) == ("two", "one")
        (installed.root / "srv/nothing-starts").unlink()
        assert installed.install("/srv/two").returncode == 0
        assert (installed.release(), installed.release("previous")) == ("two", "one")

    def test_without_a_network_the_other_goes_on(self, installed):
        two = installed.checkout("two")
        installed.tell("no-network")
        done = installed.install(two)
        assert done.returncode == 1
        assert "pip could not install whod; all of what it said is in /opt/whod/install.log" in done.stderr
        assert installed.release() == "one"
        assert not [call for call in installed.calls() if "stop whod" in call]
        (installed.root / "srv/no-network").unlink()
        assert installed.install(two).returncode == 0
        assert installed.release() == "two"


class TestInterrupted:
    """As when the power goes: at each call of a program, one after the other."""

    @pytest.fixture
    def switched(self, installed):
        """The power went after the switch, before whod was seen to come up, and came back."""
        installed.program("sleep", "kill -9 $(cat /srv/pid)")
        assert installed.install(installed.checkout("two")).returncode != 0
        installed.program("sleep", "")
        assert installed.release() == "two"
        return installed

    def test_the_next_run_finishes_it_and_says_so(self, switched):
        switched.calls()
        done = switched.install("/srv/two")
        assert done.returncode == 0, done.stderr
        assert "a change of release was cut short before; the last that was seen to come up is 0." in done.stderr
        assert "systemctl restart whod.service" in switched.calls()  # though it runs: it has to show that it comes up
        assert (switched.release(), switched.release("previous")) == ("two", "one")
        assert switched.install("/srv/two").stderr == ""

    def test_the_next_run_goes_back_where_it_does_not_come_up(self, switched):
        (switched.root / "opt/whod/current/.venv/broken").touch()
        (switched.root / "srv/active").unlink()
        assert switched.install("/srv/two").returncode == 3
        assert (switched.release(), (switched.root / "srv/active").exists()) == ("one", True)

    def test_it_can_be_taken_back(self, switched):
        done = switched.run("/opt/whod/current/install.sh", "--rollback")
        assert done.returncode == 0, done.stderr
        assert switched.release() == "one"
        assert "once more" not in done.stdout

    @pytest.mark.parametrize("lost", ["exec {} 2>/dev/full", "{} 2>&1 | sh -c 'echo $$ >/srv/reader; exec cat'"])
    @pytest.mark.parametrize("broken", [False, True])
    def test_nobody_who_listens_any_more_stops_it(self, installed, lost, broken):
        two = installed.checkout("two", broken=broken)
        stop = installed.root / "srv/bin/systemctl"
        stop.write_text(stop.read_text().replace("  stop) ", "  stop) kill $(cat /srv/reader); "))
        installed.tell("reader", "")
        installed.run("sh", "-c", lost.format(f"{two}/install.sh"))
        left = "one" if broken else "two"
        assert (installed.release(), (installed.root / "srv/active").exists()) == (left, True)

    @pytest.mark.slow
    def test_the_first_installation_is_taken_up(self, machine, one):
        for number in range(1, 100):
            machine.tell("kill-at", str(number))
            machine.calls()
            machine.install(one)
            if len(machine.calls()) < number:
                break
            machine.tell("kill-at")
            again = machine.install(one)
            assert again.returncode == 0, (number, again.stderr)
            assert (machine.release(), (machine.root / "srv/active").exists()) == ("one", True)
            assert len(list((machine.root / "opt/whod/releases").iterdir())) == 1
            assert not (machine.root / "opt/whod/proven").is_symlink()
            assert machine.install(one, "--purge").returncode == 0
        assert number > 15

    @pytest.mark.slow
    @pytest.mark.parametrize("broken", [False, True])
    def test_another_version_is_taken_up_or_given_up(self, installed, broken):
        two = installed.checkout("two", broken=broken)
        code, left = (3, "one") if broken else (0, "two")
        for number in range(1, 100):
            installed.tell("kill-at", str(number))
            installed.calls()
            installed.install(two)
            if len(installed.calls()) < number:
                break
            assert installed.release() in ("one", "two")  # what a start of the machine would find
            installed.tell("kill-at")
            again = installed.install(two)
            assert again.returncode == code, (number, again.stderr)
            assert (installed.release(), (installed.root / "srv/active").exists()) == (left, True)
            assert not (installed.root / "opt/whod/proven").is_symlink()
            assert installed.install("/srv/one").returncode == 0
            assert installed.release() == "one"
            installed.drop_others()
        assert number > 10

    def test_in_the_middle_of_the_change_the_next_run_ends_it(self, installed):
        two = installed.checkout("two")
        installed.calls()
        installed.install(two, "--dry-run")
        lost = 'case "$*" in *storage*) kill -9 $(cat /srv/pid) ;; esac\nexec /usr/sbin/runuser "$@"'
        installed.program("runuser", lost)  # whod is stopped, and its databases are handed over
        assert installed.install(two).returncode != 0
        assert (installed.release(), (installed.root / "srv/active").exists()) == ("one", False)
        (installed.root / "srv/bin/runuser").unlink()
        assert installed.install(two).returncode == 0
        assert (installed.release(), installed.release("previous")) == ("two", "one")


class TestBack:
    def test_to_the_version_before_and_forth(self, installed):
        installed.install(installed.checkout("two"))
        for version in ("one", "two"):
            done = installed.run("/opt/whod/current/install.sh", "--rollback")
            assert done.returncode == 0, done.stderr
            assert installed.release() == version
            assert (installed.root / "srv/active").exists()

    def test_not_to_one_that_does_not_come_up_any_more(self, installed):
        """As where a drop-in has a setting by now that only the newer one knows."""
        installed.install(installed.checkout("two"))
        (installed.root / "opt/whod/previous/.venv/broken").touch()
        done = installed.run("/opt/whod/current/install.sh", "--rollback")
        assert done.returncode == 3
        assert "its last words\n" in done.stderr
        assert (installed.release(), installed.release("previous")) == ("two", "one")
        assert (installed.root / "srv/active").exists()

    def test_not_without_one(self, installed, one):
        done = installed.install(one, "--rollback")
        assert done.returncode == 1
        assert "there is no version before this one" in done.stderr

    def test_the_version_before_gets_databases_that_it_can_read(self, installed):
        installed.tell("versions", "gallery.db 4\nevents.db 7\n")
        installed.install(installed.checkout("two"))
        installed.tell("versions", "gallery.db 5\nevents.db 7\n")
        installed.calls()
        installed.run("/opt/whod/current/install.sh", "--rollback")
        assert "told gallery.db 4 events.db 7 " in installed.calls()

    def test_where_that_cannot_be_it_stays_as_it_was(self, installed):
        installed.install(installed.checkout("two"))
        installed.tell("no-copy")
        done = installed.run("/opt/whod/current/install.sh", "--rollback")
        assert done.returncode == 3
        assert installed.release() == "two"
        assert (installed.root / "srv/active").exists()


class TestAway:
    def test_settings_and_data_stay_and_are_taken_up_again(self, installed, one):
        own = installed.root / "etc/systemd/system/whod.service.d/override.conf"
        own.parent.mkdir()
        own.write_text("[Service]\n")
        (installed.root / "var/lib/whod/gallery.db").write_text("people")
        (installed.root / "etc/whod/config.toml").write_text("# mine\n")
        done = installed.install(one, "--uninstall")
        assert done.returncode == 0, done.stderr
        left = {path for path in installed.files() if "whod" in path}
        assert left == {
            "etc/systemd/system/whod.service.d", "etc/systemd/system/whod.service.d/override.conf",
            "etc/whod", "etc/whod/config.toml", "var/lib/whod/gallery.db",
        }  # fmt: skip
        assert not (installed.root / "srv/active").exists()
        assert installed.install(one, "--uninstall").returncode == 0
        assert installed.install(one).returncode == 0
        assert (installed.root / "var/lib/whod/gallery.db").read_text() == "people"
        assert (installed.root / "etc/whod/config.toml").read_text() == "# mine\n"

    @pytest.mark.parametrize("before", [(), ("--uninstall",)])
    def test_purged_nothing_of_it_is_left(self, installed, one, before):
        if before:
            installed.install(one, *before)
        front = installed.root / "etc/systemd/system/whod-https.service"
        front.write_text("[Service]\n")
        done = installed.install(one, "--purge")
        assert done.returncode == 0, done.stderr
        assert not [path for path in installed.files() if "whod" in path]
        assert "whod" not in (installed.root / "etc/passwd").read_text()
        assert installed.install(one, "--purge").returncode == 0

    def test_purged_is_also_what_lies_on_a_disk_of_its_own(self, installed, one):
        state = installed.root / "var/lib/whod"
        (state / "gallery.db").write_text("people")
        elsewhere = installed.root / "srv/disk"
        state.rename(elsewhere)
        (elsewhere / "not-ours").symlink_to("/srv/one")
        state.symlink_to("/srv/disk")
        done = installed.install(one, "--purge")
        assert done.returncode == 0, done.stderr
        assert not state.is_symlink()
        assert not list(elsewhere.iterdir())
        assert (installed.root / "srv/one/install.sh").exists()

    def test_so_it_is_where_that_is_mounted(self, installed, one):
        folder = "/var/lib/whod"
        mounted = f"mount -t tmpfs disk {folder} && touch {folder}/gallery.db"
        done = installed.run("sh", "-c", f"{mounted} && {one}/install.sh --purge && ls -A {folder}; umount {folder}")
        assert done.returncode == 0, done.stderr
        assert done.stdout.endswith("Backups in folders of your own stay.\n")  # and nothing is listed

    def test_a_version_takes_itself_away(self, installed):
        done = installed.run("/opt/whod/current/install.sh", "--uninstall")
        assert done.returncode == 0, done.stderr
        assert not (installed.root / "opt/whod").exists()

    def test_also_where_systemd_does_not_run(self, installed, one):
        (installed.root / "run/systemd/system").rmdir()
        assert installed.install(one, "--purge").returncode == 0
        assert not [path for path in installed.files() if "whod" in path]
