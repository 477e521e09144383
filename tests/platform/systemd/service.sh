#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Second boot, of the machine that the first left behind: the service alone, and what befalls it.
# shellcheck source=tests/platform/guest.sh
source /srv/part/guest.sh

score() { systemd-analyze security --no-pager "$1" | grep -oP 'Overall exposure level for .*: \K[0-9.]+'; }
at_most() { python3 -c 'import sys; print(sys.argv[1:]); sys.exit(not float(sys.argv[1]) <= float(sys.argv[2]))' "$@"; }
seconds() { python3 -c 'import sys; print(f"{(int(sys.argv[2]) - int(sys.argv[1])) / 1e6:.1f} s")' "$@"; }
start_took() { seconds "$(of ExecMainStartTimestampMonotonic)" "$(of ActiveEnterTimestampMonotonic)"; }

# --- after a reboot -------------------------------------------------------------------------------------------------

listen
since=$(now_heard)
prove "after a reboot whod is up by itself, $(start_took) after its start" is_up
prove "… knows everybody" same "$(people | cut -d ' ' -f 2- | sort)" $'Eileen 1\nZoë 王 1'
prove "… and identifies them" identifies Eileen "$since"
prove "… and who is not enrolled is a stranger" within 60 said "$since" '^whod/door/identified .*"event_type": ?"unknown"'

# --- its sandbox ----------------------------------------------------------------------------------------------------

status() { grep -E "^($1):" "/proc/$(of MainPID)/status"; }
as_whod=(setpriv --reuid=whod --regid=whod --init-groups)
prove "systemd-analyze verify has nothing to say of the unit" empty "$(systemd-analyze verify --man=no "$unit" 2>&1)"
prove "systemd-analyze security: $(score "$unit"), at most 2.0" at_most "$(score "$unit")" 2.0
prove "it runs as whod, without a capability" same "$(stat -c %U "/proc/$(of MainPID)") $(status CapBnd | cut -f 2)" "whod 0000000000000000"
prove "… behind a filter of system calls, with no new privileges" same "$(status 'Seccomp|NoNewPrivs' | cut -f 2 | tr '\n' ' ')" "1 2 "
writable() { # by it, in the file system as it sees it
  nsenter --target "$(of MainPID)" --mount "${as_whod[@]}" find / \
    \( -path /proc -o -path /tmp -o -path /var/lib/whod \) -prune -writable -print -o -type d -writable -print 2>/dev/null
}
prove "… and can write to its state, a /tmp of its own, and what is everybody's until a reboot" same \
  "$(writable | grep -vxE '/dev/shm|/dev/mqueue|/run/lock|/proc' | sort | tr '\n' ' ')" "/tmp /var/lib/whod /var/tmp "
prove "the release cannot be written by whod" empty "$("${as_whod[@]}" find /opt/whod /usr/local/bin /etc/whod ! -type l -writable)"

# --- secrets --------------------------------------------------------------------------------------------------------

secret=/etc/whod/mqtt_password # read by grep: else it stood in a command line
loose() { find "$1" ! -type l \( -type d ! -perm 0700 -o ! -type d ! -perm 0600 -o ! -user whod \) -printf '%p %m %u\n'; }
whod backup /run/people.backup >/dev/null 2>&1
prove "the state folder is 0700, and each file in it 0600" empty "$(loose /var/lib/whod)"
prove "a backup is made" test -s /run/people.backup
prove "… 0600 too" same "$(stat -c %a /run/people.backup)" 600
prove "the broker's password is in no environment, command line or unit" not grep -qaFf $secret \
  <(cat /proc/[0-9]*/{environ,cmdline} 2>/dev/null; systemctl show "$unit")
prove "… no log" not grep -qaFf $secret <(journalctl --no-pager --output=export; cat /opt/whod/install.log)
prove "… no database, backup, nor elsewhere in its folders" not grep -qraFf $secret /var/lib/whod /run/people.backup /opt/whod /etc/whod/config.toml
prove "no name is in the log" not grep -qaE 'Eileen|王' <(journalctl --no-pager --output=export)

# --- asked to begin anew, killed, hung ------------------------------------------------------------------------------

printf 'commands = ["restart"]\n' >>/etc/whod/config.toml
pid=$(of MainPID)
systemctl restart "$unit"
prove "a setting of the file is taken up by a restart" pid_is_not "$pid"
pid=$(of MainPID) since=$(now_heard)
within 10 said "$since" '^whod/door/availability online'
mosquitto_pub -h 127.0.0.1 -u watcher -P watcher -t whod/door/command/restart -m PRESS
prove "over MQTT it is asked to begin anew, and answers" within 60 said "$since" '^whod/door/response/restart '
prove "… and does" within 60 pid_is_not "$pid"

pid=$(of MainPID) since=$(now_heard)
systemctl kill --signal=KILL "$unit"
prove "SIGKILL: it is started again" within 60 pid_is_not "$pid"
prove "… and identifies" identifies Eileen "$since"
prove "… and the broker has told that it was away" said "$since" '^whod/door/availability offline'

pid=$(of MainPID) since=$(now_heard) start=$SECONDS
systemctl kill --signal=STOP "$unit"
prove "a process that hangs is killed by the watchdog and started again" within 120 pid_is_not "$pid"
prove "… $((SECONDS - start)) s after; the journal says why" grep -q 'Watchdog timeout' <(journalctl --boot --unit=whod --no-pager)
prove "… and identifies" identifies Eileen "$since"

# One worker that hangs in a camera for ever: each time its supervisor begins it anew, until that is no help.
cat >/srv/hangs.toml <<'END'
source = "demo"
[[fault]]
after_s = 8
what = "block"
END
sed -i 's#^source = .*#source = "script:/srv/hangs.toml"#' /etc/whod/config.toml
systemctl restart "$unit"
pid=$(of MainPID) start=$SECONDS count=$(of NRestarts)
prove "a worker that hangs again and again: whod is killed, and started anew" within 240 pid_is_not "$pid"
prove "… $((SECONDS - start - 8)) s after it hung for the first time, by the watchdog" same \
  "$(journalctl --boot --unit=whod --no-pager | grep -c 'Watchdog timeout')" 2

# --- settings that are wrong, a camera that is not there ------------------------------------------------------------

is_refused() { same "$(of ExecMainStatus) $(of ActiveState)" "78 failed"; }
sed -i 's#^source = .*#source = 7#' /etc/whod/config.toml
systemctl restart "$unit"
prove "wrong settings: it is not started again and again" within 60 is_refused
prove "… and the log says which" grep -q 'camera.source' <(journalctl --boot --unit=whod --no-pager --lines=20)
sed -i 's#^source = .*#source = "auto"#' /etc/whod/config.toml
prove "without a camera it is up" systemctl restart "$unit"
count=$(of NRestarts)
sleep 45
prove "… and stays so, longer than the watchdog waits" same "$(of NRestarts) $(of ActiveState)" "$count active"
sed -i 's#^source = .*#source = "demo"#' /etc/whod/config.toml
systemctl restart "$unit"
start=$(date +%s%N)
systemctl stop "$unit"
prove "it stops in good order, in $(seconds "${start%???}" "$(date +%s%N | sed 's/...$//')")" same "$(of Result)" success
