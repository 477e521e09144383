#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs whod as a service, or into a folder .venv beside this script; see usage below. Asks nothing, and may be run
# again at any time: what is there already is kept, what was interrupted is done anew.
set -euo pipefail
unset CDPATH PYTHONHOME PYTHONPATH # another environment's
export PYTHONNOUSERSITE=1          # what this user has in ~/.local is no part of whod

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)

# Where the service lies.
opt=/opt/whod
current=$opt/current
units=/etc/systemd/system

dry='' # set: only say what would be done

usage() {
  cat <<'END'
usage: sudo ./install.sh            install whod as a service, or bring it up to date; docs/install.md
         --no-start                 for a system that does not run, such as an image: it starts at its next boot
       sudo ./install.sh --rollback     back to the version before
       sudo ./install.sh --uninstall    remove it; settings and data stay
       sudo ./install.sh --purge        remove these, too
         --dry-run                  with any of the above: only say what would be done
       sudo ./install.sh --https [--name NAME…] [--port PORT]
                                    put nginx before whod's page, with a certificate of its own making that is good for
                                    this machine's names and addresses, and for each NAME; PORT instead of 443
       ./install.sh try [OPTION…]   play with it in this folder: a camera or the demo, a page, a broker; Ctrl-C ends it
                                    (options are whod's own, for example --set camera.source=demo)
       ./install.sh dev             install in this folder, with the tools for working on it
       ./install.sh test [--all] [PYTEST ARGUMENT…]
                                    the same, then all checks and tests; --all runs the slow tests too
END
}

# say WORDS…: to whom it may reach; a connection that is lost must not stop a change of release halfway.
say() { printf 'install.sh: %s\n' "$*" >&2 || true; }

die() {
  say "$*"
  exit 1
}

has() { command -v "$1" >/dev/null; }

# may WHAT: whether to do it now; with --dry-run it is only said.
may() {
  if [[ -n $dry ]]; then
    printf 'would %s\n' "$*"
    return 1
  fi
  say "$*"
}

# --- the system -----------------------------------------------------------------------------------------------------

may_apt() { has apt-get && { [[ -n $dry || $EUID -eq 0 ]] || sudo -n true 2>/dev/null; }; }

as_root() { if [[ $EUID -eq 0 ]]; then "$@"; else sudo -n "$@"; fi; }

# apt PACKAGE…: installs them, if that can be done without a question.
apt() {
  may_apt || return 1
  may "install $* with apt-get" || return 0
  local get=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120)
  local install=("${get[@]}" install -y --no-install-recommends "$@")
  { as_root "${install[@]}" || { as_root "${get[@]}" update && as_root "${install[@]}"; }; } </dev/null &>/dev/null
}

# want COMMAND PACKAGE WHAT FOR: have a command that is good to have, or say what goes without it.
want() {
  local command=$1 package=$2
  shift 2
  has "$command" || apt "$package" || say "without $package: $* (sudo apt install $package)"
}

# A broker to start for oneself. Debian starts and enables one for the whole machine with the package, for which nobody
# has asked.
get_mosquitto() {
  has mosquitto && return
  apt mosquitto mosquitto-clients || return
  if [[ -d /run/systemd/system ]]; then as_root systemctl disable --quiet --now mosquitto.service &>/dev/null || true; fi
}

# The same of nginx.
get_nginx() {
  has nginx && return
  apt nginx-light || return
  if [[ -d /run/systemd/system ]]; then as_root systemctl disable --quiet --now nginx.service &>/dev/null || true; fi
}

check_arch() {
  local arch
  arch=$(dpkg --print-architecture 2>/dev/null || uname -m)
  case $arch in
    amd64 | arm64 | x86_64 | aarch64) ;;
    *) die "whod needs a 64-bit system (amd64 or arm64), and this one is $arch: install the 64-bit Raspberry Pi OS." ;;
  esac
}

check_folder() {
  [[ -w $here && (! -e $venv || -O $venv) ]] ||
    die "$venv cannot be written by $(id -un): run this as the owner of $here, or remove that folder."
}

# Two of these at once would take each other's work away.
lock() {
  [[ -z $dry ]] || return 0
  umask 077 # nobody else may hold it
  exec 9>/run/whod-install.lock
  umask 022
  flock -n 9 || die "another install.sh is at work: wait for its end."
}

is_pi() { grep -qs 'Raspberry Pi' /proc/device-tree/model; }

# --- in this folder -------------------------------------------------------------------------------------------------

# provide KIND EXTRAS: a .venv with whod in it, unless it is there already; nothing is missing from one with the tools.
provide() {
  check_arch
  check_folder
  choose_python
  make_venv
  local kind
  for kind in dev "$1"; do
    if [[ $(what_is_asked "$kind") == "$(cat "$stamp" 2>/dev/null)" ]]; then return; fi
  done
  say "installing whod and what it needs; some minutes on a Pi"
  fill_venv "$2"
  what_is_asked "$1" >"$stamp"
}

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
  local selection=(-m "not slow") scripts
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
  mapfile -t scripts < <(find tests -name '*.sh')
  if has shellcheck; then check shellcheck -x install.sh .ci/run "${scripts[@]}"; fi
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

main() {
  local command=${1-}
  PATH=$PATH:/usr/sbin:/sbin # su leaves them out
  # shellcheck source=systemd/environment.sh
  source "$here/systemd/environment.sh"
  if [[ " $* " == *' --https '* && " $* " == *' --dry-run '* ]]; then
    say "--https has no --dry-run: docs/https.md says what it does"
    usage >&2
    exit 2
  fi
  case $command in
    '' | --no-start | --dry-run | --rollback | --uninstall | --purge)
      # shellcheck source=systemd/release.sh
      source "$here/systemd/release.sh"
      # shellcheck source=systemd/service.sh
      source "$here/systemd/service.sh"
      # shellcheck source=systemd/https.sh
      source "$here/systemd/https.sh"
      # shellcheck source=systemd/removal.sh
      source "$here/systemd/removal.sh"
      service "$@"
      ;;
    https | --https)
      # shellcheck source=systemd/https.sh
      source "$here/systemd/https.sh"
      https "${@:2}"
      ;;
    try) try "${@:2}" ;;
    test) run_tests "${@:2}" ;;
    dev)
      [[ $# -eq 1 ]] || { usage >&2 && exit 2; }
      dev
      echo 'Ready. All checks and tests: ./install.sh test; the command: .venv/bin/whod --help; see CONTRIBUTING.md.'
      ;;
    -h | --help) usage ;;
    *)
      say "there is no '$command' here"
      usage >&2
      exit 2
      ;;
  esac
}

main "$@"
exit # what follows, if this file is replaced meanwhile, is not for bash to read
