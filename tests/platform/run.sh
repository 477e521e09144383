#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# What no Pi is needed for to prove: whod in Debian systems of their own, each made from nothing.
#
#   tests/platform/run.sh [PART…]       as root, on a Debian; all parts without a name, two at a time
#   tests/platform/run.sh --list
#
# A part NAME is the program tests/platform/NAME/run.sh; a part NAME-SUITE is the same with SUITE as its argument. It prints
# a line "ok - …" for each thing that it proved, or "NOT ok - …", and all else into its log, which is shown if it fails.
# Systems and wheels are kept in $WHOD_ROOTS (or ~/.cache/whod/roots, some GB) until what they are made of changes.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source=tests/platform/lib.sh
source "$here/lib.sh"
parts=(arm64-trixie arm64-bookworm systemd picamera) # the longest first

usage() { die "usage: $0 [--list | PART…], where PART is one of: ${parts[*]}"; }

# labelled NAME: the lines that a part gives, with its name before them; 1 if none of them, or not each, is "ok - …".
labelled() {
  local line good=0 bad=0
  while IFS= read -r line; do
    printf '[%s] %s\n' "$1" "$line"
    if [[ $line == 'ok - '* ]]; then good=$((good + 1)); else bad=$((bad + 1)); fi
  done
  [[ $good -gt 0 && $bad -eq 0 ]]
}

# run_part NAME: the part, in a session of its own, and at the end what it took; 1 if it failed.
run_part() {
  local name=$1 log=$logs/$1.log start=$SECONDS code=0 program suite=() user=0 system=0 TIMEFORMAT='%0U %0S'
  program=$here/${name%%-*}/run.sh
  [[ $name != *-* ]] || suite=("${name#*-}")
  # shellcheck disable=SC2016 # the inner shell's
  { time setsid --wait bash -c 'echo $$ >"$1"; shift; exec "$@"' part "$logs/$name.pid" "$program" "${suite[@]}" 2>"$log"; } \
    2>"$logs/$name.times" | labelled "$name" || code=$?
  read -r user system <"$logs/$name.times" || true
  rm -f "$logs/$name".{pid,times}
  if [[ $code -eq 0 ]]; then
    echo "[$name] done in $((SECONDS - start)) s, $((user + system)) s of a processor"
    return
  fi
  tail -n 60 "$log" | sed "s/^/[$name] | /"
  echo "[$name] FAILED after $((SECONDS - start)) s; all that it said: $log"
  return 1
}

# stop: ends the parts that run, which take away what they have made.
stop() {
  trap '' INT TERM HUP
  local file
  for file in "$logs"/*.pid; do
    [[ ! -e $file ]] || kill -TERM -- "-$(cat "$file")" 2>/dev/null || true
  done
  wait
  rm -r "$logs"
  die "stopped"
}

wanted=()
for name in "$@"; do
  case $name in
    --list) printf '%s\n' "${parts[@]}" && exit ;;
    *) [[ " ${parts[*]} " == *" $name "* ]] || usage ;;
  esac
  wanted+=("$name")
done
[[ $# -gt 0 ]] || wanted=("${parts[@]}")
[[ $EUID -eq 0 ]] || die "this makes systems and boots them, which takes root: sudo make platform"

logs=$(mktemp -d --tmpdir whod-platform.XXXXXX)
trap stop INT TERM HUP
failed=0 running=0
for name in "${wanted[@]}"; do
  if [[ $running -eq 2 ]]; then
    wait -n || failed=$((failed + 1))
    running=1
  fi
  run_part "$name" &
  running=$((running + 1))
done
while [[ $running -gt 0 ]]; do
  wait -n || failed=$((failed + 1))
  running=$((running - 1))
done
echo "$((${#wanted[@]} - failed)) passed, $failed failed in $SECONDS s"
[[ $failed -eq 0 ]] || exit 1
rm -r "$logs"
