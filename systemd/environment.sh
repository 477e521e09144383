# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The part of install.sh that makes the environment in which whod runs: Python, what whod needs, the proof that it works;
# read by it, and nothing by itself.

: "${here:?run install.sh}"

pythons=(python3 python3.13 python3.12 python3.11)
system_python=/usr/bin/python3
system_packages=() # for `python -m venv`
numpy_pin=         # a requirement, where the system's packages are built against the system's numpy
how=(-e)           # how pip takes whod from this folder: changed files are at once in use
golden=$here/models/golden.png
as_whom=()         # what goes before the command that proves that whod runs

# in_folder FOLDER: the environment that is worked on is FOLDER/.venv.
in_folder() {
  venv=$1/.venv
  python=$venv/bin/python
  log=$venv/install.log
  building=$venv/whod-building # there while pip works: a .venv that has it is half made
  stamp=$venv/whod-stamp
}
in_folder "$here"

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
  if ! has "${pythons[0]}" && apt python3 && [[ -n $dry ]]; then
    base=/bin/true # stands in for the one that would be there
    return
  fi
  for base in "${pythons[@]}"; do
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

# Debian has the half of it in a package of its own.
need_venv_module() {
  sees "$base" ensurepip || apt python3-venv ||
    die "Python's venv module is not complete: sudo apt install python3-venv, then run this again."
}

make_venv() {
  venv_fits && return
  need_venv_module
  say "making .venv with $("$base" --version)"
  mkdir -p "$venv"
  touch "$building"
  # --clear would take $building away too, and with it the knowledge that the folder is half made.
  find "$venv" -mindepth 1 -maxdepth 1 ! -path "$building" -exec rm -rf {} +
  "$base" -m venv "${system_packages[@]}" "$venv" || die "$base cannot make $venv."
}

# --- whod -----------------------------------------------------------------------------------------------------------

pip() { "$python" -m pip --disable-pip-version-check --no-input "$@" >>"$log" 2>&1; }

# pip_install EXTRAS: whod, with these.
pip_install() {
  local pin=()
  if [[ -n $numpy_pin ]]; then
    printf '%s\n' "$numpy_pin" >"$venv/constraints.txt"
    pin=(-c "$venv/constraints.txt")
  fi
  (cd "$here" && pip install "${pin[@]}" "${how[@]}" ".[$1]")
}

network_was_away() { grep -qi 'connection broken\|timed out' "$log"; }

pip_failed() {
  rm -f "$building" # pip has put all back in order
  tail -n 15 "$log" >&2
  if network_was_away; then say "the network, or the index that pip asks, was away: run this again once it is back, and it goes on."; fi
  die "pip could not install whod; all of what it said is in $log."
}

# install_runtime EXTRAS: with the newer runtime, or the older where the newer has no wheel, or none that goes with the
# system's numpy. Of a network that is away pip says that there is no such thing, too.
install_runtime() {
  pip_install "litert$1" || {
    ! network_was_away &&
      grep -q 'No matching distribution found for ai[-_]edge[-_]litert\|ResolutionImpossible' "$log" &&
      "$python" -c 'import sys; sys.exit(sys.version_info >= (3, 12))' &&
      pip_install "tflite$1"
  }
}

# One invocation of the models proves more than an import does: a runtime may load and still not run.
proven() {
  local embed=("${as_whom[@]}" "$venv/bin/whod" --config /dev/null embed --jsonl "$golden")
  [[ $(cd / && "${embed[@]}" 2>>"$log") == *'"faces": [{'* ]]
}

# PyPI's python-daemon also installs a package of the name daemon.
check_ours() {
  local found
  found=$(cd / && "$python" -c 'import daemon; print(daemon.__file__ or "")' 2>/dev/null) || found=nothing
  cmp -s "$found" "$here/daemon/__init__.py" ||
    die "the package daemon in .venv is $found, not whod's: remove $venv, then run this again."
}

# what_is_asked KIND: everything that pip's result depends on.
what_is_asked() {
  printf 'place %s\n' "$here"
  printf '%s %s %s\n' "$1" "$(grep '^version' "$venv/pyvenv.cfg")" "$numpy_pin"
  sha256sum <"$here/pyproject.toml"
}

# fill_venv EXTRAS: whod and what it needs into .venv, and the proof that it runs.
fill_venv() {
  touch "$building"
  : >"$log"
  install_runtime "$1" || pip_failed
  check_ours
  proven || {
    tail -n 15 "$log" >&2
    die "the models do not run on this machine; what was said of it is in $log."
  }
  rm "$building"
}
