#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Puts whod into a folder .venv beside this script; see usage below. Asks nothing, and may be run again at any time:
# what is there already is kept, what was interrupted is done anew.
set -euo pipefail
unset PYTHONHOME PYTHONPATH # another environment's

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
venv=$here/.venv
python=$venv/bin/python
log=$venv/install.log
building=$venv/whod-building # there while pip works: a .venv that has it is half made
stamp=$venv/whod-stamp

system_python=/usr/bin/python3
system_packages=() # for `python -m venv`
numpy_pin=         # a requirement, where the system's packages are built against the system's numpy

usage() {
  cat <<'END'
usage: ./install.sh try [OPTION…]   install, and play with it: a camera or the demo, a page, a broker; Ctrl-C ends it
                                    (options are whod's own, for example --set camera.source=demo)
       ./install.sh dev             install with the tools for working on it
       ./install.sh test [--all] [PYTEST ARGUMENT…]
                                    the same, then all checks and tests; --all runs the slow tests too
       sudo ./install.sh --https [--name NAME…] [--port PORT]
                                    put nginx before whod's page, with a certificate of its own making that is good for
                                    this machine's names and addresses, and for each NAME; PORT instead of 443
END
}

service_note() {
  cat <<'END'

To install it as a service is not this script's work yet. By hand, on a Debian or Raspberry Pi OS, docs/install.md
takes you through it: a copy in /opt/whod, systemd/whod.sysusers and systemd/whod.service.
END
}

say() { printf 'install.sh: %s\n' "$*" >&2; }

die() {
  say "$*"
  exit 1
}

has() { command -v "$1" >/dev/null; }

# --- the system -----------------------------------------------------------------------------------------------------

may_apt() { has apt-get && { [[ $EUID -eq 0 ]] || sudo -n true 2>/dev/null; }; }

as_root() { if [[ $EUID -eq 0 ]]; then "$@"; else sudo -n "$@"; fi; }

# apt PACKAGE…: installs them, if that can be done without a question.
apt() {
  may_apt || return 1
  say "installing $* with apt-get"
  local get=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120)
  local install=("${get[@]}" install -y --no-install-recommends "$@")
  { as_root "${install[@]}" || { as_root "${get[@]}" update && as_root "${install[@]}"; }; } </dev/null &>/dev/null
}

# want COMMAND PACKAGE WHAT FOR: have a command that is good to have, or say what goes without it.
want() {
  local command=$1 package=$2
  shift 2
  PATH=$PATH:/usr/sbin has "$command" || apt "$package" || say "without $package: $* (sudo apt install $package)"
}

# A broker to start for oneself. Debian starts and enables one for the whole machine with the package, for which nobody
# has asked.
get_mosquitto() {
  PATH=$PATH:/usr/sbin has mosquitto && return
  apt mosquitto mosquitto-clients || return
  if [[ -d /run/systemd/system ]]; then as_root systemctl disable --quiet --now mosquitto.service &>/dev/null || true; fi
}

# The same of nginx.
get_nginx() {
  PATH=$PATH:/usr/sbin has nginx && return
  apt nginx-light || return
  if [[ -d /run/systemd/system ]]; then as_root systemctl disable --quiet --now nginx.service &>/dev/null || true; fi
}

check_machine() {
  local arch
  arch=$(dpkg --print-architecture 2>/dev/null || uname -m)
  case $arch in
    amd64 | arm64 | x86_64 | aarch64) ;;
    *) die "whod needs a 64-bit system (amd64 or arm64), and this one is $arch: install the 64-bit Raspberry Pi OS." ;;
  esac
  [[ -w $here && (! -e $venv || -O $venv) ]] ||
    die "$venv cannot be written by $(id -un): run this as the owner of $here, or remove that folder."
}

is_pi() { grep -qs 'Raspberry Pi' /proc/device-tree/model; }

# --- Python ---------------------------------------------------------------------------------------------------------

recent() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11) or sys.maxsize < 2**32)' 2>/dev/null; }

sees() { "$1" -c 'import importlib.util, sys; sys.exit(importlib.util.find_spec(sys.argv[1]) is None)' "$2" 2>/dev/null; }

# Sets base, the interpreter to make .venv with. The Pi's camera is a system package, tied to the system's Python.
choose_python() {
  if is_pi && ! sees "$system_python" picamera2; then
    apt python3-picamera2 || say "for the Pi's camera: sudo apt install --no-install-recommends python3-picamera2"
  fi
  if sees "$system_python" picamera2 && recent "$system_python"; then
    base=$system_python
    system_packages=(--system-site-packages)
    numpy_pin=numpy==$("$base" -c 'import importlib.metadata as m; print(m.version("numpy"))')
    return
  fi
  has python3 || apt python3 || true
  for base in python3 python3.13 python3.12 python3.11; do
    if has "$base" && recent "$base"; then return; fi
  done
  die "whod needs a 64-bit Python 3.11 or newer: sudo apt install python3 python3-venv (Debian 12 and newer have it)."
}

# Whether there is a .venv to build on: whole, of a recent Python, here from the start, and open to the system or not.
venv_fits() {
  if [[ ! -x $python || -e $building ]] || ! recent "$python" || ! sees "$python" pip; then return 1; fi
  local open=false
  [[ ${#system_packages[@]} -eq 0 ]] || open=true
  grep -qx "include-system-site-packages = $open" "$venv/pyvenv.cfg" || return 1
  [[ ! -e $stamp ]] || grep -qxF "place $here" "$stamp"
}

make_venv() {
  venv_fits && return
  sees "$base" ensurepip || apt python3-venv ||
    die "Python's venv module is not complete: sudo apt install python3-venv, then run this again."
  say "making .venv with $("$base" --version)"
  mkdir -p "$venv"
  touch "$building"
  # --clear would take $building away too, and with it the knowledge that the folder is half made.
  find "$venv" -mindepth 1 -maxdepth 1 ! -path "$building" -exec rm -rf {} +
  "$base" -m venv "${system_packages[@]}" "$venv" || die "$base cannot make $venv."
}

# --- whod -----------------------------------------------------------------------------------------------------------

pip() { "$python" -m pip --disable-pip-version-check --no-input "$@" >>"$log" 2>&1; }

# install EXTRAS: whod from this folder, changed files at once in use.
install() {
  local pin=()
  if [[ -n $numpy_pin ]]; then
    printf '%s\n' "$numpy_pin" >"$venv/constraints.txt"
    pin=(-c "$venv/constraints.txt")
  fi
  (cd "$here" && pip install "${pin[@]}" -e ".[$1]")
}

pip_failed() {
  rm "$building" # pip has put all back in order
  tail -n 15 "$log" >&2
  die "pip could not install whod; all of what it said is in $log."
}

# install_runtime EXTRAS: with the newer runtime, or the older where the newer has no wheel.
install_runtime() {
  install "litert$1" || {
    grep -q 'ai[-_]edge[-_]litert' "$log" &&
      "$python" -c 'import sys; sys.exit(sys.version_info >= (3, 12))' &&
      install "tflite$1"
  }
}

# One invocation of the models proves more than an import does: a runtime may load and still not run.
proven() {
  [[ $("$venv/bin/whod" --config /dev/null embed --jsonl "$here/models/golden.png" 2>>"$log") == *'"faces": [{'* ]]
}

# PyPI's python-daemon also installs a package of the name daemon.
check_ours() {
  local found
  found=$(cd / && "$python" -c 'import daemon; print(daemon.__file__ or "")' 2>/dev/null) || found=nothing
  [[ $found == "$here/daemon/__init__.py" ]] ||
    die "the package daemon in .venv is $found, not whod's: remove $venv, then run this again."
}

# what_is_asked KIND: everything that pip's result depends on.
what_is_asked() {
  printf 'place %s\n' "$here"
  printf '%s %s %s\n' "$1" "$(grep '^version' "$venv/pyvenv.cfg")" "$numpy_pin"
  sha256sum <"$here/pyproject.toml"
}

# provide KIND EXTRAS: a .venv with whod in it, unless it is there already; nothing is missing from one with the tools.
provide() {
  check_machine
  choose_python
  make_venv
  local kind
  for kind in dev "$1"; do
    if [[ $(what_is_asked "$kind") == "$(cat "$stamp" 2>/dev/null)" ]]; then return; fi
  done
  say "installing whod and what it needs; some minutes on a Pi"
  touch "$building"
  : >"$log"
  install_runtime "$2" || pip_failed
  check_ours
  proven || die "the models do not run on this machine: $venv/bin/whod doctor says more."
  what_is_asked "$1" >"$stamp"
  rm "$building"
}

# --- what it was called for -----------------------------------------------------------------------------------------

dev() {
  provide dev ,dev
}

failed=()

# check COMMAND…: one of the checks before the tests; all are run, and any failure counts.
check() {
  say "$*"
  PATH=$venv/bin:$PATH "$@" || failed+=("$*")
}

run_tests() {
  local selection=(-m "not slow")
  if [[ ${1-} == --all ]]; then
    selection=(--cov --cov-report=term:skip-covered)
    shift
  fi
  dev
  get_mosquitto || say "without mosquitto: the tests of MQTT are skipped (sudo apt install mosquitto)"
  want chromium chromium "the tests in a browser are skipped"
  want age age "backups are not tried with the ordinary age"
  want shellcheck shellcheck "install.sh is not checked"
  get_nginx || say "without nginx: the HTTPS front is not tried (sudo apt install nginx-light)"
  want systemd-analyze systemd "the systemd unit is not checked"
  cd "$here"
  check ruff check --quiet
  check ruff format --check --quiet
  check mypy
  check lint-imports --no-logo
  if has shellcheck; then check shellcheck -x install.sh .ci/run systemd/https.sh tests/homeassistant/run.sh; fi
  [[ ${#failed[@]} -eq 0 ]] || say "FAILED, the tests follow all the same: ${failed[*]}"
  local code=0
  "$venv/bin/pytest" "${selection[@]}" "$@" || code=$?
  [[ $code -ne 0 || ${#failed[@]} -eq 0 ]] || code=1
  exit "$code"
}

try() {
  provide try ''
  get_mosquitto || true # whod says what goes without it
  # The defaults alone: the settings of a whod that is installed as a service are not for playing.
  exec "$venv/bin/whod" --config /dev/null --state-dir "$here/.whod" "$@" try
}

command=${1-}
[[ $# -eq 0 ]] || shift
case $command in
  try) try "$@" ;;
  test) run_tests "$@" ;;
  https | --https)
    # shellcheck source=systemd/https.sh
    source "$here/systemd/https.sh"
    https "$@"
    ;;
  dev)
    [[ $# -eq 0 ]] || { usage >&2 && exit 2; }
    dev
    echo 'Ready. All checks and tests: ./install.sh test; the command: .venv/bin/whod --help; see CONTRIBUTING.md.'
    ;;
  -h | --help)
    usage
    service_note
    ;;
  '')
    { usage && service_note; } >&2
    exit 2
    ;;
  *)
    say "there is no '$command' here"
    usage >&2
    exit 2
    ;;
esac
