# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# Ways to look at whod from within a booted system: read by the scripts that the parts run there.

set -uo pipefail
newest=/srv/new # the project as it stands
older=/srv/old  # as it was before its databases were of today's form
heard=/run/heard # all that was said at the broker, as "topic payload"
unit=whod.service

# prove WHAT COMMAND…: a line that it holds, with the seconds if it took long, or the end.
prove() {
  local what=$1 start=$SECONDS
  shift
  if "$@" >/run/said 2>&1; then
    echo "ok - $what$([[ $((SECONDS - start)) -lt 10 ]] || echo " ($((SECONDS - start)) s)")"
    return
  fi
  echo "NOT ok - $what"
  {
    echo "failed: $*"
    tail -n 40 /run/said
    journalctl --unit=whod --unit=whod-https --boot --no-pager --lines=60
  } >&2
  exit 1
}

# within SECONDS COMMAND…: whether it succeeds at one time or another until then.
within() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [[ $SECONDS -lt $end ]] || return 1
    sleep 0.2
  done
}

# same A B, and the reverse
same() { [[ $1 == "$2" ]] || { echo "'$1' is not '$2'" && false; }; }
differs() { [[ $1 != "$2" ]]; }
not() { # no failure of the command itself, such as a file that is not there for grep
  local code=0
  "$@" || code=$?
  [[ $code -eq 1 ]]
}
empty() { [[ -z $1 ]] || { echo "$1" && false; }; }
has() { grep -qF -- "$2" <<<"$1" || { echo "$1" && false; }; }

of() { systemctl show --property="$1" --value "${2:-$unit}"; }
is_up() { [[ $(of ActiveState) == active && $(of MainPID) -gt 0 ]]; }
pid_is_not() { is_up && [[ $(of MainPID) != "$1" ]]; }

# people: who is enrolled, a line each: id, name, samples.
people() {
  whod people --json | python3 -c 'import json, sys
for person in sorted(json.load(sys.stdin), key=lambda person: person["id"]):
    print(person["id"], person["name"], person["samples"])'
}

# listing: all that an installation may touch, and the process that runs; but not what whod itself writes.
listing() {
  find /etc /opt /usr/local -maxdepth 7 -printf '%p %y %m %U %G %s %T@ %l\n' | sort
  of MainPID
}

# install FOLDER [WORD…]: its install.sh, as somebody calls it who is not at a terminal; what it prints: /run/stdout, /run/stderr.
install_sh() {
  local folder=$1
  shift
  (cd "$folder" && ./install.sh "$@") </dev/null >/run/stdout 2>/run/stderr
  local code=$?
  cat /run/stdout /run/stderr
  return "$code"
}
ends_with() { # CODE COMMAND…
  local wanted=$1
  shift
  "$@"
  same $? "$wanted"
}

# --- the broker -----------------------------------------------------------------------------------------------------

start_broker() {
  mosquitto_passwd -b -c /etc/mosquitto/passwords whod "$(cat /etc/whod/mqtt_password)" 2>/dev/null
  mosquitto_passwd -b /etc/mosquitto/passwords watcher watcher 2>/dev/null
  chown mosquitto /etc/mosquitto/passwords
  printf 'listener 1883 127.0.0.1\nallow_anonymous false\npassword_file /etc/mosquitto/passwords\n' >/etc/mosquitto/conf.d/whod.conf
  systemctl restart mosquitto
}

listen() {
  : >"$heard"
  mosquitto_sub -h 127.0.0.1 -u watcher -P watcher -v -q 1 -t 'whod/#' >>"$heard" 2>&1 &
}

now_heard() { wc -c <"$heard"; }

# said SINCE PATTERN: whether something like this was said after SINCE, of now_heard.
said() { tail -c +$(($1 + 1)) "$heard" | grep -qE "$2"; }

# identifies NAME SINCE [SECONDS]
identifies() { within "${3:-60}" said "$2" "^whod/door/identified .*\"name\": ?\"$1\""; }
